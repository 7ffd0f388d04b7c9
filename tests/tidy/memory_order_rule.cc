// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/tidy/memory_order_rule.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace tracebus::tidy {
namespace {

constexpr std::string_view kOrder = "memory_order";

char last_character(std::string_view text) {
  const std::size_t at = text.find_last_not_of(" \t");
  return at == std::string_view::npos ? '\0' : text[at];
}

// The orders named on a line, as "acquire relaxed "; both memory_order_x and memory_order::x count.
std::string orders_on(std::string_view code) {
  std::string orders;
  for (std::size_t at = code.find(kOrder); at != std::string_view::npos;
       at = code.find(kOrder, at + 1)) {
    const std::size_t name = code.find_first_not_of("_:", at + kOrder.size());
    if (name == std::string_view::npos || name == at + kOrder.size()) continue;
    std::size_t end = name;
    while (end < code.size() &&
           (std::isalpha(static_cast<unsigned char>(code[end])) != 0 || code[end] == '_')) {
      ++end;
    }
    orders += std::string(code.substr(name, end - name)) + " ";
  }
  return orders;
}

bool names_any(std::string_view orders, std::initializer_list<std::string_view> wanted) {
  return std::any_of(wanted.begin(), wanted.end(), [&](std::string_view order) {
    return orders.find(order) != std::string_view::npos;
  });
}

// Reads the comments that belong to the statement on one line.
class Explanation {
 public:
  Explanation(const SourceText& source, std::size_t line) : source_(source) {
    take_statement(line);
    climb();
    text_ += comment_above(first_);
    take_enclosing(line);
  }

  bool empty() const {
    return std::none_of(text_.begin(), text_.end(),
                        [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; });
  }
  bool names_a_pair() const { return text_.find("pair") != std::string::npos; }

 private:
  bool no_code(std::size_t line) const { return last_character(source_.code[line]) == '\0'; }
  bool no_comment(std::size_t line) const { return last_character(source_.comments[line]) == '\0'; }

  bool ends_statement(std::size_t line) const {
    const char last = last_character(source_.code[line]);
    return last == ';' || last == '{' || last == '}' || last == ':';
  }

  std::string comment_on(std::size_t line) const {
    std::string text;
    for (const char c : source_.comments[line]) {
      text.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
    }
    return text + " ";
  }

  std::string comment_above(std::size_t line) const {
    std::string text;
    while (line > 0 && no_code(line - 1) && !no_comment(line - 1)) text += comment_on(--line);
    return text;
  }

  std::size_t first_line_of_statement(std::size_t line) const {
    while (line > 0 && !no_code(line - 1) && !ends_statement(line - 1)) --line;
    return line;
  }

  void take_statement(std::size_t line) {
    first_ = first_line_of_statement(line);
    for (std::size_t i = first_; i < source_.code.size(); ++i) {
      text_ += comment_on(i);
      if (i >= line && ends_statement(i)) break;
    }
  }

  // Goes up over the statements of the same group, and over the line that opens their block.
  void climb() {
    while (first_ > 0 && !no_code(first_ - 1)) {
      const std::size_t begin = first_line_of_statement(first_ - 1);
      const bool opens = last_character(source_.code[first_ - 1]) == '{';
      if (!opens && !has_order(begin, first_ - 1)) return;
      first_ = begin;
      if (opens) return;
    }
  }

  // A comment above a class or a function may explain all of it; then it says "throughout".
  void take_enclosing(std::size_t line) {
    int depth = 0;
    for (std::size_t i = line; i-- > 0;) {
      const std::string& code = source_.code[i];
      for (auto c = code.rbegin(); c != code.rend(); ++c) {
        if (*c == '}') ++depth;
        if (*c != '{' || depth-- > 0) continue;
        depth = 0;
        const std::string text = comment_above(first_line_of_statement(i));
        if (text.find("throughout") != std::string::npos) text_ += text;
      }
    }
  }

  bool has_order(std::size_t begin, std::size_t end) const {
    for (std::size_t i = begin; i <= end; ++i) {
      if (!orders_on(source_.code[i]).empty()) return true;
    }
    return false;
  }

  const SourceText& source_;
  std::size_t first_ = 0;
  std::string text_;
};

}  // namespace

Violations check_memory_orders(const SourceText& source) {
  if (source.folder() != "core" && source.folder() != "bus") return {};
  Violations found;
  for (std::size_t i = 0; i < source.code.size(); ++i) {
    const std::string orders = orders_on(source.code[i]);
    const bool ordering = names_any(orders, {"acquire", "release", "acq_rel", "consume"});
    if (!ordering && !names_any(orders, {"relaxed"})) continue;
    const Explanation explanation(source, i);
    if (ordering && !explanation.names_a_pair()) {
      found.push_back(
          {source.path, i + 1, "memory order without a comment saying what it pairs with"});
    } else if (explanation.empty()) {
      found.push_back({source.path, i + 1, "relaxed memory order without a comment saying why"});
    }
  }
  return found;
}

}  // namespace tracebus::tidy
