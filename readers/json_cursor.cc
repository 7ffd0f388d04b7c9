// SPDX-License-Identifier: Apache-2.0
#include "tracebus/readers/json_cursor.h"

#include <cstddef>
#include <cstring>

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

// Behind the string whose opening quote is at `at`; null if it does not end.
const char* after_string(const char* at, const char* end) noexcept {
  const char* const begin = ++at;
  while (at < end) {
    const auto* quote =
        static_cast<const char*>(std::memchr(at, '"', static_cast<std::size_t>(end - at)));
    if (quote == nullptr) return nullptr;
    const char* before = quote;
    while (before != begin && before[-1] == '\\') --before;
    at = quote + 1;
    if ((quote - before) % 2 == 0) return at;
  }
  return nullptr;
}

// The same of an object or array.
const char* after_nested(const char* at, const char* end) noexcept {
  std::size_t depth = 0;
  while (at < end) {
    switch (*at) {
      case '"':
        at = after_string(at, end);
        if (at == nullptr) return nullptr;
        continue;
      case '{':
      case '[':
        ++depth;
        break;
      case '}':
      case ']':
        if (--depth == 0) return at + 1;
        break;
      default:
        break;
    }
    ++at;
  }
  return nullptr;
}

}  // namespace

std::string_view first_json_value(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == text.npos) return {};
  text.remove_prefix(first);
  const char* const end = text.data() + text.size();
  const char* behind = nullptr;
  switch (text.front()) {
    case '"':
      behind = after_string(text.data(), end);
      break;
    case '{':
    case '[':
      behind = after_nested(text.data(), end);
      break;
    default:
      return text.substr(0, text.find_first_of(",:]} \t\r\n"));
  }
  if (behind == nullptr) return {};
  return text.substr(0, static_cast<std::size_t>(behind - text.data()));
}

JsonCursor::JsonCursor(std::string_view value) noexcept : left_(value) {
  is_broken_ = value.empty() || (value.front() != '{' && value.front() != '[');
  if (is_broken_) return;
  end_ = value.front() == '{' ? '}' : ']';
  left_.remove_prefix(1);
}

bool JsonCursor::next(std::string_view& item) noexcept {
  return end_ == ']' && has_next() && take(item);
}

bool JsonCursor::next(std::string_view& key, std::string_view& value) noexcept {
  if (end_ != '}' || !has_next()) return false;
  if (left_.empty() || left_.front() != '"') return is_broken_here();
  if (!take(key)) return false;
  key = key.substr(1, key.size() - 2);
  step_over_space();
  if (!step_over(':')) return is_broken_here();
  return take(value);
}

void JsonCursor::step_over_space() noexcept {
  const std::size_t first = left_.find_first_not_of(kSpace);
  left_.remove_prefix(first == left_.npos ? left_.size() : first);
}

bool JsonCursor::step_over(char c) noexcept {
  if (left_.empty() || left_.front() != c) return false;
  left_.remove_prefix(1);
  return true;
}

bool JsonCursor::has_next() noexcept {
  if (is_over_ || is_broken_) return false;
  step_over_space();
  if (step_over(end_)) {
    is_over_ = true;
    return false;
  }
  if (!is_first_ && !step_over(',')) return is_broken_here();
  is_first_ = false;
  step_over_space();
  return true;
}

bool JsonCursor::take(std::string_view& value) noexcept {
  value = first_json_value(left_);
  if (value.empty()) return is_broken_here();
  left_ = left_.substr(static_cast<std::size_t>(value.data() + value.size() - left_.data()));
  return true;
}

bool JsonCursor::is_broken_here() noexcept {
  is_broken_ = true;
  return false;
}

}  // namespace v1
}  // namespace tracebus
