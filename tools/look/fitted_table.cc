// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/look/fitted_table.h"

#include <algorithm>

#include "tracebus/render/text_parts.h"
#include "tracebus/tools/text.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kGap = 2;

}  // namespace

void FittedTable::add(const std::vector<std::string>& cells, Ink ink) {
  Row row{{}, ink};
  for (const std::string& cell : cells) row.cells.push_back(visible(cell));
  rows_.push_back(std::move(row));
}

// 0: no cell of the column says anything.
std::vector<std::size_t> FittedTable::widths(std::size_t width_max) const {
  std::vector<std::size_t> widths(columns_.size());
  for (const Row& row : rows_) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], count_code_points(row.cells[i]));
    }
  }
  std::size_t total = 0;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] == 0) continue;
    widths[i] = std::max(widths[i], columns_[i].heading.size());
    total += widths[i] + kGap;
  }
  while (total > width_max + kGap) {
    std::size_t* widest = nullptr;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (columns_[i].kind != Kind::kName || widths[i] <= columns_[i].width_min) continue;
      if (widest == nullptr || widths[i] > *widest) widest = &widths[i];
    }
    if (widest == nullptr) break;
    --*widest;
    --total;
  }
  return widths;
}

std::string FittedTable::line_of(const std::vector<std::string>& cells,
                                 const std::vector<std::size_t>& widths) const {
  std::string line;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] == 0) continue;
    if (!line.empty()) line.append(kGap, ' ');
    std::string cell;
    append_cut_visible(cell, cells[i], widths[i]);
    const std::string padding(widths[i] - std::min(widths[i], count_code_points(cell)), ' ');
    line += columns_[i].kind == Kind::kNumber ? padding + cell : cell + padding;
  }
  line.resize(line.find_last_not_of(' ') + 1);
  return line;
}

std::string FittedTable::to_string(const Terminal& terminal, std::size_t indent) const {
  const std::vector<std::size_t> widths = this->widths(terminal.width - indent);
  std::vector<std::string> headings;
  for (const Column& column : columns_) headings.push_back(column.heading);
  std::string text;
  // Where even the shortest names leave no room, lines are cut.
  const auto add = [&](const std::vector<std::string>& cells, Ink ink) {
    std::string line;
    append_cut_visible(line, line_of(cells, widths), terminal.width - indent);
    text += std::string(indent, ' ') + terminal.inked(line, ink) + "\n";
  };
  add(headings, Ink::kBold);
  for (const Row& row : rows_) add(row.cells, row.ink);
  return text;
}

}  // namespace v1
}  // namespace tracebus
