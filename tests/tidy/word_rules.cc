// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/tidy/word_rules.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string>
#include <vector>

namespace tracebus::tidy {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

struct ForbiddenWord {
  std::string word;
  bool prefix;  // also when a longer word begins with it
};

// Each is written in two pieces, so that this file holds none of them.
const std::vector<ForbiddenWord>& forbidden_words() {
  static const std::vector<ForbiddenWord> kWords = {
      {std::string("TO") + "DO", false},
      {std::string("FIX") + "ME", false},
      {std::string("X") + "XX", false},
      {std::string("HA") + "CK", false},
      {std::string("using namespace ") + "std", false},
      {std::string("DISABLED") + "_", true},
      {std::string("GTEST") + "_SKIP", true},
      {std::string("inner") + "HTML", false},
  };
  return kWords;
}

bool holds(const std::string& line, const ForbiddenWord& forbidden) {
  const std::string& word = forbidden.word;
  for (std::size_t at = line.find(word); at != std::string::npos; at = line.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool begins = at == 0 || !is_word(line[at - 1]);
    const bool ends = forbidden.prefix || end == line.size() || !is_word(line[end]);
    if (begins && ends) return true;
  }
  return false;
}

bool is_path_character(char c) { return is_word(c) || c == '.' || c == '-' || c == '/'; }

// True where path stands in the line as the beginning of an absolute path.
bool holds_path(const std::string& line, const std::string& path) {
  for (std::size_t at = line.find(path); at != std::string::npos; at = line.find(path, at + 1)) {
    const std::size_t end = at + path.size();
    const bool begins = at == 0 || !is_path_character(line[at - 1]);
    const bool ends = path.back() == '/' || end == line.size() || !is_word(line[end]);
    if (begins && ends) return true;
  }
  return false;
}

}  // namespace

Violations check_words(const SourceText& source) {
  Violations found;
  for (std::size_t i = 0; i < source.lines.size(); ++i) {
    for (const ForbiddenWord& forbidden : forbidden_words()) {
      if (!holds(source.lines[i], forbidden)) continue;
      found.push_back({source.path, i + 1, "forbidden word: " + forbidden.word});
    }
  }
  return found;
}

Violations check_machine_paths(const SourceText& source, std::string_view tree_root) {
  std::vector<std::string> paths = {std::string("/ho") + "me/", std::string("/ro") + "ot/",
                                    std::string("/Us") + "ers/"};
  // A checkout right below the root has a path as short as /src, which may mean anything.
  if (std::count(tree_root.begin(), tree_root.end(), '/') > 1) paths.emplace_back(tree_root);
  Violations found;
  for (std::size_t i = 0; i < source.lines.size(); ++i) {
    for (const std::string& path : paths) {
      if (!holds_path(source.lines[i], path)) continue;
      found.push_back({source.path, i + 1, "path of a machine: " + path});
    }
  }
  return found;
}

}  // namespace tracebus::tidy
