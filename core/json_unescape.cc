// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/json_unescape.h"

#include <cstddef>
#include <cstdint>
#include <optional>

#include "tracebus/core/utf8.h"

namespace tracebus {
inline namespace v1 {
namespace {

// The number of "\u0041", if that is what text begins with.
std::optional<std::uint32_t> code_unit(std::string_view text) noexcept {
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return std::nullopt;
  std::uint32_t unit = 0;
  for (const char c : text.substr(2, 4)) {
    const char lower = static_cast<char>(c | 0x20);
    if (c >= '0' && c <= '9') {
      unit = 16 * unit + static_cast<std::uint32_t>(c - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      unit = 16 * unit + static_cast<std::uint32_t>(lower - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return unit;
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | code >> 6);
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
  }
  put(0x80 | (code & 0x3F));
}

// Appends what the escape at the beginning of text means, and returns its length.
std::size_t append_escape(std::string& out, std::string_view text) {
  if (const auto unit = code_unit(text)) {
    const bool high = *unit >= 0xD800 && *unit < 0xDC00;
    const auto low = high ? code_unit(text.substr(6)) : std::nullopt;
    if (low && *low >= 0xDC00 && *low < 0xE000) {
      append_utf8(out, 0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00));
      return 12;
    }
    if (*unit >= 0xD800 && *unit < 0xE000) {
      out += kReplacementCharacter;
    } else {
      append_utf8(out, *unit);
    }
    return 6;
  }
  constexpr std::string_view kNames = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  const std::size_t name = text.size() < 2 ? std::string_view::npos : kNames.find(text[1]);
  if (name == std::string_view::npos) {
    out += text.front();
    return 1;
  }
  out += kMeanings[name];
  return 2;
}

}  // namespace

std::string json_unescaped(std::string_view escaped) {
  std::string text;
  text.reserve(escaped.size());
  while (!escaped.empty()) {
    const std::size_t plain = escaped.find('\\');
    text.append(escaped.substr(0, plain));
    if (plain == std::string_view::npos) break;
    escaped.remove_prefix(plain);
    escaped.remove_prefix(append_escape(text, escaped));
  }
  return text;
}

}  // namespace v1
}  // namespace tracebus
