// SPDX-License-Identifier: Apache-2.0
#include "tracebus/render/filled_line.h"

#include <algorithm>

#include "tracebus/core/utf8.h"
#include "tracebus/render/text_parts.h"

namespace tracebus {
inline namespace v1 {
namespace {

// How many bytes the first code_points of text have.
std::size_t bytes_of_first(std::string_view text, std::size_t code_points) noexcept {
  std::size_t at = 0;
  for (; at < text.size() && code_points != 0; --code_points) {
    at += first_utf8_sequence(text.substr(at)).length;
  }
  return at;
}

}  // namespace

void FilledLine::add(std::string_view part, std::size_t gap) {
  if (part.empty()) return;
  if (column_ == 0) gap = 0;
  const std::size_t width = count_code_points(part);
  if (width_max_ == 0 || column_ + gap + width <= width_max_) {
    out_.append(gap, ' ').append(part);
    column_ += gap + width;
    return;
  }
  if (column_ != 0) begin_line();
  add_broken(part);
}

void FilledLine::add_at(std::size_t column, std::string_view part) {
  add(part, std::max(column, column_ + 1) - column_);
}

void FilledLine::begin_line() {
  out_.append("\n").append(margin_);
  column_ = count_code_points(margin_);
}

// Between words, where there are any.
void FilledLine::add_broken(std::string_view part) {
  while (count_code_points(part) > width_max_ - column_) {
    const std::size_t room = bytes_of_first(part, width_max_ - column_);
    const std::size_t space = part.substr(0, room + 1).rfind(' ');
    const bool has_space = space != part.npos && space != 0;
    out_ += part.substr(0, has_space ? space : room);
    part.remove_prefix(has_space ? space + 1 : room);
    begin_line();
  }
  out_ += part;
  column_ += count_code_points(part);
}

}  // namespace v1
}  // namespace tracebus
