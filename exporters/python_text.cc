// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/python_text.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include "tracebus/core/visible_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

// Python's repr of a float: the shortest digits that read back the same, as a plain number for
// exponents from -4 to 15, and always recognisable as a float.
void append_float(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "nan";
    return;
  }
  if (std::signbit(value)) out += '-';
  if (std::isinf(value)) {
    out += "inf";
    return;
  }
  char text[32];
  const char* const end =
      std::to_chars(text, text + sizeof text, std::abs(value), std::chars_format::scientific).ptr;
  const std::string_view shortest(text, static_cast<std::size_t>(end - text));
  const std::size_t mark = shortest.find('e');
  const int exponent = std::atoi(std::string(shortest.substr(mark + 1)).c_str());
  if (exponent < -4 || exponent >= 16) {  // to_chars writes it as Python does: 1e-05, 1.5e+16
    out += shortest;
    return;
  }
  std::string digits(1, shortest[0]);
  if (mark > 2) digits += shortest.substr(2, mark - 2);
  if (exponent < 0) {
    out.append("0.").append(static_cast<std::size_t>(-exponent - 1), '0').append(digits);
    return;
  }
  const std::size_t whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() < whole + 1) digits.append(whole + 1 - digits.size(), '0');
  out.append(digits, 0, whole).append(".").append(digits, whole);
}

// The quote that Python puts around text: the double one where that saves an escape.
char quote_for(std::string_view text) {
  const bool has_single = text.find('\'') != std::string_view::npos;
  const bool has_double = text.find('"') != std::string_view::npos;
  return has_single && !has_double ? '"' : '\'';
}

void append_repr_of_string(std::string& out, std::string_view text) {
  append_visible_quoted(out, text, quote_for(text));
}

void append_bytes(std::string& out, std::string_view bytes) {
  constexpr char kHexDigits[] = "0123456789abcdef";
  const char quote = quote_for(bytes);
  out.append("b").append(1, quote);
  for (const char byte : bytes) {
    const auto number = static_cast<unsigned char>(byte);
    if (number < 0x80) {  // as a character of a string, whose escapes are the same
      std::string quoted;
      append_visible_quoted(quoted, {&byte, 1}, quote);
      out.append(quoted, 1, quoted.size() - 2);
    } else {
      out.append("\\x").append(1, kHexDigits[number >> 4]).append(1, kHexDigits[number & 15]);
    }
  }
  out += quote;
}

void append_repr(std::string& out, const ValueView& value) {
  if (value.type() == ValueType::kString) return append_repr_of_string(out, value.as_string());
  append_python_str(out, value);
}

void append_list(std::string& out, const ArrayView& array) {
  const char* separator = "[";
  for (const ValueView& item : array) {
    out += separator;
    append_repr(out, item);
    separator = ", ";
  }
  out += array.size() == 0 ? "[]" : "]";
}

void append_dict(std::string& out, const ObjectView& object) {
  const char* separator = "{";
  for (const AttributeView& member : object) {
    out += separator;
    append_repr_of_string(out, member.key);
    out += ": ";
    append_repr(out, member.value);
    separator = ", ";
  }
  out += object.size() == 0 ? "{}" : "}";
}

}  // namespace

void append_python_str(std::string& out, const ValueView& value) {
  switch (value.type()) {
    case ValueType::kNull:
      out += "None";
      break;
    case ValueType::kBool:
      out += value.as_bool() ? "True" : "False";
      break;
    case ValueType::kInt64:
      out += std::to_string(value.as_int64());
      break;
    case ValueType::kDouble:
      append_float(out, value.as_double());
      break;
    case ValueType::kString:
      append_visible(out, value.as_string());
      break;
    case ValueType::kBytes:
      append_bytes(out, value.as_string());
      break;
    case ValueType::kArray:
      append_list(out, value.as_array());
      break;
    case ValueType::kObject:
      append_dict(out, value.as_object());
      break;
  }
}

}  // namespace v1
}  // namespace tracebus
