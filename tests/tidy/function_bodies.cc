// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/tidy/function_bodies.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

namespace tracebus::tidy {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// The place behind the bracket that closes the one at open; the end if none does.
std::size_t behind_bracket(std::string_view text, std::size_t open, char opens, char closes) {
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (text[i] == opens) ++depth;
    if (text[i] == closes && --depth == 0) return i + 1;
  }
  return text.size();
}

// Takes `word ( ... )` or `word < ... >` out of a declaration.
std::string without(std::string text, std::string_view word, char opens, char closes) {
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at)) {
    const std::size_t open = text.find_first_not_of(" \n", at + word.size());
    if (open == std::string::npos || text[open] != opens) {
      at += word.size();
      continue;
    }
    text.erase(at, behind_bracket(text, open, opens, closes) - at);
  }
  return text;
}

// The declaration with all that stands in parentheses taken out: "void f() const" of
// "void f(int x) const".
std::string outside_parentheses(std::string_view text) {
  std::string outside;
  int depth = 0;
  for (const char c : text) {
    if (c == ')') --depth;
    if (depth == 0) outside.push_back(c);
    if (c == '(') ++depth;
  }
  return outside;
}

std::size_t find_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const bool begins = at == 0 || !is_word(text[at - 1]);
    const std::size_t end = at + word.size();
    if (begins && (end == text.size() || !is_word(text[end]))) return at;
  }
  return std::string_view::npos;
}

char last_character(std::string_view text) {
  const std::size_t at = text.find_last_not_of(" \t\n");
  return at == std::string_view::npos ? '\0' : text[at];
}

// True for "Foo(int x) : a_(x), b_": the brace that follows initializes a member.
bool ends_in_member_initializer(std::string_view outside) {
  const char last = last_character(outside);
  if (!is_word(last) && last != '>') return false;
  for (std::size_t i = outside.find(')'); i < outside.size(); ++i) {
    if (outside[i] != ':') continue;
    if (i + 1 < outside.size() && outside[i + 1] == ':') {
      ++i;
      continue;
    }
    return true;
  }
  return false;
}

// True for "struct stat f() const", as opposed to "struct A : B<int()>".
bool ends_in_signature(std::string_view outside) {
  const std::size_t end = outside.find_last_not_of(" \t\n") + 1;
  std::size_t begin = end;
  while (begin > 0 && is_word(outside[begin - 1])) --begin;
  const std::string_view word = outside.substr(begin, end - begin);
  return outside.find(')') != std::string_view::npos &&
         (last_character(outside) == ')' || word == "const" || word == "noexcept" ||
          word == "override" || word == "try");
}

enum class Scope {
  kDeclarations,  // namespace, class, struct, union, enum, extern "C"
  kFunction,
  kOther,  // initializers, and all within a function
};

Scope scope_after(const std::string& declaration) {
  const std::string bare =
      without(without(without(declaration, "template", '<', '>'), "alignas", '(', ')'),
              "__attribute__", '(', ')');
  const std::string outside = outside_parentheses(bare);
  if (find_word(outside, "namespace") != std::string::npos) return Scope::kDeclarations;
  if (find_word(outside, "extern") != std::string::npos && last_character(outside) == '"') {
    return Scope::kDeclarations;
  }
  constexpr std::array<std::string_view, 4> kTypes = {"enum", "class", "struct", "union"};
  for (const std::string_view type : kTypes) {
    const std::size_t at = find_word(outside, type);
    if (at == std::string::npos || ends_in_signature(outside.substr(at))) continue;
    return Scope::kDeclarations;
  }
  const bool initializer = last_character(outside) == '=' || ends_in_member_initializer(outside);
  const bool callable = outside.find('(') != std::string::npos;
  return callable && !initializer ? Scope::kFunction : Scope::kOther;
}

// Tells the lines of code from those of the preprocessor, and from all but the first branch of a
// conditional: both branches may open the same brace.
class Preprocessor {
 public:
  bool skips(std::string_view code) {
    const std::size_t first = code.find_first_not_of(" \t");
    const bool directive = first != std::string_view::npos && code[first] == '#';
    const bool continued =
        std::exchange(continued_, (directive || continued_) && code.ends_with('\\'));
    if (directive && !continued) step(code.substr(first + 1));
    return directive || continued || other_branch_at_ != 0;
  }

 private:
  void step(std::string_view directive) {
    directive.remove_prefix(std::min(directive.find_first_not_of(" \t"), directive.size()));
    if (directive.starts_with("if")) {
      ++depth_;
    } else if (directive.starts_with("el")) {
      if (other_branch_at_ == 0) other_branch_at_ = depth_;
    } else if (directive.starts_with("endif")) {
      if (other_branch_at_ == depth_) other_branch_at_ = 0;
      --depth_;
    }
  }

  bool continued_ = false;
  int depth_ = 0;
  int other_branch_at_ = 0;  // the depth of the conditional whose first branch is over
};

class Scanner {
 public:
  std::vector<FunctionBody> run(const SourceText& source) {
    Preprocessor preprocessor;
    for (std::size_t i = 0; i < source.code.size(); ++i) {
      if (preprocessor.skips(source.code[i])) continue;
      for (const char c : source.code[i]) step(c, i + 1);
      declaration_.push_back('\n');
    }
    return bodies_;
  }

 private:
  struct Open {
    Scope scope;
    std::size_t line;
  };

  bool declaring() const { return open_.empty() || open_.back().scope == Scope::kDeclarations; }

  void step(char c, std::size_t line) {
    if (c == '{') {
      open(line);
    } else if (c == '}') {
      close(line);
    } else if (declaring()) {
      declare(c);
    }
  }

  void declare(char c) {
    if (c == '(') ++parentheses_;
    if (c == ')') --parentheses_;
    if (c == ';' && parentheses_ == 0) {
      declaration_.clear();
    } else {
      declaration_.push_back(c);
    }
  }

  void open(std::size_t line) {
    Scope scope = Scope::kOther;
    if (declaring() && parentheses_ == 0) scope = scope_after(declaration_);
    open_.push_back({scope, line});
    if (scope == Scope::kDeclarations) declaration_.clear();
  }

  void close(std::size_t line) {
    if (open_.empty()) return;
    const Open closed = open_.back();
    open_.pop_back();
    if (closed.scope == Scope::kFunction) bodies_.push_back({closed.line, line});
    if (closed.scope == Scope::kOther) {
      // An initializer is a part of the declaration that goes on behind it.
      if (declaring()) declaration_.push_back('}');
    } else {
      declaration_.clear();
    }
  }

  std::vector<Open> open_;
  std::string declaration_;
  int parentheses_ = 0;
  std::vector<FunctionBody> bodies_;
};

}  // namespace

std::vector<FunctionBody> function_bodies(const SourceText& source) {
  return Scanner().run(source);
}

}  // namespace tracebus::tidy
