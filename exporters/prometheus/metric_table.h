// SPDX-License-Identifier: Apache-2.0
//
// MetricTable: a row of numbers for each set of labels, up to a limit.
//
//   labels            calls  seconds: buckets ... sum
//   {model="gpt-4o"}     12        0 3 9 ...  1834
//
// One look-up finds all that an event adds to.
// Thread safety: one at a time, but for what TableSnapshot reads.
//
// Invariants
//  1. What is counted is in exactly one row: that of its labels, or the one of others, where
//     rows_max sets of labels are there already, the values take more than kMetricLabelBytesMax
//     bytes, or there is no memory. overflowed() says how often that was.
//  2. Labels are made printable before they are compared: no two rows look the same on a page.
//  3. A cell that would exceed 64 bits stays at the greatest number.
//  4. Memory is bounded: bytes_max() says by how much.
#ifndef TRACEBUS_EXPORTERS_PROMETHEUS_METRIC_TABLE_H_
#define TRACEBUS_EXPORTERS_PROMETHEUS_METRIC_TABLE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/exporters/prometheus/metric_column.h"
#include "tracebus/trace/group_names.h"
#include "tracebus/trace/metric_labels.h"

namespace tracebus {
inline namespace v1 {

// The value of every label of the row of others. Whoever is called so, for all labels, is in it.
inline constexpr std::string_view kOtherLabels = "other";

// Cells of a table at a moment. The table outlives it, and may go on counting.
struct TableSnapshot {
  const class MetricTable* table = nullptr;
  std::vector<std::uint64_t> cells;  // row by row, as the rows are numbered
  std::uint32_t rows = 0;
  bool has_others = false;
  bool has_unlabelled = false;
};

class MetricTable {
 public:
  // A place in the table, until row is called again.
  class Row {
   public:
    void add(std::size_t column, std::uint64_t count = 1) noexcept {
      add_to(cells_[table_->offsets_[column]], count);
    }
    void set(std::size_t column, std::uint64_t value) noexcept {
      cells_[table_->offsets_[column]] = value;
    }
    void record(std::size_t column, std::uint64_t value) noexcept;
    std::uint32_t number() const noexcept { return number_; }

   private:
    friend class MetricTable;
    Row(const MetricTable& table, std::uint64_t* cells, std::uint32_t number) noexcept
        : table_(&table), cells_(cells), number_(number) {}
    static void add_to(std::uint64_t& cell, std::uint64_t count) noexcept {
      if (__builtin_add_overflow(cell, count, &cell)) cell = ~std::uint64_t{0};
    }

    const MetricTable* table_;
    std::uint64_t* cells_;
    std::uint32_t number_;
  };

  // REQUIRES: the layout's texts outlive the table; rows_max is 1 to kMetricSeriesMax.
  MetricTable(const TableLayout& layout, std::uint32_t rows_max);
  MetricTable(const MetricTable&) = delete;
  MetricTable& operator=(const MetricTable&) = delete;

  // The row of these labels, made if need be. REQUIRES: one value for each of label_keys.
  Row row(std::span<const std::string_view> labels) noexcept;
  Row row(std::string_view label) noexcept { return row(std::span(&label, 1)); }
  // The row of such a number. REQUIRES: it came from row.
  Row row_at(std::uint32_t number) noexcept {
    return {*this, cells_.data() + number * width_, number};
  }

  const TableLayout& layout() const noexcept { return layout_; }
  std::size_t width() const noexcept { return width_; }
  std::size_t offset_of(std::size_t column) const noexcept { return offsets_[column]; }
  std::uint64_t rows_in_use() const noexcept { return names_.end() - GroupNames::kFirst; }
  std::uint64_t overflowed() const noexcept { return overflowed_; }
  std::size_t bytes_max() const noexcept;

  TableSnapshot snapshot() const;
  // The labels of a row of a snapshot. Any thread.
  void read_labels(std::uint32_t row, std::span<std::string_view> values) const noexcept;

 private:
  std::uint32_t number_of(std::span<const std::string_view> labels);
  std::string_view printable(std::string_view value, std::string& scratch) const;
  bool has_room_for(std::uint32_t number) noexcept;

  const TableLayout layout_;
  const std::uint32_t rows_max_;
  std::vector<std::size_t> offsets_;  // of columns in a row
  std::size_t width_ = 0;
  GroupNames names_;
  std::vector<std::uint64_t> cells_;  // by the numbers of names_
  bool has_others_ = false;
  bool has_unlabelled_ = false;
  std::uint64_t overflowed_ = 0;
  std::array<std::string, kMetricLabelsMax> scratch_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_PROMETHEUS_METRIC_TABLE_H_
