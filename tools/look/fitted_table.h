// SPDX-License-Identifier: Apache-2.0
//
// FittedTable: columns that line up and fit a terminal. Columns without any cell are left out.
//
// Where there is no room bars become shorter first, then names, and then whole columns are left
// out, which a last line says. Numbers are never cut.
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
    kMiddle,  // the same, but cut in the middle, so that names with one beginning stay apart
    kBar,     // cells of "█", which become shorter together
  };

  struct Column {
    std::string heading;
    Kind kind = Kind::kText;
    std::size_t width_min = 8;
    int spare = 0;  // the largest is left out first; 0: never
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

  using Widths = std::vector<std::size_t>;  // 0: the column is not shown
  Widths natural_widths() const;
  std::size_t line_width(const Widths& widths) const noexcept;
  void shrink(Widths& widths, const Widths& natural, std::size_t width_max) const;
  // Returns which columns are left out.
  std::vector<std::size_t> fit(Widths& widths, std::size_t width_max) const;
  std::string cell_text(std::size_t column, const std::string& cell, std::size_t width,
                        std::size_t natural_width) const;
  std::string line_of(const std::vector<std::string>& cells, const Widths& widths,
                      const Widths& natural) const;

  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_LOOK_FITTED_TABLE_H_
