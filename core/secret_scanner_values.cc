// SPDX-License-Identifier: Apache-2.0
//
// Of SecretScanner: assignments within texts.
#include <algorithm>
#include <array>

#include "tracebus/core/secret_scanner.h"

namespace tracebus {
inline namespace v1 {
namespace {

bool is_key_byte(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.';
}
bool is_quote(char c) noexcept { return c == '"' || c == '\'' || c == '`'; }
bool is_line_end(char c) noexcept { return c == '\n' || c == '\r'; }
bool ends_value(char c) noexcept {
  return std::string_view(" \t\n\r,;&)]}<>\"'|`").find(c) != std::string_view::npos;
}

// Of which all of the line is the value, as they are headers.
bool is_header_key(std::string_view key) noexcept {
  constexpr std::array<std::string_view, 2> kEnds = {"uthorization", "ookie"};
  return std::any_of(kEnds.begin(), kEnds.end(),
                     [key](std::string_view end) { return key.ends_with(end); });
}

// What is written where there is no value.
bool says_nothing(std::string_view value) noexcept {
  constexpr std::array<std::string_view, 7> kWords = {"null",  "None", "nil", "undefined",
                                                      "false", "true", "True"};
  return std::find(kWords.begin(), kWords.end(), value) != kWords.end();
}

}  // namespace

// key = value, "key": "value", and what is between them in logs, commands, URLs and headers. No key
// holds a sign, so no byte is gone back over twice.
SecretScanner::Match SecretScanner::assignment() {
  if (!wants(RedactionRule::kAssignment) || options_.keys == nullptr) return std::nullopt;
  std::size_t key_end = at_;
  if (key_end > floor_ && text_[key_end - 1] == ' ') --key_end;
  if (key_end > floor_ && is_quote(text_[key_end - 1])) --key_end;
  if (key_end > floor_ && text_[key_end - 1] == '\\') --key_end;
  const std::size_t key_begin = assigned_key_begin(key_end);
  const std::string_view key = text_.substr(key_begin, key_end - key_begin);
  if (key.empty() || !options_.keys->matches(key)) return std::nullopt;
  std::size_t begin = at_ + 1;
  const std::size_t latest = std::min(text_.size(), begin + 8);
  while (begin < latest && std::string_view(" \t=:>").find(text_[begin]) != std::string_view::npos)
    ++begin;
  if (at(begin) == '\\' && is_quote(at(begin + 1))) ++begin;
  if (is_quote(at(begin))) ++begin;
  const std::size_t end = value_end(begin, text_[at_] == ':' && is_header_key(key));
  const std::string_view value = text_.substr(begin, end - begin);
  if (value.empty() || value == options_.mask || says_nothing(value)) return std::nullopt;
  return SecretMatch{begin, end, RedactionRule::kAssignment};
}

std::size_t SecretScanner::assigned_key_begin(std::size_t end) noexcept {
  constexpr std::size_t kKeyBytesMax = 64;
  const std::size_t lowest = std::max(floor_, end - std::min(end, kKeyBytesMax));
  std::size_t begin = end;
  while (begin > lowest && is_key_byte(text_[begin - 1])) --begin;
  steps_ += end - begin + 1;
  return begin;
}

// REQUIRES: begin is behind the opening quote, if there is one.
std::size_t SecretScanner::value_end(std::size_t begin, bool whole_line) noexcept {
  if (!options_.mask.empty() && text_.substr(begin).starts_with(options_.mask)) {
    return begin + options_.mask.size();
  }
  if (at(begin) == '{' || at(begin) == '[') return bracketed_end(begin);
  const char before = begin == 0 ? '\0' : text_[begin - 1];
  const bool escaped = begin >= 2 && text_[begin - 2] == '\\';
  std::size_t end = begin;
  for (; end < text_.size(); ++end) {
    const char c = text_[end];
    if (is_line_end(c)) break;
    if (is_quote(before)) {
      if (c == before || (escaped && c == '\\' && at(end + 1) == before)) break;
      if (c == '\\' && !escaped && end + 1 < text_.size()) ++end;
    } else if (whole_line ? is_quote(c) : ends_value(c)) {
      break;
    }
  }
  steps_ += end - begin;
  return end;
}

// To the bracket that closes the first one, whatever stands between; or to the end.
std::size_t SecretScanner::bracketed_end(std::size_t begin) noexcept {
  std::size_t depth = 0;
  std::size_t end = begin;
  bool quoted = false;
  for (; end < text_.size(); ++end) {
    const char c = text_[end];
    if (c == '\\') {
      ++end;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == '{' || c == '[')) {
      ++depth;
    } else if (!quoted && (c == '}' || c == ']') && --depth == 0) {
      ++end;
      break;
    }
  }
  end = std::min(end, text_.size());
  steps_ += end - begin;
  return end;
}

}  // namespace v1
}  // namespace tracebus
