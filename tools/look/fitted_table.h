// SPDX-License-Identifier: Apache-2.0
//
// FittedTable: columns that line up and fit a terminal. Columns without any cell are left out.
//
// Cells are texts of anybody, and escaped here. A code point is taken to be one column wide.
#ifndef TRACEBUS_TOOLS_LOOK_FITTED_TABLE_H_
#define TRACEBUS_TOOLS_LOOK_FITTED_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tracebus/tools/look/terminal.h"

namespace tracebus {
inline namespace v1 {

class FittedTable {
 public:
  enum class Kind : std::uint8_t {
    kNumber,  // to the right
    kText,    // to the left
    kName,    // to the left, and cut where there is no room, down to the column's width_min
  };

  struct Column {
    std::string heading;
    Kind kind = Kind::kText;
    std::size_t width_min = 8;
  };

  explicit FittedTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // REQUIRES: as many cells as columns.
  void add(const std::vector<std::string>& cells, Ink ink = Ink::kPlain);
  // With a line of headings; each line with its line feed, indented by as many spaces.
  std::string to_string(const Terminal& terminal, std::size_t indent = 0) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    Ink ink = Ink::kPlain;
  };

  std::vector<std::size_t> widths(std::size_t width_max) const;
  std::string line_of(const std::vector<std::string>& cells,
                      const std::vector<std::size_t>& widths) const;

  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_LOOK_FITTED_TABLE_H_
