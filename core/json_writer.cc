// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/json_writer.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <memory>

#include "tracebus/core/json_key.h"
#include "tracebus/core/json_number.h"
#include "tracebus/core/json_text.h"
#include "tracebus/core/name.h"
#include "tracebus/core/record_layout.h"
#include "tracebus/core/utf8.h"

namespace tracebus {
inline namespace v1 {
namespace {

// Functions called write_* write to out, where their caller has made room, and return the end of
// what they wrote. Some write bytes of no meaning behind it, at most so many.
constexpr std::size_t kOverrunBytes = JsonKey::kShortBytes;

// What a byte becomes at most: a control character six, one of ill-formed UTF-8 three, and of an
// encoded value, whose type takes a byte of its own, fewer than six.
constexpr std::size_t kGrowth = 6;

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

char* write_char(char* out, char c) noexcept {
  *out = c;
  return out + 1;
}

template <std::size_t kSize>
char* write_literal(char* out, const char (&literal)[kSize]) noexcept {
  std::memcpy(out, literal, kSize - 1);
  return out + kSize - 1;
}

char* write_raw(char* out, std::string_view text) noexcept {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

// Identities are a third of a line: sixteen hex digits are made at once. Signed, because that is
// how bytes are compared. Words come by registers: through memory a load would wait for its store.
typedef signed char HexVector __attribute__((vector_size(16)));
typedef std::uint64_t HexWords __attribute__((vector_size(16)));

char* write_digits(char* out, HexVector nibbles) noexcept {
  const HexVector digits = nibbles + '0' + (HexVector(nibbles > 9) & ('a' - '0' - 10));
  std::memcpy(out, &digits, sizeof digits);
  return out + sizeof digits;
}

// Of the first eight bytes of each, in turn.
HexVector interleave(HexVector high, HexVector low) noexcept {
  return __builtin_shufflevector(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

char* write_hex_of_8(char* out, std::uint64_t bytes) noexcept {
  constexpr std::uint64_t kLow = 0x0F0F'0F0F'0F0F'0F0F;
  const auto high = std::bit_cast<HexVector>(HexWords{bytes >> 4 & kLow, 0});
  return write_digits(out, interleave(high, std::bit_cast<HexVector>(HexWords{bytes & kLow, 0})));
}

char* write_hex_of_16(char* out, const void* bytes) noexcept {
  std::uint64_t words[2];
  std::memcpy(words, bytes, sizeof words);
  return write_hex_of_8(write_hex_of_8(out, words[0]), words[1]);
}

// --- Text ---

// Writes the special bytes that text begins with, and takes them from it.
char* write_special(char* out, std::string_view& text) noexcept {
  const auto first = static_cast<std::uint8_t>(text.front());
  if (first < 0x80) {
    text.remove_prefix(1);
    *out++ = '\\';
    if (const char letter = kShortEscapes[first]) return write_char(out, letter);
    out = write_literal(out, "u00");
    *out++ = kHexDigits[first >> 4];
    return write_char(out, kHexDigits[first & 15]);
  }
  do {
    const Utf8Sequence sequence = first_utf8_sequence(text);
    out = write_raw(out, sequence.valid ? text.substr(0, sequence.length) : kReplacementCharacter);
    text.remove_prefix(sequence.length);
  } while (!text.empty() && static_cast<std::uint8_t>(text.front()) >= 0x80);
  return out;
}

[[gnu::noinline]] char* write_rest_of_text(char* out, std::string_view text) noexcept {
  while (!text.empty()) {
    out = write_special(out, text);
    const std::size_t plain = copy_plain(out, text);
    out += plain;
    text.remove_prefix(plain);
  }
  return out;
}

char* write_text(char* out, std::string_view text) noexcept {
  const std::size_t plain = copy_plain(out, text);
  if (plain == text.size()) [[likely]]
    return out + plain;
  return write_rest_of_text(out + plain, text.substr(plain));
}

char* write_string(char* out, std::string_view text) noexcept {
  return write_char(write_text(write_char(out, '"'), text), '"');
}

char* write_base64(char* out, Bytes bytes) noexcept {
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  *out++ = '"';
  while (!bytes.empty()) {
    const Bytes group = bytes.first(std::min<std::size_t>(3, bytes.size()));
    bytes = bytes.subspan(group.size());
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8 | (i < group.size() ? std::to_integer<std::uint32_t>(group[i]) : 0);
    }
    out[0] = kAlphabet[bits >> 18];
    out[1] = kAlphabet[bits >> 12 & 63];
    out[2] = group.size() > 1 ? kAlphabet[bits >> 6 & 63] : '=';
    out[3] = group.size() > 2 ? kAlphabet[bits & 63] : '=';
    out += 4;
  }
  return write_char(out, '"');
}

// --- Values ---

char* write_value(char* out, const ValueView& value) noexcept;

char* write_array(char* out, const ArrayView& array) noexcept {
  *out++ = '[';
  bool first = true;
  for (const ValueView& item : array) {
    if (!first) *out++ = ',';
    first = false;
    out = write_value(out, item);
  }
  return write_char(out, ']');
}

char* write_object(char* out, const ObjectView& object) noexcept {
  *out++ = '{';
  bool first = true;
  for (const AttributeView& member : object) {
    if (!first) *out++ = ',';
    first = false;
    out = write_value(write_char(write_string(out, member.key), ':'), member.value);
  }
  return write_char(out, '}');
}

char* write_value(char* out, const ValueView& value) noexcept {
  switch (value.type()) {
    case ValueType::kNull:
      return write_literal(out, "null");
    case ValueType::kBool:
      return value.as_bool() ? write_literal(out, "true") : write_literal(out, "false");
    case ValueType::kInt64:
      return write_json_int64(out, value.as_int64());
    case ValueType::kDouble:
      return write_json_double(out, value.as_double());
    case ValueType::kString:
      return write_string(out, value.as_string());
    case ValueType::kBytes:
      return write_base64(out, value.as_bytes());
    case ValueType::kArray:
      return write_array(out, value.as_array());
    case ValueType::kObject:
      return write_object(out, value.as_object());
  }
  return out;
}

std::size_t value_bytes_max(const ValueView& value) noexcept {
  return kJsonNumberBytesMax + kOverrunBytes + kGrowth * value.as_string().size();
}

// --- Events ---

// With the comma and the colon.
char* write_key(char* out, const RecordAttribute& attribute) noexcept {
  const AttributeKey key = attribute.key;
  if (key.is_registered()) {
    if (const JsonKey* const known = JsonKey::of(key)) [[likely]]
      return known->write(out);
  }
  *out = ',';
  out = write_string(out + 1, key.is_registered() ? key.name() : attribute.inline_key);
  return write_char(out, ':');
}

char* write_attribute(char* out, const RecordLayout& record,
                      const RecordAttribute& attribute) noexcept {
  out = write_key(out, attribute);
  const std::uint64_t word = attribute.word();
  switch (attribute.type) {
    case ValueType::kInt64:
      return write_json_int64(out, static_cast<std::int64_t>(word));
    case ValueType::kDouble:
      return write_json_double(out, std::bit_cast<double>(word));
    case ValueType::kString:
      return write_string(out, record.text_of(attribute));
    case ValueType::kNull:
      return write_value(out, {});
    case ValueType::kBool:
      return write_value(out, ValueView::of_bool(word != 0));
    default:
      return write_value(out, ValueView::of_text(attribute.type, record.text_of(attribute)));
  }
}

char* write_payload(char* out, const RecordLayout& record, bool with_content) noexcept {
  char* const begin = out;
  record.each_attribute([&](const RecordAttribute& attribute) {
    if (attribute.key.is_reserved() || (!with_content && record.is_content(attribute))) return;
    out = write_attribute(out, record, attribute);
  });
  if (out == begin) ++out;
  *begin = '{';  // in place of the first comma
  return write_char(out, '}');
}

// before: a comma, the quoted name, a colon, and a quotation mark.
template <class Id, std::size_t kBefore>
char* write_id(char* out, const char (&before)[kBefore], const Id& id) noexcept {
  if (id.is_none()) return out;
  out = write_literal(out, before);
  if constexpr (sizeof id.bytes == 16) {
    out = write_hex_of_16(out, id.bytes.data());
  } else {
    out = write_hex_of_8(out, std::bit_cast<std::uint64_t>(id.bytes));
  }
  return write_char(out, '"');
}

template <class Id, std::size_t kBefore>
char* write_id(char* out, const char (&before)[kBefore], const Id& id,
               std::string_view foreign) noexcept {
  if (foreign.empty()) return write_id(out, before, id);
  return write_char(write_text(write_literal(out, before), foreign), '"');
}

char* write_ids(char* out, const EventIds& ids, const ForeignIds& foreign) noexcept {
  out = write_id(out, ",\"run_id\":\"", ids.run_id, foreign.run_id);
  out = write_id(out, ",\"trace_id\":\"", ids.trace_id, foreign.trace_id);
  out = write_id(out, ",\"span_id\":\"", ids.span_id, foreign.span_id);
  return write_id(out, ",\"parent_span_id\":\"", ids.parent_span_id, foreign.parent_span_id);
}

char* write_origin(char* out, const Origin& origin) noexcept {
  out = write_literal(out, ",\"origin\":[\"");
  out = write_hex_of_8(out, __builtin_bswap64(origin.instance));  // the highest byte first
  out = write_uint64(write_literal(out, "\","), origin.producer);
  out = write_uint64(write_char(out, ','), origin.sequence);
  return write_char(out, ']');
}

// The rest is in the record, where a slot, a descriptor or an id takes no fewer than a sixth.
std::size_t payload_bytes_max(const EventView& event) noexcept {
  const auto& header = *reinterpret_cast<const RecordHeader*>(event.record());
  return 64 + kOverrunBytes + kGrowth * (event.size_bytes() + header.attributes * kNameBytesMax);
}

// Calls write with room for bytes_max, and appends what it wrote.
template <class Write>
void append_written(std::string& out, std::size_t bytes_max, Write write) {
  char on_stack[1024];
  if (bytes_max <= sizeof on_stack) {
    const char* const end = write(on_stack);
    out.append(on_stack, static_cast<std::size_t>(end - on_stack));
    return;
  }
  const auto room = std::make_unique_for_overwrite<char[]>(bytes_max);
  const char* const end = write(room.get());
  out.append(room.get(), static_cast<std::size_t>(end - room.get()));
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  append_written(out, 2 + kOverrunBytes + kGrowth * text.size(),
                 [text](char* to) { return write_string(to, text); });
}

void append_json_int64(std::string& out, std::int64_t value) {
  append_written(out, kJsonNumberBytesMax,
                 [value](char* to) { return write_json_int64(to, value); });
}

void append_json_double(std::string& out, double value) {
  append_written(out, kJsonNumberBytesMax,
                 [value](char* to) { return write_json_double(to, value); });
}

void append_json_bytes(std::string& out, Bytes bytes) {
  append_written(out, 8 + 2 * bytes.size(), [bytes](char* to) { return write_base64(to, bytes); });
}

void append_json_value(std::string& out, const ValueView& value) {
  append_written(out, value_bytes_max(value),
                 [&value](char* to) { return write_value(to, value); });
}

void append_json_payload(std::string& out, const EventView& event) {
  append_written(out, payload_bytes_max(event), [&event](char* to) {
    return write_payload(to, RecordLayout(event.record()), event.context().content);
  });
}

void append_json_event(std::string& out, const EventView& event) {
  append_written(out, json_event_bytes_max(event),
                 [&event](char* to) { return write_json_event(to, event); });
}

std::size_t json_event_bytes_max(const EventView& event) noexcept {
  constexpr std::size_t kFixed = 512;  // what every line holds, and more
  return kFixed + 3 * kGrowth * kNameBytesMax + payload_bytes_max(event);
}

char* write_json_event(char* out, const EventView& event) noexcept {
  const RecordLayout record(event.record());
  const RecordHeader& header = record.header;
  out = write_literal(out, "{\"timestamp\":");
  out += format_decimal_seconds(event.timestamp(), out);
  out = write_literal(out, ",\"event_type\":\"");
  out = write_text(out, header.type != 0 ? EventType(header.type).name() : record.inline_type);
  out = write_literal(out, "\",\"agent_name\":\"");
  out = write_text(
      out, (header.flags & kAgentIsHandle) != 0 ? NameHandle(header.agent).text() : record.agent);
  out = write_literal(out, "\",\"pattern_type\":\"");
  out = write_text(out, (header.flags & kPatternIsHandle) != 0 ? NameHandle(header.pattern).text()
                                                               : record.pattern);
  out = write_literal(out, "\",\"payload\":");
  out = write_payload(out, record, event.context().content);
  if (record.ids != nullptr) {
    // Only a self-described record can carry foreign ones.
    const bool may_be_foreign = record.descriptors != nullptr;
    out = write_ids(out, *record.ids, may_be_foreign ? event.foreign_ids() : ForeignIds{});
  }
  out = write_origin(out, event.origin());
  return write_char(out, '}');
}

}  // namespace v1
}  // namespace tracebus
