// SPDX-License-Identifier: Apache-2.0
//
// MetricsPage: tables as the text that Prometheus reads, made piece by piece.
//
// Sources: Prometheus, "Exposition formats", text format 0.0.4; OpenMetrics 1.0 (RFC draft
// "OpenMetrics, a cloud-native, highly scalable metrics protocol", section "Text format").
// Numbers are written as what they are, in decimal digits: no double is in between. Labels without
// a value are left out, as they mean the same.
// Thread safety: none. What it is made of is a copy, so the tables may go on counting.
#ifndef TRACEBUS_EXPORTERS_PROMETHEUS_METRICS_PAGE_H_
#define TRACEBUS_EXPORTERS_PROMETHEUS_METRICS_PAGE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/exporters/prometheus/metric_table.h"
#include "tracebus/exporters/prometheus/page_format.h"

namespace tracebus {
inline namespace v1 {

class MetricsPage {
 public:
  static constexpr std::size_t kPieceBytes = std::size_t{64} << 10;

  // owner: of the tables, which stay as long as the page.
  MetricsPage(std::vector<TableSnapshot> tables, PageFormat format,
              std::shared_ptr<const void> owner);
  MetricsPage(const MetricsPage&) = delete;
  MetricsPage& operator=(const MetricsPage&) = delete;

  // Appends some kPieceBytes, or the rest: at most one row of one metric more. False once there is
  // nothing left, and nothing was appended.
  bool append_piece(std::string& out);

 private:
  // Columns of a table that are one metric.
  struct Family {
    const TableSnapshot* table;
    std::size_t begin;
    std::size_t end;
  };

  void append_row(const Family& family, std::uint32_t row, std::string& out);
  void append_head(const MetricColumn& column, std::string& out) const;
  void append_counter(const MetricColumn& column, std::uint64_t value, std::string& out) const;
  void append_histogram(const MetricColumn& column, const std::uint64_t* cells,
                        std::string& out) const;
  void append_name(const MetricColumn& column, std::string_view suffix, std::string& out) const;
  // "name{labels} ", with le if it is not empty.
  void begin_sample(const MetricColumn& column, std::string_view suffix, std::string_view le,
                    std::string& out) const;
  void read_labels(const Family& family, std::uint32_t row);

  const std::shared_ptr<const void> owner_;
  const std::vector<TableSnapshot> tables_;
  const PageFormat format_;
  std::vector<Family> families_;
  // What comes next.
  std::size_t family_ = 0;
  std::uint32_t row_ = 0;
  bool has_head_ = false;  // of the family
  bool has_end_ = false;
  std::string labels_;  // of the row, as key="value",...
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_PROMETHEUS_METRICS_PAGE_H_
