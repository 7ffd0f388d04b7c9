// SPDX-License-Identifier: Apache-2.0
//
// SourceText: one file of the tree as the style rules see it: its lines as written, and the same
// lines split into code and comment.
#ifndef TRACEBUS_TESTS_TIDY_SOURCE_TEXT_H_
#define TRACEBUS_TESTS_TIDY_SOURCE_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

namespace tracebus::tidy {

struct SourceText {
  // Path is relative to the root of the tree: "core/ring.h".
  SourceText(std::string path, std::string_view text);

  bool is_header() const;
  // "core" of "core/ring.h"; empty for a file in the root.
  std::string folder() const;
  // "ring.h" of "core/ring.h".
  std::string name() const;

  std::string path;
  std::vector<std::string> lines;
  // What each line holds besides comments. Literals keep their quotes but lose their content, so a
  // brace or a keyword in a string is not taken for code.
  std::vector<std::string> code;
  // What each line holds of comments, without their // or /*.
  std::vector<std::string> comments;
};

}  // namespace tracebus::tidy

#endif  // TRACEBUS_TESTS_TIDY_SOURCE_TEXT_H_
