// SPDX-License-Identifier: Apache-2.0
//
// TextTable: columns that line up, the first and those of text to the left, numbers to the right.
#ifndef TRACEBUS_TOOLS_TEXT_TABLE_H_
#define TRACEBUS_TOOLS_TEXT_TABLE_H_

#include <string>
#include <utility>
#include <vector>

namespace tracebus {
inline namespace v1 {

class TextTable {
 public:
  // last_is_text: the last column holds text instead of numbers.
  explicit TextTable(std::vector<std::string> headings, bool last_is_text = false)
      : rows_{std::move(headings)}, last_is_text_(last_is_text) {}

  // REQUIRES: as many cells as headings.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  std::string to_string() const;

 private:
  std::vector<std::vector<std::string>> rows_;
  const bool last_is_text_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_TEXT_TABLE_H_
