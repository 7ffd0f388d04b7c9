// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/text_table.h"

#include <algorithm>
#include <cstddef>

namespace tracebus {
inline namespace v1 {

std::string TextTable::to_string() const {
  constexpr std::size_t kGap = 2;
  const std::size_t columns = rows_.front().size();
  std::vector<std::size_t> widths(columns);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < columns; ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < columns; ++i) {
      const bool left = i == 0 || (last_is_text_ && i + 1 == columns);
      const std::string padding(widths[i] - row[i].size(), ' ');
      if (i != 0) line.append(kGap, ' ');
      line.append(left ? row[i] + padding : padding + row[i]);
    }
    line.resize(line.find_last_not_of(' ') + 1);
    text.append(line).append("\n");
  }
  return text;
}

}  // namespace v1
}  // namespace tracebus
