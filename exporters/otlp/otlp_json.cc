// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp/otlp_json.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <span>

#include "tracebus/core/json_writer.h"
#include "tracebus/core/limits.h"
#include "tracebus/core/wire_reader.h"

namespace tracebus {
inline namespace v1 {
namespace {

// A value's members lie three messages deeper than the value, and a span's values six deep.
constexpr int kDepthMax = 3 * static_cast<int>(kValueDepthMax) + 16;

constexpr WireField::Type wire_type(OtlpForm form) noexcept {
  switch (form) {
    case OtlpForm::kBool:
    case OtlpForm::kInt64:
      return WireField::Type::kVarint;
    case OtlpForm::kFixed64:
    case OtlpForm::kSignedFixed64:
    case OtlpForm::kDouble:
      return WireField::Type::kFixed64;
    default:
      return WireField::Type::kBytes;
  }
}

bool fits(const OtlpField& field, WireField::Type type) noexcept {
  if (field.form != OtlpForm::kNumber) return type == wire_type(field.form);
  return type == WireField::Type::kVarint || type == WireField::Type::kFixed32;
}

// Null for what the schema does not have.
const OtlpField* find(const OtlpMessage& schema, const WireField& field) noexcept {
  for (const OtlpField& known : schema.fields) {
    if (known.number == field.number) return fits(known, field.type) ? &known : nullptr;
  }
  return nullptr;
}

void append_hex(std::string& out, std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += '"';
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  out += '"';
}

void append_quoted_int64(std::string& out, std::uint64_t word) {
  out += '"';
  append_json_int64(out, static_cast<std::int64_t>(word));
  out += '"';
}

void append_double(std::string& out, double value) {
  if (std::isfinite(value)) return append_json_double(out, value);
  out += std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
}

void append_scalar(std::string& out, OtlpForm form, const WireField& field) {
  switch (form) {
    case OtlpForm::kText:
      return append_json_string(out, field.bytes);
    case OtlpForm::kId:
      return append_hex(out, field.bytes);
    case OtlpForm::kBase64:
      return append_json_bytes(out, std::as_bytes(std::span(field.bytes)));
    case OtlpForm::kBool:
      out += field.word != 0 ? "true" : "false";
      return;
    case OtlpForm::kNumber:
      return append_json_int64(out, static_cast<std::uint32_t>(field.word));
    case OtlpForm::kFixed64:
      out += '"';
      out += std::to_string(field.word);
      out += '"';
      return;
    case OtlpForm::kDouble:
      return append_double(out, std::bit_cast<double>(field.word));
    default:
      return append_quoted_int64(out, field.word);
  }
}

class JsonTranscoder {
 public:
  explicit JsonTranscoder(std::string& out) noexcept : out_(out) {}

  bool append_message(const OtlpMessage& schema, std::string_view message) {
    if (++depth_ > kDepthMax) return false;
    std::array<const char*, kOtlpNumberEnd> last{};  // of each number, where it is last
    WireReader look(message);
    for (WireField field; look.next(field);) {
      if (find(schema, field) != nullptr) last[field.number] = field.at;
    }
    if (look.is_damaged()) return false;
    char separator = '{';
    WireReader reader(message);
    for (WireField field; reader.next(field);) {
      const OtlpField* const known = find(schema, field);
      if (known == nullptr || last[field.number] == nullptr) continue;  // unknown, or told
      if (!known->is_repeated && last[field.number] != field.at) continue;
      out_ += separator;
      separator = ',';
      out_ += '"';
      out_ += known->json_name;
      out_ += "\":";
      const bool done =
          known->is_repeated ? append_array(*known, field, reader) : append_value(*known, field);
      if (!done) return false;
      last[field.number] = nullptr;
    }
    if (separator == '{') out_ += '{';
    out_ += '}';
    --depth_;
    return true;
  }

 private:
  // From the first item on; rest is what stands behind it. Usually all follow each other.
  bool append_array(const OtlpField& known, WireField item, WireReader rest) {
    char separator = '[';
    do {
      if (item.number != known.number || !fits(known, item.type)) continue;
      out_ += separator;
      separator = ',';
      if (!append_value(known, item)) return false;
    } while (rest.next(item));
    out_ += ']';
    return true;
  }

  bool append_value(const OtlpField& known, const WireField& field) {
    if (known.form == OtlpForm::kNested) return append_message(*known.message, field.bytes);
    append_scalar(out_, known.form, field);
    return true;
  }

  std::string& out_;
  int depth_ = 0;
};

}  // namespace

bool append_otlp_json(std::string& out, const OtlpMessage& schema, std::string_view message) {
  const std::size_t begin = out.size();
  if (JsonTranscoder(out).append_message(schema, message)) return true;
  out.resize(begin);
  return false;
}

}  // namespace v1
}  // namespace tracebus
