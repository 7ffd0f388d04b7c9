// SPDX-License-Identifier: Apache-2.0
//
// MetricColumn: one number, or one histogram, that a MetricTable keeps for each set of labels.
#ifndef TRACEBUS_EXPORTERS_PROMETHEUS_METRIC_COLUMN_H_
#define TRACEBUS_EXPORTERS_PROMETHEUS_METRIC_COLUMN_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tracebus {
inline namespace v1 {

enum class ColumnKind : std::uint8_t { kCounter, kGauge, kHistogram };

// Columns that follow each other with the same metric are one metric, told apart by label_value.
struct MetricColumn {
  std::string_view metric;  // without _total, which a counter has on the page
  std::string_view help;    // without backslashes and line ends; of the metric's first column
  ColumnKind kind = ColumnKind::kCounter;
  std::string_view unit = {};  // as the name ends
  int decimals = 0;            // what is counted are units of 10^-decimals: 9 for nanoseconds
  // Of a histogram: the greatest value of each bucket but the last, rising, in what is counted.
  std::span<const std::uint64_t> bounds = {};
  std::string_view label_key = {};
  std::string_view label_value = {};
  bool shows_zero = true;  // else a set of labels without it has no line of it

  // A histogram is its buckets and their sum.
  std::size_t cells() const noexcept {
    return kind == ColumnKind::kHistogram ? bounds.size() + 2 : 1;
  }
};

struct TableLayout {
  std::string_view name;  // as the exporter's own metrics call the table
  std::span<const std::string_view> label_keys;
  std::span<const MetricColumn> columns;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_PROMETHEUS_METRIC_COLUMN_H_
