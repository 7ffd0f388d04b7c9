// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/look/fitted_table.h"

#include <algorithm>

#include "tracebus/render/filled_line.h"
#include "tracebus/render/text_parts.h"
#include "tracebus/tools/text.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kBarMin = 4;

}  // namespace

void FittedTable::add(const std::vector<std::string>& cells, Ink ink) {
  Row row{{}, ink};
  for (const std::string& cell : cells) row.cells.push_back(visible(cell));
  rows_.push_back(std::move(row));
}

FittedTable::Widths FittedTable::natural_widths() const {
  Widths widths(columns_.size());
  for (const Row& row : rows_) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], count_code_points(row.cells[i]));
    }
  }
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] != 0) widths[i] = std::max(widths[i], columns_[i].heading.size());
  }
  return widths;
}

std::size_t FittedTable::line_width(const Widths& widths) const noexcept {
  std::size_t total = 0;
  for (const std::size_t width : widths) {
    if (width != 0) total += width + (total == 0 ? 0 : kGap);
  }
  return total;
}

// Bars, then the widest names, by one column at a time.
void FittedTable::shrink(Widths& widths, const Widths& natural, std::size_t width_max) const {
  const auto least = [&](std::size_t i) {
    return columns_[i].kind == Kind::kBar ? std::min(kBarMin, natural[i]) : columns_[i].width_min;
  };
  for (const bool is_bar_turn : {true, false}) {
    while (line_width(widths) > width_max) {
      std::size_t* widest = nullptr;
      for (std::size_t i = 0; i < widths.size(); ++i) {
        const Kind kind = columns_[i].kind;
        if (kind == Kind::kNumber || kind == Kind::kText || widths[i] <= least(i)) continue;
        if ((kind == Kind::kBar) != is_bar_turn) continue;
        if (widest == nullptr || widths[i] > *widest) widest = &widths[i];
      }
      if (widest == nullptr) break;
      --*widest;
    }
  }
}

std::vector<std::size_t> FittedTable::fit(Widths& widths, std::size_t width_max) const {
  std::vector<std::size_t> left_out;
  Widths natural = widths;
  shrink(widths, natural, width_max);
  while (line_width(widths) > width_max) {
    std::size_t most = columns_.size();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (natural[i] == 0 || columns_[i].spare == 0) continue;
      if (most == columns_.size() || columns_[i].spare > columns_[most].spare) most = i;
    }
    if (most == columns_.size()) break;
    natural[most] = 0;
    left_out.push_back(most);
    widths = natural;  // what went made room for others
    shrink(widths, natural, width_max);
  }
  return left_out;
}

std::string FittedTable::cell_text(std::size_t column, const std::string& cell, std::size_t width,
                                   std::size_t natural_width) const {
  std::string text;
  if (columns_[column].kind == Kind::kBar) {
    const std::size_t length = count_code_points(cell) * width;
    const std::size_t blocks = length == 0 ? 0 : std::max(length / natural_width, std::size_t{1});
    for (std::size_t i = 0; i < blocks; ++i) text += "█";
  } else if (columns_[column].kind == Kind::kMiddle) {
    append_cut_middle(text, cell, width);
  } else {
    append_cut_visible(text, cell, width);
  }
  return text;
}

std::string FittedTable::line_of(const std::vector<std::string>& cells, const Widths& widths,
                                 const Widths& natural) const {
  std::string line;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] == 0) continue;
    if (!line.empty()) line.append(kGap, ' ');
    const std::string cell = cell_text(i, cells[i], widths[i], natural[i]);
    const std::string padding(widths[i] - std::min(widths[i], count_code_points(cell)), ' ');
    line += columns_[i].kind == Kind::kNumber ? padding + cell : cell + padding;
  }
  line.resize(line.find_last_not_of(' ') + 1);
  return line;
}

std::string FittedTable::to_string(const Terminal& terminal, std::size_t indent) const {
  const Widths natural = natural_widths();
  Widths widths = natural;
  const std::vector<std::size_t> left_out = fit(widths, terminal.width - indent);
  std::vector<std::string> headings;
  for (const Column& column : columns_) headings.push_back(column.heading);
  std::string text;
  // Where even the columns that stay have no room, lines go on below.
  const auto add = [&](const std::string& line, Ink ink) {
    std::string filled(indent, ' ');
    FilledLine(filled, terminal.width - indent, std::string(indent, ' ')).add(line, 0);
    text += terminal.inked(filled, ink) + "\n";
  };
  add(line_of(headings, widths, natural), Ink::kBold);
  for (const Row& row : rows_) add(line_of(row.cells, widths, natural), row.ink);
  if (left_out.empty()) return text;
  std::string names;
  for (const std::size_t column : left_out) {
    if (columns_[column].heading.empty()) continue;
    names += (names.empty() ? "no room for " : ", ") + columns_[column].heading;
  }
  if (!names.empty()) add(names, Ink::kPlain);
  return text;
}

}  // namespace v1
}  // namespace tracebus
