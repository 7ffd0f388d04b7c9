// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/python_json.h"

#include <cmath>
#include <cstdint>

#include "tracebus/core/utf8.h"
#include "tracebus/exporters/python_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

void append_unit(std::string& out, std::uint32_t unit) {
  constexpr char kHexDigits[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHexDigits[unit >> shift & 15];
}

void append_code_point(std::string& out, std::uint32_t code_point) {
  if (code_point < 0x10000) return append_unit(out, code_point);
  append_unit(out, 0xD800 + ((code_point - 0x10000) >> 10));
  append_unit(out, 0xDC00 + ((code_point - 0x10000) & 0x3FF));
}

// REQUIRES: bytes is one well-formed sequence of UTF-8.
std::uint32_t code_point_of(std::string_view bytes) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  if (bytes.size() == 1) return byte(0);
  std::uint32_t code_point = byte(0) & (0x7Fu >> bytes.size());
  for (std::size_t i = 1; i < bytes.size(); ++i) code_point = code_point << 6 | (byte(i) & 0x3F);
  return code_point;
}

// Whether Python's encoder leaves it as it is. DEL it does not.
constexpr bool is_plain(char c) noexcept { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }

void append_escaped(std::string& out, std::string_view bytes, bool is_valid) {
  constexpr std::string_view kLetters = "\"\\\n\r\t\f\b";
  constexpr std::string_view kEscapes = "\"\\nrtfb";
  if (!is_valid) return append_unit(out, 0xFFFD);
  const std::size_t letter = kLetters.find(bytes.front());
  if (letter == std::string_view::npos) return append_code_point(out, code_point_of(bytes));
  out += '\\';
  out += kEscapes[letter];
}

}  // namespace

void append_python_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && is_plain(text[plain])) ++plain;
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const Utf8Sequence sequence = first_utf8_sequence(text);
    append_escaped(out, text.substr(0, sequence.length), sequence.valid);
    text.remove_prefix(sequence.length);
  }
  out += '"';
}

void append_python_json_double(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value < 0 ? "-Infinity" : "Infinity";
  } else {
    std::uint64_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    append_python_str(out, ValueView::of_double_bits(bits));
  }
}

void append_python_json(std::string& out, const ValueView& value) {
  const char* separator = "";
  switch (value.type()) {
    case ValueType::kNull:
      out += "null";
      break;
    case ValueType::kBool:
      out += value.as_bool() ? "true" : "false";
      break;
    case ValueType::kInt64:
      out += std::to_string(value.as_int64());
      break;
    case ValueType::kDouble:
      append_python_json_double(out, value.as_double());
      break;
    case ValueType::kString:
      append_python_json_string(out, value.as_string());
      break;
    case ValueType::kBytes: {
      std::string text;
      append_python_str(text, value);
      append_python_json_string(out, text);
      break;
    }
    case ValueType::kArray:
      out += '[';
      for (const ValueView& item : value.as_array()) {
        out += separator;
        append_python_json(out, item);
        separator = ", ";
      }
      out += ']';
      break;
    case ValueType::kObject:
      out += '{';
      for (const AttributeView& member : value.as_object()) {
        out += separator;
        append_python_json_string(out, member.key);
        out += ": ";
        append_python_json(out, member.value);
        separator = ", ";
      }
      out += '}';
      break;
  }
}

}  // namespace v1
}  // namespace tracebus
