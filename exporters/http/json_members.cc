// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/http/json_members.h"

namespace tracebus {
inline namespace v1 {
namespace {

// Takes the text apart from its beginning; every function is false at the first fault.
class JsonText {
 public:
  explicit JsonText(std::string_view text) noexcept : rest_(text) {}

  bool at_end() noexcept {
    skip_blanks();
    return rest_.empty();
  }

  bool take(char expected) noexcept {
    skip_blanks();
    if (rest_.empty() || rest_.front() != expected) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // With its quotes.
  bool take_string(std::string_view& out) noexcept {
    skip_blanks();
    if (rest_.empty() || rest_.front() != '"') return false;
    for (std::size_t at = 1; at < rest_.size(); ++at) {
      if (rest_[at] == '\\') {
        ++at;
      } else if (rest_[at] == '"') {
        out = rest_.substr(0, at + 1);
        rest_.remove_prefix(at + 1);
        return true;
      }
    }
    return false;
  }

  bool take_value(std::string_view& out, std::size_t depth) noexcept {
    skip_blanks();
    const std::string_view begin = rest_;
    const bool is_there = skip_value(depth);
    out = begin.substr(0, begin.size() - rest_.size());
    return is_there;
  }

 private:
  void skip_blanks() noexcept {
    const std::size_t first = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(first == std::string_view::npos ? rest_.size() : first);
  }

  bool skip_value(std::size_t depth) noexcept {
    std::string_view text;
    if (rest_.empty() || depth == JsonMembers::kDepthMax) return false;
    if (rest_.front() == '"') return take_string(text);
    if (rest_.front() == '{') return skip_items('}', true, depth);
    if (rest_.front() == '[') return skip_items(']', false, depth);
    const std::size_t end = rest_.find_first_of(" \t\r\n,]}\"{[:");
    const std::size_t size = end == std::string_view::npos ? rest_.size() : end;
    rest_.remove_prefix(size);
    return size != 0;
  }

  bool skip_items(char close, bool named, std::size_t depth) noexcept {
    rest_.remove_prefix(1);
    if (take(close)) return true;
    do {
      std::string_view text;
      if (named && !(take_string(text) && take(':'))) return false;
      if (!take_value(text, depth + 1)) return false;
    } while (take(','));
    return take(close);
  }

  std::string_view rest_;
};

}  // namespace

bool JsonMembers::is_object() const noexcept {
  JsonText text(rest_);
  std::string_view value;
  return text.take_value(value, 0) && value.front() == '{' && text.at_end();
}

std::string_view JsonMembers::value_of(std::string_view name) const noexcept {
  JsonText text(rest_);
  if (!is_object() || !text.take('{')) return {};
  std::string_view found;
  std::string_view value;
  while (text.take_string(found) && text.take(':') && text.take_value(value, 0)) {
    if (without_quotes(found) == name) return value;
    text.take(',');
  }
  return {};
}

std::string_view without_quotes(std::string_view value) noexcept {
  const bool is_string = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  return is_string ? value.substr(1, value.size() - 2) : value;
}

}  // namespace v1
}  // namespace tracebus
