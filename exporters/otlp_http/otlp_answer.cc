// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp_http/otlp_answer.h"

#include <algorithm>
#include <charconv>

#include "tracebus/core/json_unescape.h"
#include "tracebus/core/text_cut.h"
#include "tracebus/exporters/http/json_members.h"
#include "tracebus/core/wire_reader.h"

namespace tracebus {
inline namespace v1 {
namespace {

// Protobuf cannot begin with a brace, so who forgets to say what it is can be understood.
bool is_json(std::string_view body, std::string_view content_type) noexcept {
  return content_type.starts_with("application/json") || body.starts_with('{');
}
bool is_protobuf(std::string_view content_type) noexcept {
  return content_type.starts_with("application/x-protobuf");
}

std::string bounded(std::string_view message) {
  return std::string(cut_text(message, kOtlpMessageBytesMax));
}

std::string json_text(std::string_view value) {
  if (value.empty() || value.front() != '"') return {};
  return bounded(json_unescaped(cut_text(without_quotes(value), 6 * kOtlpMessageBytesMax)));
}

// A number of 64 bits is a string in OTLP's JSON; a reader takes a number as well.
std::uint64_t json_count(std::string_view value) noexcept {
  const std::string_view digits = without_quotes(value);
  std::int64_t count = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), count);
  return static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0));
}

OtlpSuccess read_json_success(std::string_view body) {
  OtlpSuccess success;
  const JsonMembers response(body);
  success.is_well_formed = response.is_object();
  const JsonMembers partial(response.value_of("partialSuccess"));
  // Of three signals, of which an answer has one.
  success.rejected = std::max({json_count(partial.value_of("rejectedSpans")),
                               json_count(partial.value_of("rejectedLogRecords")),
                               json_count(partial.value_of("rejectedDataPoints"))});
  success.message = json_text(partial.value_of("errorMessage"));
  return success;
}

std::string read_status_message(std::string_view body) {
  std::string message;
  WireReader fields(body);
  for (WireField field; fields.next(field);) {
    const bool is_message = field.number == 2 && field.type == WireField::Type::kBytes;
    if (is_message) message = bounded(field.bytes);
  }
  return fields.is_damaged() ? std::string() : message;
}

}  // namespace

OtlpSuccess read_otlp_success(std::string_view body, std::string_view content_type) {
  if (is_json(body, content_type) && !body.empty()) return read_json_success(body);
  return read_otlp_response(body);
}

std::string read_otlp_error(std::string_view body, std::string_view content_type) {
  if (is_protobuf(content_type)) return read_status_message(body);
  if (is_json(body, content_type)) return json_text(JsonMembers(body).value_of("message"));
  return bounded(body);
}

}  // namespace v1
}  // namespace tracebus
