// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/prometheus/metrics_page.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <numeric>
#include <utility>

namespace tracebus {
inline namespace v1 {
namespace {

void append_number(std::string& out, std::uint64_t value) {
  char digits[20];
  out.append(digits, std::to_chars(digits, std::end(digits), value).ptr);
}

// value * 10^-decimals, exactly: 1500000000 with 9 of them is 1.5.
void append_decimal(std::string& out, std::uint64_t value, int decimals) {
  std::uint64_t unit = 1;
  for (int i = 0; i < decimals; ++i) unit *= 10;
  append_number(out, value / unit);
  std::uint64_t rest = value % unit;
  if (rest == 0) return;
  out += '.';
  while (rest != 0) {
    unit /= 10;
    out += static_cast<char>('0' + rest / unit);
    rest %= unit;
  }
}

// As OpenMetrics spells bounds, "1.0" and "0.25", in both formats: a bound that is spelled in two
// ways is two series.
std::string bound_text(std::uint64_t bound, int decimals) {
  std::string text;
  append_decimal(text, bound, decimals);
  if (text.find('.') == text.npos) text += ".0";
  return text;
}

// Values are printable already (MetricTable).
void append_label(std::string& out, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  if (!out.empty()) out += ',';
  out += key;
  out += "=\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

std::string_view type_name(ColumnKind kind) noexcept {
  if (kind == ColumnKind::kHistogram) return "histogram";
  return kind == ColumnKind::kGauge ? "gauge" : "counter";
}

std::uint64_t count_of(const MetricColumn& column, const std::uint64_t* cells) noexcept {
  if (column.kind != ColumnKind::kHistogram) return *cells;
  return std::accumulate(cells, cells + column.bounds.size() + 1, std::uint64_t{0});
}

}  // namespace

MetricsPage::MetricsPage(std::vector<TableSnapshot> tables, PageFormat format,
                         std::shared_ptr<const void> owner)
    : owner_(std::move(owner)), tables_(std::move(tables)), format_(format) {
  for (const TableSnapshot& table : tables_) {
    const std::span<const MetricColumn> columns = table.table->layout().columns;
    for (std::size_t begin = 0; begin < columns.size();) {
      std::size_t end = begin + 1;
      while (end < columns.size() && columns[end].metric == columns[begin].metric) ++end;
      families_.push_back({&table, begin, end});
      begin = end;
    }
  }
}

bool MetricsPage::append_piece(std::string& out) {
  if (has_end_) return false;
  while (family_ < families_.size()) {
    const Family& family = families_[family_];
    for (; row_ < family.table->rows; ++row_) {
      if (out.size() >= kPieceBytes) return true;
      const bool is_used =
          row_ >= GroupNames::kFirst ||
          (row_ == GroupNames::kOthers ? family.table->has_others : family.table->has_unlabelled);
      if (is_used) append_row(family, row_, out);
    }
    row_ = 0;
    has_head_ = false;
    ++family_;
  }
  has_end_ = true;
  if (format_ == PageFormat::kOpenMetrics) out += "# EOF\n";
  return !out.empty();
}

void MetricsPage::append_row(const Family& family, std::uint32_t row, std::string& out) {
  const MetricTable& table = *family.table->table;
  read_labels(family, row);
  const std::size_t label_bytes = labels_.size();
  for (std::size_t i = family.begin; i < family.end; ++i) {
    const MetricColumn& column = table.layout().columns[i];
    const std::uint64_t* const cells =
        family.table->cells.data() + row * table.width() + table.offset_of(i);
    if (!column.shows_zero && count_of(column, cells) == 0) continue;
    if (!std::exchange(has_head_, true)) append_head(table.layout().columns[family.begin], out);
    append_label(labels_, column.label_key, column.label_value);
    if (column.kind == ColumnKind::kHistogram) {
      append_histogram(column, cells, out);
    } else {
      append_counter(column, *cells, out);
    }
    labels_.resize(label_bytes);
  }
}

void MetricsPage::read_labels(const Family& family, std::uint32_t row) {
  const MetricTable& table = *family.table->table;
  const std::span<const std::string_view> keys = table.layout().label_keys;
  std::array<std::string_view, kMetricLabelsMax> values;
  if (row != GroupNames::kNone) table.read_labels(row, std::span(values).first(keys.size()));
  labels_.clear();
  for (std::size_t i = 0; i < keys.size(); ++i) append_label(labels_, keys[i], values[i]);
}

// A counter's name ends in _total: in OpenMetrics that of its samples, else that of the metric.
void MetricsPage::append_name(const MetricColumn& column, std::string_view suffix,
                              std::string& out) const {
  out += column.metric;
  const bool is_of_metric = suffix.empty() && format_ == PageFormat::kOpenMetrics;
  if (column.kind == ColumnKind::kCounter && !is_of_metric) out += "_total";
  if (column.kind == ColumnKind::kHistogram) out += suffix;
}

void MetricsPage::append_head(const MetricColumn& column, std::string& out) const {
  const auto append = [&](std::string_view what, std::string_view text) {
    out += what;
    append_name(column, {}, out);
    out += ' ';
    out += text;
    out += '\n';
  };
  append("# HELP ", column.help);
  append("# TYPE ", type_name(column.kind));
  if (format_ == PageFormat::kOpenMetrics && !column.unit.empty()) append("# UNIT ", column.unit);
}

void MetricsPage::begin_sample(const MetricColumn& column, std::string_view suffix,
                               std::string_view le, std::string& out) const {
  append_name(column, suffix, out);
  if (!labels_.empty() || !le.empty()) {
    out += '{';
    out += labels_;
    if (!le.empty()) {
      out += labels_.empty() ? "le=\"" : ",le=\"";
      out += le;
      out += '"';
    }
    out += '}';
  }
  out += ' ';
}

void MetricsPage::append_counter(const MetricColumn& column, std::uint64_t value,
                                 std::string& out) const {
  begin_sample(column, "_total", {}, out);
  append_decimal(out, value, column.decimals);
  out += '\n';
}

void MetricsPage::append_histogram(const MetricColumn& column, const std::uint64_t* cells,
                                   std::string& out) const {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i <= column.bounds.size(); ++i) {
    count += cells[i];
    const bool is_last = i == column.bounds.size();
    begin_sample(column, "_bucket",
                 is_last ? std::string("+Inf") : bound_text(column.bounds[i], column.decimals),
                 out);
    append_number(out, count);
    out += '\n';
  }
  begin_sample(column, "_sum", {}, out);
  append_decimal(out, cells[column.bounds.size() + 1], column.decimals);
  out += '\n';
  begin_sample(column, "_count", {}, out);
  append_number(out, count);
  out += '\n';
}

}  // namespace v1
}  // namespace tracebus
