// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/tidy/source_text.h"

#include <cctype>
#include <cstddef>
#include <utility>

namespace tracebus::tidy {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Walks a text once and hands each character to the code or to the comments of its line.
class Splitter {
 public:
  Splitter(std::string_view text, SourceText& into) : text_(text), into_(into) { start_line(); }

  void run() {
    while (at_ < text_.size()) {
      if (starts("//")) {
        comment("//", "\n");
      } else if (starts("/*")) {
        comment("/*", "*/");
      } else if (text_[at_] == '"' && raw_string_prefix()) {
        raw_string();
      } else if (text_[at_] == '"' || (text_[at_] == '\'' && !digit_separator())) {
        literal(text_[at_]);
      } else {
        code(text_[at_++]);
      }
    }
    if (into_.lines.back().empty()) drop_line();
  }

 private:
  bool starts(std::string_view token) const { return text_.substr(at_, token.size()) == token; }

  void start_line() {
    into_.code.emplace_back();
    into_.comments.emplace_back();
    into_.lines.emplace_back(text_.substr(at_, text_.substr(at_).find('\n')));
  }
  void drop_line() {
    into_.lines.pop_back();
    into_.code.pop_back();
    into_.comments.pop_back();
  }

  void code(char c) { put(into_.code, c); }
  // REQUIRES: at_ stands behind c, since a new line begins there.
  void put(std::vector<std::string>& kind, char c) {
    if (c != '\n') {
      kind.back().push_back(c);
      return;
    }
    start_line();
  }

  // The newline that ends a // comment is left for the next step.
  void comment(std::string_view open, std::string_view close) {
    at_ += open.size();
    while (at_ < text_.size() && !starts(close)) {
      const char c = text_[at_++];
      put(into_.comments, c);
    }
    if (close != "\n") at_ += close.size();
  }

  void literal(char quote) {
    code(text_[at_++]);
    while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n') {
      const bool spliced = starts("\\\n");
      at_ += text_[at_] == '\\' ? 2 : 1;
      if (spliced) code('\n');
    }
    if (at_ < text_.size() && text_[at_] == quote) code(text_[at_++]);
  }

  bool raw_string_prefix() const {
    return at_ > 0 && text_[at_ - 1] == 'R' && (at_ < 2 || !is_word(text_[at_ - 2]) || encoded());
  }
  // u8R, uR, UR, LR
  bool encoded() const {
    const char before = text_[at_ - 2];
    return before == 'u' || before == '8' || before == 'U' || before == 'L';
  }
  void raw_string() {
    code(text_[at_++]);
    const std::size_t paren = text_.find('(', at_);
    if (paren == std::string_view::npos) return;
    std::string close = ")";
    close.append(text_.substr(at_, paren - at_)).append("\"");
    while (at_ < text_.size() && !starts(close)) {
      const char c = text_[at_++];
      if (c == '\n') code(c);
    }
    if (at_ >= text_.size()) return;
    at_ += close.size();
    code('"');
  }

  // The ' of 1'000 stands inside a word that begins with a digit.
  bool digit_separator() const {
    std::size_t begin = at_;
    while (begin > 0 && (is_word(text_[begin - 1]) || text_[begin - 1] == '\'')) --begin;
    return begin < at_ && std::isdigit(static_cast<unsigned char>(text_[begin])) != 0;
  }

  std::string_view text_;
  SourceText& into_;
  std::size_t at_ = 0;
};

}  // namespace

SourceText::SourceText(std::string path_of_file, std::string_view text)
    : path(std::move(path_of_file)) {
  Splitter(text, *this).run();
}

bool SourceText::is_header() const { return path.ends_with(".h"); }

std::string SourceText::folder() const {
  const std::size_t slash = path.find('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

std::string SourceText::name() const { return path.substr(path.rfind('/') + 1); }

}  // namespace tracebus::tidy
