// SPDX-License-Identifier: Apache-2.0
#include "tracebus/readers/line_repair.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>

#include "tracebus/core/utf8.h"
#include "tracebus/readers/line_reader.h"

namespace tracebus {
inline namespace v1 {
namespace {

// How the records of the known writers begin.
constexpr std::string_view kStarts[] = {"{\"timestamp\"", "{\"event_type\""};

// So many of them are tried in one line, so that a hostile line still takes linear time.
constexpr int kStartsMax = 16;

// What Python's json module writes although JSON does not know it.
constexpr std::string_view kLiterals[] = {"NaN", "Infinity", "-Infinity"};

constexpr bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\r'; }

// The code unit of the escape \uXXXX that text begins with; 0 if it begins with none.
std::uint32_t escaped_unit(std::string_view text) noexcept {
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return 0;
  std::uint32_t unit = 0;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + 6, unit, 16);
  return error == std::errc{} && end == text.data() + 6 ? unit : 0;
}
constexpr bool is_high_surrogate(std::uint32_t unit) noexcept { return unit >> 10 == 0xD800 >> 10; }
constexpr bool is_low_surrogate(std::uint32_t unit) noexcept { return unit >> 10 == 0xDC00 >> 10; }

}  // namespace

const std::vector<LineRepair::Part>& LineRepair::parts_of(std::string_view line) {
  line_ = line;
  text_.clear();
  parts_.clear();
  std::size_t at = append_records(0);
  for (int starts = 0; at != line.size(); ++starts) {
    const bool after_record = parts_.empty() || parts_.back().fault.empty();
    if (after_record) parts_.push_back({.offset = at, .fault = fault_});
    at = append_records(starts < kStartsMax ? next_start(at + 1) : line.size());
  }
  text_.append(LineReader::kPaddingBytes, '\n');
  return parts_;
}

// A record counts if another one, a hole, or the end of the line follows: else it is a piece of
// something.
std::size_t LineRepair::append_records(std::size_t at) {
  hole_ = false;
  at = after_space(at);
  fault_ = "not a JSON object";
  while (at < line_.size()) {
    if (line_[at] != '{') return at;
    Part record{.offset = at, .begin = text_.size()};
    changed_ = hole_;
    hole_ = false;
    at = copy_record(at);
    if (at != std::string_view::npos) at = after_space(at);
    const bool followed = at < line_.size() && line_[at] != '{' && !hole_;
    if (at == std::string_view::npos || followed) {
      fault_ = followed ? "something follows the object" : "cut off: an object is not closed";
      text_.resize(record.begin);
      return record.offset;
    }
    record.end = text_.size();
    record.changed = changed_ || hole_;
    parts_.push_back(record);
    text_.push_back('\n');
  }
  return line_.size();
}

// In valid JSON a start stands where a value may stand, so anywhere else a record begins anew.
std::size_t LineRepair::next_start(std::size_t at) const noexcept {
  for (; at < line_.size() && (at = line_.find("{\"", at)) != line_.npos; ++at) {
    const std::string_view rest = line_.substr(at);
    std::size_t before = at;
    while (before != 0 && is_space(line_[before - 1])) --before;
    const char last = before == 0 ? '{' : line_[before - 1];
    const bool value = last == ':' || last == ',' || last == '[';
    if (!value &&
        std::ranges::any_of(kStarts, [&](auto start) { return rest.starts_with(start); })) {
      return at;
    }
  }
  return line_.size();
}

std::size_t LineRepair::after_space(std::size_t at) noexcept {
  for (; at < line_.size() && (is_space(line_[at]) || line_[at] == '\0'); ++at) {
    hole_ = hole_ || line_[at] == '\0';
  }
  return at;
}

std::size_t LineRepair::copy_record(std::size_t at) {
  for (std::size_t depth = 0; at < line_.size();) {
    const char c = line_[at];
    at = c == '"' ? copy_string(at) : copy_bare(at);
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return at;
  }
  return std::string_view::npos;
}

std::size_t LineRepair::copy_string(std::size_t at) {
  at = copy(at, 1);
  while (at < line_.size()) {
    const char c = line_[at];
    if (c == '"') return copy(at, 1);
    at = c == '\\' ? copy_escape(at) : copy_character(at);
  }
  return at;
}

std::size_t LineRepair::copy_escape(std::size_t at) {
  const std::uint32_t unit = escaped_unit(line_.substr(at));
  if (!is_high_surrogate(unit) && !is_low_surrogate(unit)) return copy(at, 2);
  const bool pair = is_high_surrogate(unit) && is_low_surrogate(escaped_unit(line_.substr(at + 6)));
  return pair ? copy(at, 12) : replace(at, 6, kReplacementCharacter);
}

std::size_t LineRepair::copy_character(std::size_t at) {
  const Utf8Sequence sequence = first_utf8_sequence(line_.substr(at));
  if (sequence.valid) return copy(at, sequence.length);
  return replace(at, sequence.length, kReplacementCharacter);
}

std::size_t LineRepair::copy_bare(std::size_t at) {
  for (const std::string_view literal : kLiterals) {
    if (line_.substr(at).starts_with(literal)) return replace(at, literal.size(), "null");
  }
  return copy(at, 1);
}

std::size_t LineRepair::copy(std::size_t at, std::size_t bytes) {
  text_.append(line_.substr(at, bytes));
  return std::min(at + bytes, line_.size());
}

std::size_t LineRepair::replace(std::size_t at, std::size_t bytes, std::string_view replacement) {
  text_.append(replacement);
  changed_ = true;
  return at + bytes;
}

}  // namespace v1
}  // namespace tracebus
