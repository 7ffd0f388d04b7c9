// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp/otlp_response.h"

#include "tracebus/core/text_cut.h"
#include "tracebus/core/wire_reader.h"

namespace tracebus {
inline namespace v1 {
namespace {

// A count below zero is none.
std::uint64_t count_of(std::uint64_t word) noexcept {
  return static_cast<std::int64_t>(word) < 0 ? 0 : word;
}

bool is_varint(const WireField& field, std::uint32_t number) noexcept {
  return field.number == number && field.type == WireField::Type::kVarint;
}
bool is_bytes(const WireField& field, std::uint32_t number) noexcept {
  return field.number == number && field.type == WireField::Type::kBytes;
}

OtlpSuccess read_partial_success(std::string_view message) {
  OtlpSuccess success;
  WireReader fields(message);
  for (WireField field; fields.next(field);) {
    if (is_varint(field, 1)) success.rejected = count_of(field.word);
    if (is_bytes(field, 2)) success.message = cut_text(field.bytes, kOtlpMessageBytesMax);
  }
  success.is_well_formed = !fields.is_damaged();
  return success;
}

}  // namespace

OtlpSuccess read_otlp_response(std::string_view response) {
  OtlpSuccess success;
  WireReader fields(response);
  for (WireField field; fields.next(field);) {
    if (is_bytes(field, 1)) success = read_partial_success(field.bytes);
    if (!success.is_well_formed) return success;
  }
  success.is_well_formed = !fields.is_damaged();
  return success;
}

}  // namespace v1
}  // namespace tracebus
