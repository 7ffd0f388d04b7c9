// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/json_redaction.h"

#include <algorithm>
#include <utility>

#include "tracebus/core/json_unescape.h"
#include "tracebus/core/json_writer.h"
#include "tracebus/core/secret_scanner.h"

namespace tracebus {
inline namespace v1 {
namespace {

bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_bare(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '+' || c == '.';
}

// Whether it is a value, as far as a text must be looked at to be told from one.
bool may_be_value(std::string_view bare) noexcept {
  for (const std::string_view word : {"true", "false", "null", "NaN", "Infinity", "-Infinity"}) {
    if (bare == word) return true;
  }
  if (bare.empty() || bare.front() == '+' || bare.front() == '.') return false;
  return bare.find_first_not_of("0123456789+-.eE") == std::string_view::npos;
}

// What a secret key may have for a value without telling anything.
bool says_nothing(std::string_view value) noexcept {
  return value.empty() || value == "null" || value == "true" || value == "false" ||
         value == "\"\"" || value == "[]" || value == "{}";
}

}  // namespace

bool JsonRedaction::may_be_json(std::string_view text) noexcept {
  std::size_t begin = 0;
  while (begin < text.size() && is_space(text[begin])) ++begin;
  return begin < text.size() && (text[begin] == '{' || text[begin] == '[');
}

std::optional<std::string> JsonRedaction::run() {
  while (at_ < text_.size()) {
    if (!take_token()) {
      redact_rest();
      break;
    }
  }
  redactor_.steps_ += text_.size();
  return patches_.finish();
}

// False if no JSON goes on like that.
bool JsonRedaction::take_token() {
  const char c = text_[at_];
  if (is_space(c)) {
    ++at_;
    return true;
  }
  const std::size_t begin = at_;
  bool taken = false;
  if (c == '{' || c == '[') {
    taken = open(c);
  } else if (c == '}' || c == ']') {
    taken = close(c);
  } else if (c == ',' && next_ == Next::kCommaOrEnd && !in_object_.empty()) {
    next_ = in_object_.back() ? Next::kKey : Next::kValue;
    taken = ++at_ != 0;
  } else if (c == ':' && next_ == Next::kColon) {
    next_ = Next::kValue;
    return ++at_ != 0;  // a key and its value are one when the rest is searched
  } else if (c == '"') {
    return take_string();
  } else {
    return take_bare();
  }
  if (taken) last_ = begin;
  return taken;
}

bool JsonRedaction::open(char bracket) {
  const bool another = in_object_.empty() && next_ == Next::kCommaOrEnd;
  if (!value_may_come() && !another) return false;
  in_object_.push_back(bracket == '{');
  next_ = bracket == '{' ? Next::kKeyOrEnd : Next::kValueOrEnd;
  ++at_;
  return true;
}

bool JsonRedaction::close(char bracket) {
  const bool object = bracket == '}';
  if (in_object_.empty() || in_object_.back() != object) return false;
  const Next empty = object ? Next::kKeyOrEnd : Next::kValueOrEnd;
  if (next_ != Next::kCommaOrEnd && next_ != empty) return false;
  in_object_.pop_back();
  value_taken();
  ++at_;
  return true;
}

bool JsonRedaction::take_string() {
  if (!key_may_come() && !value_may_come()) return false;
  const std::size_t begin = at_;
  const std::size_t end = string_end(begin);
  if (end == std::string_view::npos) return false;
  at_ = end;
  last_ = begin;
  redact_string(begin, end);
  if (key_may_come()) {
    take_key(begin, end);
  } else {
    value_taken();
  }
  return true;
}

// If the key is secret, goes on behind its value.
void JsonRedaction::take_key(std::size_t begin, std::size_t end) {
  next_ = Next::kColon;
  const std::string_view raw = text_.substr(begin + 1, end - begin - 2);
  const bool escaped = raw.find('\\') != std::string_view::npos;
  const bool secret =
      escaped ? redactor_.is_secret_key(json_unescaped(raw)) : redactor_.is_secret_key(raw);
  const std::size_t colon = skip_space(end);
  if (!secret || at(colon) != ':') return;
  next_ = Next::kValue;
  at_ = skip_space(colon + 1);
  mask_value();
}

void JsonRedaction::mask_value() {
  const std::size_t end = value_end(at_);
  const std::string_view value = text_.substr(at_, end - at_);
  if (value.empty()) return;
  if (!says_nothing(value) && value != redactor_.json_mask_) {
    patch(at_, end, redactor_.json_mask_);
    redactor_.count(RedactionRule::kKey);
  }
  at_ = end;
  value_taken();
}

// Numbers, and true, false and null; also NaN and Infinity, which some write.
bool JsonRedaction::take_bare() {
  std::size_t end = at_;
  while (end < text_.size() && is_bare(text_[end])) ++end;
  const std::string_view bare = text_.substr(at_, end - at_);
  if (!value_may_come() || !may_be_value(bare)) return false;
  const std::size_t begin = std::exchange(at_, end);
  last_ = begin;
  // Most numbers are short, and a card has thirteen digits at least.
  const bool cut = cut_ && end == text_.size();
  if (bare.size() >= 7 && redactor_.redact_plain(bare, cut)) {
    patch(begin, end, redactor_.json_mask_);
  }
  value_taken();
  return true;
}

void JsonRedaction::patch(std::size_t begin, std::size_t end, std::string_view with) {
  patches_.replace(begin, end, with);
  last_ = end;
}

// begin and end are those of the quotes.
void JsonRedaction::redact_string(std::size_t begin, std::size_t end) {
  const std::string_view raw = text_.substr(begin + 1, end - begin - 2);
  if (raw.find('\\') == std::string_view::npos) {
    // Without escapes it holds no quotes, hence no strings. Patched in place, as it is.
    if (auto redacted = redactor_.redact_plain(raw, false)) {
      std::string json;
      append_json_string(json, *redacted);
      patch(begin, end, json);
    }
    return;
  }
  if (auto redacted = redactor_.redact(json_unescaped(raw), false, level_ + 1)) {
    std::string json;
    append_json_string(json, *redacted);
    patch(begin, end, json);
  }
}

void JsonRedaction::redact_rest() {
  if (auto redacted = redactor_.redact_plain(text_.substr(last_), cut_)) {
    patches_.replace(last_, text_.size(), *redacted);
  }
}

// Behind the closing quote; npos if there is none. REQUIRES: text_[begin] is the opening one.
std::size_t JsonRedaction::string_end(std::size_t begin) const noexcept {
  for (std::size_t end = begin + 1; end < text_.size(); ++end) {
    if (text_[end] == '\\') {
      ++end;
    } else if (text_[end] == '"') {
      return end + 1;
    }
  }
  return std::string_view::npos;
}

// Behind the value that begins there, or the end of the text if it does not end.
std::size_t JsonRedaction::value_end(std::size_t begin) const noexcept {
  if (at(begin) == '"') return std::min(string_end(begin), text_.size());
  std::size_t end = begin;
  if (at(begin) != '{' && at(begin) != '[') {
    while (end < text_.size() && is_bare(text_[end])) ++end;
    return end;
  }
  std::size_t depth = 0;
  while (end < text_.size()) {
    const char c = text_[end];
    if (c == '"') {
      end = std::min(string_end(end), text_.size());
      continue;
    }
    ++end;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) break;
  }
  return end;
}

std::size_t JsonRedaction::skip_space(std::size_t begin) const noexcept {
  while (begin < text_.size() && is_space(text_[begin])) ++begin;
  return begin;
}

}  // namespace v1
}  // namespace tracebus
