// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/prometheus/metric_table.h"

#include <algorithm>
#include <new>

#include "tracebus/core/visible_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

// What a set of labels takes at most in GroupNames: its text with a length, where to find it, its
// slots in tables of all sizes; and what GroupNames takes whatever is in it.
constexpr std::size_t kNameBytes = kMetricLabelBytesMax + 8 + 8 + 64;
constexpr std::size_t kNamesBytes = std::size_t{64} << 10;

bool is_plain(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

void MetricTable::Row::record(std::size_t column, std::uint64_t value) noexcept {
  const std::span<const std::uint64_t> bounds = table_->layout_.columns[column].bounds;
  const auto bucket = std::ranges::lower_bound(bounds, value) - bounds.begin();
  std::uint64_t* const cells = cells_ + table_->offsets_[column];
  add_to(cells[bucket], 1);
  add_to(cells[bounds.size() + 1], value);
}

MetricTable::MetricTable(const TableLayout& layout, std::uint32_t rows_max)
    : layout_(layout), rows_max_(rows_max), names_(rows_max) {
  for (const MetricColumn& column : layout_.columns) {
    offsets_.push_back(width_);
    width_ += column.cells();
  }
  cells_.resize(GroupNames::kFirst * width_);  // so that others have a row without any memory
}

// A text that would end a line, hide, or is no UTF-8 is written as escapes: it stays one value on
// one line for every reader of the page, also for one that takes a NUL for its end.
std::string_view MetricTable::printable(std::string_view value, std::string& scratch) const {
  if (is_plain(value)) [[likely]]
    return value;
  scratch.clear();
  append_visible(scratch, value.substr(0, kMetricLabelBytesMax + 1));
  return scratch;
}

MetricTable::Row MetricTable::row(std::span<const std::string_view> labels) noexcept {
  std::uint32_t number = GroupNames::kOthers;
  try {
    number = number_of(labels);
  } catch (const std::bad_alloc&) {  // for the scratch
    ++overflowed_;
  }
  if (number < GroupNames::kFirst) {
    (number == GroupNames::kOthers ? has_others_ : has_unlabelled_) = true;
  }
  return row_at(number);
}

std::uint32_t MetricTable::number_of(std::span<const std::string_view> labels) {
  std::array<std::string_view, kMetricLabelsMax> values;
  for (std::size_t i = 0; i < labels.size(); ++i) values[i] = printable(labels[i], scratch_[i]);
  const std::span<const std::string_view> clean = std::span(values).first(labels.size());
  const auto is_other = [](std::string_view value) { return value == kOtherLabels; };
  if (!clean.empty() && std::ranges::all_of(clean, is_other)) return GroupNames::kOthers;
  const MetricLabels known(clean, clean.size());
  if (known.fits()) {
    const std::uint32_t number = names_.number_of(known.text());
    if (number != GroupNames::kOthers && has_room_for(number)) [[likely]]
      return number;
  }
  ++overflowed_;
  return GroupNames::kOthers;
}

bool MetricTable::has_room_for(std::uint32_t number) noexcept {
  const std::size_t end = (std::size_t{number} + 1) * width_;
  if (end <= cells_.size()) [[likely]]
    return true;
  try {
    cells_.resize(end);
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

std::size_t MetricTable::bytes_max() const noexcept {
  const std::size_t rows = std::size_t{rows_max_} + GroupNames::kFirst;
  // Twice: a vector that grows.
  return sizeof *this + kNamesBytes + rows * (kNameBytes + 2 * width_ * sizeof(std::uint64_t));
}

TableSnapshot MetricTable::snapshot() const {
  return {.table = this,
          .cells = cells_,
          .rows = static_cast<std::uint32_t>(cells_.size() / width_),
          .has_others = has_others_,
          .has_unlabelled = has_unlabelled_};
}

void MetricTable::read_labels(std::uint32_t row,
                              std::span<std::string_view> values) const noexcept {
  if (row >= GroupNames::kFirst) return MetricLabels::split(names_.name(row), values);
  std::ranges::fill(values, kOtherLabels);
}

}  // namespace v1
}  // namespace tracebus
