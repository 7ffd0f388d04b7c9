// SPDX-License-Identifier: Apache-2.0
#include "tracebus/readers/own_line.h"

#include <simdjson.h>

#include <array>
#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "tracebus/core/ids.h"
#include "tracebus/core/json_text.h"
#include "tracebus/core/limits.h"
#include "tracebus/core/value.h"

namespace tracebus {
inline namespace v1 {
namespace {

// More than 15 digits may be no exact double, more than 18 no int64.
constexpr std::ptrdiff_t kDoubleDigits = 15;
constexpr std::ptrdiff_t kInt64Digits = 18;
constexpr std::ptrdiff_t kExponentBytes = 8;  // of more, and zeros before it, JsonObject decides
constexpr double kPowersOfTen[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

// Eight lower-case hex digits as four bytes, the first digit in the highest bits of the first.
bool read_eight_hex(const char* text, std::uint8_t* out) noexcept {
  constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101;
  std::uint64_t digits;
  std::memcpy(&digits, text, sizeof digits);
  const std::uint64_t letters = digits >> 6 & kOnes;
  const std::uint64_t nibbles = (digits & 0x0f * kOnes) + 9 * letters;
  // What the nibbles look like when they are written is the text, or it was none.
  const std::uint64_t above_nine = (nibbles + 0x76 * kOnes) >> 7 & kOnes;
  const bool ok =
      nibbles + 0x30 * kOnes + 39 * above_nine == digits && (nibbles & 0xf0 * kOnes) == 0;
  std::uint64_t bytes = (nibbles << 4 | nibbles >> 8) & 0x00ff'00ff'00ff'00ff;
  bytes = (bytes | bytes >> 8) & 0x0000'ffff'0000'ffff;
  const auto word = static_cast<std::uint32_t>(bytes | bytes >> 16);
  std::memcpy(out, &word, sizeof word);
  return ok;
}

template <class Id>
std::optional<Id> id_of(std::string_view text) noexcept {
  if constexpr (std::endian::native != std::endian::little) return Id::from_hex(text);
  Id id;
  if (text.size() != 2 * id.bytes.size()) return std::nullopt;
  bool ok = true;
  for (std::size_t i = 0; i < id.bytes.size(); i += 4) {
    ok &= read_eight_hex(text.data() + 2 * i, id.bytes.data() + i);
  }
  return ok ? std::optional(id) : std::nullopt;
}

// Goes through a line from left to right. Once something is not as we write it, all that follows
// fails, too.
class OwnLine {
 public:
  explicit OwnLine(std::string_view line) noexcept
      : at_(line.data()), end_(line.data() + line.size()) {}

  bool read(TraceEvent& event) {
    event = TraceEvent{};
    if (!skip("{\"timestamp\":") || !read_time(event.timestamp) || !skip(",\"event_type\":") ||
        !read_text(event.event_type) || !skip(",\"agent_name\":") || !read_text(event.agent_name) ||
        !skip(",\"pattern_type\":") || !read_text(event.pattern_type) || !skip(",\"payload\":{") ||
        !read_payload(event.payload)) {
      return false;
    }
    return read_id(",\"run_id\":", event.ids.run_id, event.foreign_ids.run_id) &&
           read_id(",\"trace_id\":", event.ids.trace_id, event.foreign_ids.trace_id) &&
           read_id(",\"span_id\":", event.ids.span_id, event.foreign_ids.span_id) &&
           read_id(",\"parent_span_id\":", event.ids.parent_span_id,
                   event.foreign_ids.parent_span_id) &&
           read_origin(event.origin) && skip('}') && at_ == end_;
  }

  // Beyond ASCII there is something that nobody looked at yet.
  bool is_ascii() const noexcept { return is_ascii_; }

 private:
  template <std::size_t kSize>
  bool skip(const char (&text)[kSize]) noexcept {
    if (std::memcmp(at_, text, kSize - 1) != 0) return false;
    at_ += kSize - 1;
    return true;
  }
  bool skip(char c) noexcept {
    if (*at_ != c) return false;
    ++at_;
    return true;
  }

  bool read_text(std::string_view& text) noexcept {
    if (!skip('"')) return false;
    const char* const begin = at_;
    while (at_ < end_) {
      const TextChunk::Marks marks = TextChunk::load(at_).special();
      if (!marks.any()) {
        at_ += 16;
        continue;
      }
      at_ += marks.first();
      if (at_ >= end_) return false;
      if (*at_ == '"') {
        text = {begin, static_cast<std::size_t>(at_++ - begin)};
        return true;
      }
      if (static_cast<signed char>(*at_) >= 0) return false;
      is_ascii_ = false;
      while (static_cast<signed char>(*at_) < 0 && at_ < end_) ++at_;
    }
    return false;
  }

  // Digits, at most so many that they fit; returns how many there were, or 0.
  std::ptrdiff_t read_digits(std::uint64_t& number) noexcept {
    const char* const begin = at_;
    for (; *at_ >= '0' && *at_ <= '9'; ++at_) {
      number = 10 * number + static_cast<std::uint64_t>(*at_ - '0');
    }
    return at_ - begin;
  }

  bool read_time(std::optional<Timestamp>& time) noexcept {
    std::uint64_t seconds = 0, fraction = 0;
    const bool leading_zero = *at_ == '0';
    const std::ptrdiff_t digits = read_digits(seconds);
    if (digits == 0 || digits > kInt64Digits || (leading_zero && digits > 1) || !skip('.')) {
      return false;
    }
    std::ptrdiff_t places = read_digits(fraction);
    if (places == 0 || places > 9) return false;
    for (; places < 9; ++places) fraction *= 10;
    time = Timestamp{static_cast<std::int64_t>(seconds), static_cast<std::uint32_t>(fraction)};
    return true;
  }

  bool read_number(Value& value) noexcept {
    const char* const begin = at_;
    const bool negative = *at_ == '-';
    if (negative) ++at_;
    const bool leading_zero = *at_ == '0';
    std::uint64_t digits = 0;
    const std::ptrdiff_t whole = read_digits(digits);
    if (whole == 0 || whole > kInt64Digits || (leading_zero && whole > 1)) return false;
    std::ptrdiff_t places = 0;
    if (*at_ != '.' && *at_ != 'e' && *at_ != 'E') {
      const auto number = static_cast<std::int64_t>(digits);
      value = negative ? -number : number;
      return true;
    }
    if (*at_ == '.') {
      ++at_;
      places = read_digits(digits);
      if (places == 0) return false;
    }
    if (whole + places <= kDoubleDigits && *at_ != 'e' && *at_ != 'E') {
      // Both are exact, and so one division is rounded once.
      const double number = static_cast<double>(digits) / kPowersOfTen[places];
      value = negative ? -number : number;
      return true;
    }
    double number;
    const auto [end, error] = std::from_chars(begin, end_, number);
    if (error != std::errc() || end < at_ || end - at_ > kExponentBytes) return false;
    at_ = end;
    value = number;
    return true;
  }

  // depth: of the value itself, if it is an array or object.
  bool read_value(std::size_t depth, Value& value) {
    switch (*at_) {
      case '"': {
        std::string_view text;
        if (!read_text(text)) return false;
        value = text;
        return true;
      }
      case '{':
        return depth <= kValueDepthMax && read_object(depth, value);
      case '[':
        return depth <= kValueDepthMax && read_array(depth, value);
      case 't':
        value = true;
        return skip("true");
      case 'f':
        value = false;
        return skip("false");
      case 'n':
        return skip("null");
      default:
        return read_number(value);
    }
  }

  bool read_array(std::size_t depth, Value& value) {
    std::vector<Value> items;
    ++at_;
    if (!skip(']')) {
      do {
        if (!read_value(depth + 1, items.emplace_back())) return false;
      } while (skip(','));
      if (!skip(']')) return false;
    }
    value = Value::array(std::move(items));
    return true;
  }

  bool read_object(std::size_t depth, Value& value) {
    std::vector<Attribute> members;
    ++at_;
    if (!skip('}')) {
      do {
        Attribute& member = members.emplace_back();
        if (!read_text(member.key) || !skip(':') || !read_value(depth + 1, member.value)) {
          return false;
        }
      } while (skip(','));
      if (!skip('}')) return false;
    }
    value = Value::object(std::move(members));
    return true;
  }

  // Behind its opening brace.
  bool read_payload(Payload& payload) {
    if (skip('}')) return true;
    do {
      Attribute attribute;
      if (!read_text(attribute.key) || !skip(':') || !read_value(1, attribute.value)) return false;
      payload.add(std::move(attribute));
    } while (skip(','));
    return skip('}');
  }

  // Which may be left out.
  template <class Id, std::size_t kSize>
  bool read_id(const char (&key)[kSize], Id& id, std::string_view& foreign) noexcept {
    if (!skip(key)) return true;
    std::string_view text;
    if (!read_text(text)) return false;
    const std::optional<Id> binary = id_of<Id>(text);
    if (binary && *binary) {
      id = *binary;
    } else {
      foreign = text;
    }
    return true;
  }

  bool read_origin(std::optional<Origin>& origin) noexcept {
    std::string_view text;
    if (!skip(",\"origin\":[") || !read_text(text) || !skip(',')) return false;
    const std::optional<SpanId> instance = id_of<SpanId>(text);
    std::uint64_t producer = 0, sequence = 0;
    if (!instance || !read_count(producer) || !skip(',') || !read_count(sequence) || !skip(']')) {
      return false;
    }
    if (producer > std::numeric_limits<std::uint32_t>::max()) return false;
    origin = Origin{.sequence = sequence, .producer = static_cast<std::uint32_t>(producer)};
    for (const std::uint8_t byte : instance->bytes) origin->instance = origin->instance << 8 | byte;
    return true;
  }
  bool read_count(std::uint64_t& number) noexcept {
    const bool leading_zero = *at_ == '0';
    const std::ptrdiff_t digits = read_digits(number);
    return digits != 0 && digits <= kInt64Digits && (!leading_zero || digits == 1);
  }

  const char* at_;
  const char* const end_;
  bool is_ascii_ = true;
};

}  // namespace

bool read_own_line(std::string_view text, TraceEvent& event) {
  OwnLine line(text);
  return line.read(event) && (line.is_ascii() || simdjson::validate_utf8(text.data(), text.size()));
}

}  // namespace v1
}  // namespace tracebus
