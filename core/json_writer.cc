// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/json_writer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstring>

#include "tracebus/core/json_text.h"
#include "tracebus/core/utf8.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

// The letter after the backslash of a character's short escape; 0 for those that have none.
constexpr auto kShortEscapes = [] {
  std::array<char, 128> letters{};
  letters['\n'] = 'n';
  letters['\t'] = 't';
  letters['\r'] = 'r';
  letters['\b'] = 'b';
  letters['\f'] = 'f';
  letters['"'] = '"';
  letters['\\'] = '\\';
  return letters;
}();

template <std::size_t kSize>
char* copy_literal(char* to, const char (&literal)[kSize]) noexcept {
  std::memcpy(to, literal, kSize - 1);
  return to + kSize - 1;
}

// Writes the 16 hex digits of eight bytes at once: identities are a third of a line.
char* copy_hex_of_8(char* to, const std::uint8_t* bytes) noexcept {
  typedef unsigned char Vector __attribute__((vector_size(16)));
  constexpr Vector kHigh = {15, 0, 15, 0, 15, 0, 15, 0, 15, 0, 15, 0, 15, 0, 15, 0};
  constexpr Vector kLow = {0, 15, 0, 15, 0, 15, 0, 15, 0, 15, 0, 15, 0, 15, 0, 15};
  Vector eight{};
  std::memcpy(&eight, bytes, 8);
  const Vector twice =
      __builtin_shufflevector(eight, eight, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
  const Vector nibbles = ((twice >> 4) & kHigh) | (twice & kLow);
  const Vector digits = nibbles + '0' + (Vector(nibbles > 9) & ('a' - '0' - 10));
  std::memcpy(to, &digits, sizeof digits);
  return to + sizeof digits;
}

// A fast way for doubles of at most nine fraction digits, such as costs and durations: all texts of
// at most 15 digits stand for different doubles, so that one which reads back is the shortest. From
// 0.001 to 1e5 it is no longer than the form with an exponent. Returns 0 for any other double.
std::size_t format_short_double(double value, char* out) noexcept {
  if (!(value >= 1e-3 && value < 1e5)) return 0;
  const auto billionths = static_cast<std::uint64_t>(value * 1e9 + 0.5);
  if (static_cast<double>(billionths) / 1e9 != value) return 0;
  return format_decimal_seconds({static_cast<std::int64_t>(billionths / 1'000'000'000),
                                 static_cast<std::uint32_t>(billionths % 1'000'000'000)},
                                out);
}

// Collects pieces in a buffer on the stack, because appending some forty of them to a std::string
// costs more than making them. What does not fit goes straight to the string.
class JsonOutput {
 public:
  explicit JsonOutput(std::string& out) noexcept : out_(out), at_(buffer_) {}
  JsonOutput(const JsonOutput&) = delete;
  JsonOutput& operator=(const JsonOutput&) = delete;

  // Ends the output; nothing reaches the string without it.
  void flush() {
    out_.append(buffer_, static_cast<std::size_t>(at_ - buffer_));
    at_ = buffer_;
  }

  template <std::size_t kSize>
  void put(const char (&literal)[kSize]) {
    at_ = copy_literal(room(kSize - 1), literal);
  }
  void put(char c) {
    char* const to = room(1);
    *to = c;
    at_ = to + 1;
  }
  void put_int64(std::int64_t value) {
    char* const to = room(24);
    at_ = std::to_chars(to, to + 24, value).ptr;
  }
  void put_double(double value);
  void put_base64(Bytes bytes);
  void put_string(std::string_view text) { put_string("\"", text, "\""); }
  void put_value(const ValueView& value);
  void put_payload(const EventView& event);
  void put_event(const EventView& event);

 private:
  static constexpr std::size_t kBufferBytes = 2048;

  // The place for the next `bytes` of them, at most kBufferBytes.
  char* room(std::size_t bytes) {
    if (static_cast<std::size_t>(buffer_ + kBufferBytes - at_) < bytes) [[unlikely]]
      flush();
    return at_;
  }
  void put_raw(std::string_view text) {
    if (text.size() > kBufferBytes) {
      flush();
      out_.append(text);
      return;
    }
    std::memcpy(room(text.size()), text.data(), text.size());
    at_ += text.size();
  }
  // before ends, and after begins, with the quotation mark.
  template <std::size_t kBefore, std::size_t kAfter>
  void put_string(const char (&before)[kBefore], std::string_view text,
                  const char (&after)[kAfter]);
  void put_escaped(std::string_view text);
  std::string_view put_special(std::string_view text);
  void put_attribute(bool first, const AttributeView& attribute);
  template <class Id, std::size_t kBefore>
  void put_id(const char (&before)[kBefore], const Id& id, std::string_view foreign);
  void put_origin(const Origin& origin);

  std::string& out_;
  char* at_;
  char buffer_[kBufferBytes];
};

void JsonOutput::put_double(double value) {
  if (!std::isfinite(value)) return put("null");
  char* const begin = room(40);
  char* to = begin;
  if (value < 0) *to++ = '-';
  if (const std::size_t length = format_short_double(std::fabs(value), to)) [[likely]] {
    at_ = to + length;
    return;
  }
  at_ = std::to_chars(begin, begin + 32, value).ptr;
  const auto marks_double = [](char c) { return c == '.' || c == 'e'; };
  if (std::none_of(begin, at_, marks_double)) put(".0");
}

template <std::size_t kBefore, std::size_t kAfter>
void JsonOutput::put_string(const char (&before)[kBefore], std::string_view text,
                            const char (&after)[kAfter]) {
  const std::size_t bytes = kBefore + text.size() + kAfter;
  if (bytes <= kBufferBytes) [[likely]] {
    char* const to = copy_literal(room(bytes), before);
    const std::size_t plain = copy_plain(to, text);
    if (plain == text.size()) [[likely]] {
      at_ = copy_literal(to + plain, after);
      return;
    }
    at_ = to + plain;
    text.remove_prefix(plain);
  } else {
    put(before);
  }
  put_escaped(text);
  put(after);
}

void JsonOutput::put_escaped(std::string_view text) {
  while (!text.empty()) {
    const std::size_t plain = plain_prefix(text);
    put_raw(text.substr(0, plain));
    text.remove_prefix(plain);
    if (!text.empty()) text = put_special(text);
  }
}

// Writes the special bytes that text begins with, and returns the rest.
std::string_view JsonOutput::put_special(std::string_view text) {
  const auto first = static_cast<std::uint8_t>(text.front());
  if (first < 0x80) {
    if (const char letter = kShortEscapes[first]) {
      put('\\');
      put(letter);
    } else {
      put("\\u00");
      put(kHexDigits[first >> 4]);
      put(kHexDigits[first & 15]);
    }
    return text.substr(1);
  }
  do {
    const Utf8Sequence sequence = first_utf8_sequence(text);
    put_raw(sequence.valid ? text.substr(0, sequence.length) : kReplacementCharacter);
    text.remove_prefix(sequence.length);
  } while (!text.empty() && static_cast<std::uint8_t>(text.front()) >= 0x80);
  return text;
}

void JsonOutput::put_base64(Bytes bytes) {
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  put('"');
  while (!bytes.empty()) {
    const Bytes group = bytes.first(std::min<std::size_t>(3, bytes.size()));
    bytes = bytes.subspan(group.size());
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8 | (i < group.size() ? std::to_integer<std::uint32_t>(group[i]) : 0);
    }
    char* const to = room(4);
    to[0] = kAlphabet[bits >> 18];
    to[1] = kAlphabet[bits >> 12 & 63];
    to[2] = group.size() > 1 ? kAlphabet[bits >> 6 & 63] : '=';
    to[3] = group.size() > 2 ? kAlphabet[bits & 63] : '=';
    at_ = to + 4;
  }
  put('"');
}

void JsonOutput::put_value(const ValueView& value) {
  switch (value.type()) {
    case ValueType::kNull:
      return put("null");
    case ValueType::kBool:
      return value.as_bool() ? put("true") : put("false");
    case ValueType::kInt64:
      return put_int64(value.as_int64());
    case ValueType::kDouble:
      return put_double(value.as_double());
    case ValueType::kString:
      return put_string(value.as_string());
    case ValueType::kBytes:
      return put_base64(value.as_bytes());
    case ValueType::kArray: {
      put('[');
      bool first = true;
      for (const ValueView& item : value.as_array()) {
        if (!first) put(',');
        first = false;
        put_value(item);
      }
      return put(']');
    }
    case ValueType::kObject: {
      put('{');
      bool first = true;
      for (const AttributeView& member : value.as_object()) {
        put_attribute(first, member);
        first = false;
      }
      return put('}');
    }
  }
}

void JsonOutput::put_attribute(bool first, const AttributeView& attribute) {
  if (!first) put(',');
  put_string("\"", attribute.key, "\":");
  put_value(attribute.value);
}

void JsonOutput::put_payload(const EventView& event) {
  put('{');
  bool first = true;
  for (const AttributeView& attribute : event.payload()) {
    put_attribute(first, attribute);
    first = false;
  }
  put('}');
}

// before: a comma, the quoted name, a colon, and a quotation mark.
template <class Id, std::size_t kBefore>
void JsonOutput::put_id(const char (&before)[kBefore], const Id& id, std::string_view foreign) {
  if (!foreign.empty()) {
    put_string(before, foreign, "\"");
  } else if (id) {
    char* to = copy_literal(room(kBefore + Id::kHexDigits + 1), before);
    for (std::size_t i = 0; i < id.bytes.size(); i += 8) to = copy_hex_of_8(to, &id.bytes[i]);
    *to = '"';
    at_ = to + 1;
  }
}

void JsonOutput::put_origin(const Origin& origin) {
  std::uint8_t instance[8];
  for (int i = 0; i < 8; ++i)
    instance[i] = static_cast<std::uint8_t>(origin.instance >> (56 - 8 * i));
  char* const begin = room(96);
  char* const end = begin + 96;
  char* to = copy_literal(begin, ",\"origin\":[\"");
  to = copy_hex_of_8(to, instance);
  to = copy_literal(to, "\",");
  to = std::to_chars(to, end, origin.producer).ptr;
  *to++ = ',';
  to = std::to_chars(to, end, origin.sequence).ptr;
  *to = ']';
  at_ = to + 1;
}

void JsonOutput::put_event(const EventView& event) {
  char* const to = copy_literal(room(kTimestampTextMax + 16), "{\"timestamp\":");
  at_ = to + format_decimal_seconds(event.timestamp(), to);
  put_string(",\"event_type\":\"", event.event_type(), "\"");
  put_string(",\"agent_name\":\"", event.agent_name(), "\"");
  put_string(",\"pattern_type\":\"", event.pattern_type(), "\",\"payload\":");
  put_payload(event);
  const EventIds ids = event.ids();
  const ForeignIds foreign = event.foreign_ids();
  put_id(",\"run_id\":\"", ids.run_id, foreign.run_id);
  put_id(",\"trace_id\":\"", ids.trace_id, foreign.trace_id);
  put_id(",\"span_id\":\"", ids.span_id, foreign.span_id);
  put_id(",\"parent_span_id\":\"", ids.parent_span_id, foreign.parent_span_id);
  put_origin(event.origin());
  put('}');
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  JsonOutput output(out);
  output.put_string(text);
  output.flush();
}

void append_json_int64(std::string& out, std::int64_t value) {
  JsonOutput output(out);
  output.put_int64(value);
  output.flush();
}

void append_json_double(std::string& out, double value) {
  JsonOutput output(out);
  output.put_double(value);
  output.flush();
}

void append_json_bytes(std::string& out, Bytes bytes) {
  JsonOutput output(out);
  output.put_base64(bytes);
  output.flush();
}

void append_json_value(std::string& out, const ValueView& value) {
  JsonOutput output(out);
  output.put_value(value);
  output.flush();
}

void append_json_payload(std::string& out, const EventView& event) {
  JsonOutput output(out);
  output.put_payload(event);
  output.flush();
}

void append_json_event(std::string& out, const EventView& event) {
  JsonOutput output(out);
  output.put_event(event);
  output.flush();
}

}  // namespace v1
}  // namespace tracebus
