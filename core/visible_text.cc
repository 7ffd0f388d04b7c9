// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/visible_text.h"

#include <cstddef>
#include <cstdint>

#include "tracebus/core/utf8.h"

namespace tracebus {
inline namespace v1 {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// In rising order. Noncharacters at the end of each plane are tested apart.
constexpr Range kHidden[] = {
    {0x0000, 0x001F},    // C0
    {0x007F, 0x009F},    // DEL and C1
    {0x061C, 0x061C},    // Arabic letter mark
    {0x180E, 0x180E},    // Mongolian vowel separator
    {0x200B, 0x200B},    // zero-width space
    {0x200E, 0x200F},    // left-to-right and right-to-left marks
    {0x2028, 0x202E},    // line and paragraph separators; bidi embeddings and overrides
    {0x2060, 0x206F},    // word joiner, invisible operators, bidi isolates
    {0xFDD0, 0xFDEF},    // noncharacters
    {0xFEFF, 0xFEFF},    // byte order mark
    {0xFFF9, 0xFFFB},    // interlinear annotation
    {0xE0000, 0xE007F},  // tags
};

bool is_hidden(char32_t character) {
  if ((character & 0xFFFE) == 0xFFFE) return true;
  for (const Range& range : kHidden) {
    if (character <= range.last) return character >= range.first;
  }
  return false;
}

// REQUIRES: sequence is valid UTF-8.
char32_t decode(std::string_view sequence) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(sequence[i]); };
  if (sequence.size() == 1) return byte(0);
  char32_t character = byte(0) & (0x7Fu >> sequence.size());
  for (std::size_t i = 1; i < sequence.size(); ++i) character = character << 6 | (byte(i) & 0x3Fu);
  return character;
}

void append_hex(std::string& out, char letter, std::uint32_t value, int digits) {
  out += '\\';
  out += letter;
  for (int i = digits - 1; i >= 0; --i) out += "0123456789abcdef"[value >> (4 * i) & 15];
}

void escape_for_people(std::string& out, char32_t character) {
  switch (character) {
    case U'\n':
      out += "\\n";
      break;
    case U'\r':
      out += "\\r";
      break;
    case U'\t':
      out += "\\t";
      break;
    default:
      if (character < 0x80) {
        append_hex(out, 'x', character, 2);
      } else if (character < 0x10000) {
        append_hex(out, 'u', character, 4);
      } else {
        append_hex(out, 'U', character, 8);
      }
  }
}

void escape_for_json(std::string& out, char32_t character) {
  if (character < 0x10000) return append_hex(out, 'u', character, 4);
  append_hex(out, 'u', 0xD800 + ((character - 0x10000) >> 10), 4);
  append_hex(out, 'u', 0xDC00 + ((character - 0x10000) & 0x3FF), 4);
}

bool is_plain(char c, char quote) {
  return c >= 0x20 && c < 0x7F && (quote == 0 || (c != quote && c != '\\'));
}

using Escape = void (*)(std::string& out, char32_t character);

void append_escaped(std::string& out, std::string_view text, char quote, Escape escape) {
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && is_plain(text[plain], quote)) ++plain;
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) return;
    const Utf8Sequence found = first_utf8_sequence(text);
    const std::string_view sequence = text.substr(0, found.length);
    text.remove_prefix(found.length);
    if (!found.valid) {
      for (const char byte : sequence) append_hex(out, 'x', static_cast<std::uint8_t>(byte), 2);
    } else if (const char32_t character = decode(sequence); is_hidden(character)) {
      escape(out, character);
    } else {
      if (character < 0x80) out += '\\';  // the quote, or a backslash
      out += sequence;
    }
  }
}

}  // namespace

void append_visible(std::string& out, std::string_view text) {
  append_escaped(out, text, 0, escape_for_people);
}

void append_visible_quoted(std::string& out, std::string_view text, char quote) {
  out += quote;
  append_escaped(out, text, quote, escape_for_people);
  out += quote;
}

void append_visible_json(std::string& out, std::string_view json) {
  append_escaped(out, json, 0, escape_for_json);
}

}  // namespace v1
}  // namespace tracebus
