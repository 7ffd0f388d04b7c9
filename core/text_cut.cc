// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/text_cut.h"

#include <algorithm>

namespace tracebus {
inline namespace v1 {
namespace {

bool continues_character(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }
bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Walks as much of a JSON text as fits with what closes it.
class JsonPrefix {
 public:
  JsonPrefix(std::string_view json, std::size_t bytes_max) noexcept
      : json_(json), bytes_max_(bytes_max) {}

  // What to keep; empty if nothing can be kept.
  std::string cut() {
    while (at_ < json_.size() && take_token()) {
      if (may_close_ && at_ + open_.size() <= bytes_max_) kept_ = at_;
      if (may_close_ && open_.empty()) break;
    }
    if (string_kept_ != 0) return closed(string_kept_, true);
    return kept_ == 0 ? std::string() : closed(kept_, false);
  }

 private:
  // False at the first token that does not fit.
  bool take_token() {
    const char c = json_[at_];
    if (c == '"') return take_string();
    if (c == '{' || c == '[') {
      open_.push_back(c);
      key_next_ = c == '{';
      may_close_ = true;
    } else if (c == '}' || c == ']') {
      if (open_.empty()) return false;
      open_.pop_back();
      key_next_ = false;
      may_close_ = true;
    } else if (c == ',') {
      key_next_ = !open_.empty() && open_.back() == '{';
      may_close_ = false;
    } else if (c == ':') {
      key_next_ = false;
      may_close_ = false;
    } else if (!is_space(c)) {
      return take_bare();
    }
    return ++at_ + open_.size() <= bytes_max_ || (may_close_ && open_.empty());
  }

  bool take_bare() {
    constexpr std::string_view kEnds = ",:{}[]\" \t\n\r";
    const std::size_t end = std::min(json_.find_first_of(kEnds, at_), json_.size());
    at_ = end;
    may_close_ = true;
    return at_ + open_.size() <= bytes_max_;
  }

  bool take_string() {
    const std::size_t begin = at_++;
    std::size_t character = at_;  // where the one begins that at_ is in
    std::size_t last_fit = 0;     // the end of what fits, if the string is cut
    for (; at_ < json_.size() && json_[at_] != '"'; at_ = next_character(at_)) {
      character = at_;
      if (character + 1 + open_.size() <= bytes_max_) last_fit = character;
      if (character > bytes_max_) break;
    }
    may_close_ = !key_next_;
    const bool whole = at_ < json_.size() && json_[at_] == '"';
    if (whole) ++at_;
    if (whole && at_ + open_.size() <= bytes_max_) return true;
    if (!key_next_ && last_fit > begin) string_kept_ = last_fit;
    return false;
  }

  std::size_t next_character(std::size_t at) const noexcept {
    if (json_[at] == '\\') {
      const bool unit = at + 1 < json_.size() && json_[at + 1] == 'u';
      at += unit ? 6 : 2;
      // The second half of a surrogate pair stays with the first.
      const bool high = unit && at <= json_.size() &&
                        std::string_view("dD").find(json_[at - 4]) != std::string_view::npos &&
                        std::string_view("89abAB").find(json_[at - 3]) != std::string_view::npos;
      if (high && json_.substr(at).starts_with("\\u")) at += 6;
      return std::min(at, json_.size());
    }
    ++at;
    while (at < json_.size() && continues_character(json_[at])) ++at;
    return at;
  }

  std::string closed(std::size_t end, bool in_string) const {
    std::string open;
    bool quoted = false;
    for (std::size_t i = 0; i < end; ++i) {
      const char c = json_[i];
      if (c == '"') quoted = !quoted;
      if (quoted && c == '\\') ++i;
      if (quoted) continue;
      if (c == '{' || c == '[') open.push_back(c);
      if (c == '}' || c == ']') open.pop_back();
    }
    std::string text(json_.substr(0, end));
    if (in_string) text += '"';
    for (; !open.empty(); open.pop_back()) text += open.back() == '{' ? '}' : ']';
    return text;
  }

  const std::string_view json_;
  const std::size_t bytes_max_;
  std::size_t at_ = 0;
  std::size_t kept_ = 0;         // so much can be closed, and fits then
  std::size_t string_kept_ = 0;  // the same within a string
  std::string open_;             // the brackets to close
  bool key_next_ = false;
  bool may_close_ = false;  // a value ends here, or a container has just begun
};

}  // namespace

std::string_view cut_text(std::string_view text, std::size_t bytes_max) noexcept {
  if (text.size() <= bytes_max) return text;
  std::size_t length = bytes_max;
  // A character has three bytes after its first; what goes on longer is none.
  for (int i = 0; i < 3 && length != 0 && continues_character(text[length]); ++i) --length;
  return text.substr(0, continues_character(text[length]) ? bytes_max : length);
}

std::string cut_json(std::string_view json, std::size_t bytes_max) {
  if (json.size() <= bytes_max) return std::string(json);
  std::string cut = JsonPrefix(json, bytes_max).cut();
  if (cut.empty()) return std::string(cut_text(json, bytes_max));
  return cut;
}

}  // namespace v1
}  // namespace tracebus
