// SPDX-License-Identifier: Apache-2.0
//
// EventMetrics: what events come to, as counters, gauges and histograms for a page.
//
// prometheus.md has the list of metrics, and by which events they are counted.
// Thread safety: any thread. A batch is counted under one mutex, under which a page takes a copy of
// the numbers and nothing more: a page shows all of a batch or none of it, and whoever asks for one
// holds the exporter up for the time of that copy.
#ifndef TRACEBUS_EXPORTERS_PROMETHEUS_EVENT_METRICS_H_
#define TRACEBUS_EXPORTERS_PROMETHEUS_EVENT_METRICS_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "tracebus/core/exporter.h"
#include "tracebus/exporters/bus_stats_event.h"
#include "tracebus/exporters/prometheus/event_fields.h"
#include "tracebus/exporters/prometheus/event_tables.h"
#include "tracebus/exporters/prometheus/metrics_page.h"
#include "tracebus/trace/cost_event.h"

namespace tracebus {
inline namespace v1 {

class EventMetrics : public std::enable_shared_from_this<EventMetrics> {
 public:
  // rows_max: sets of labels of each metric, 1 to kMetricSeriesMax.
  static std::shared_ptr<EventMetrics> create(std::uint32_t rows_max);

  void count(const Batch& batch);

  // Of the server of the page. code: a status of HTTP; fate: as the help of the metric has it.
  void count_response(std::string_view code);
  void count_connection(std::string_view fate);

  std::unique_ptr<MetricsPage> page(PageFormat format);

  // Of the tables; a page takes as much again for the numbers, and MetricsPage::kPieceBytes.
  std::size_t bytes_max() const noexcept { return bytes_max_; }

 private:
  // What an event of some type is the end of.
  enum class Role : std::uint8_t {
    kNone,
    kAgent,
    kPattern,
    kTool,
    kModel,
    kProvider,
    kRecord,
    kBus
  };
  struct TypeRole {
    Role role = Role::kNone;
    bool failed = false;    // by its type
    bool is_error = false;  // an error of its own
  };
  struct KnownType {
    std::uint32_t row = 0;  // of the types' table; 0: not looked up yet, or no room
    TypeRole role;
  };

  explicit EventMetrics(std::uint32_t rows_max);
  static TypeRole role_of(std::string_view type) noexcept;

  void count_event(const EventView& event);
  TypeRole count_type(const EventView& event);
  void count_error(const EventView& event, const EventFields& fields);
  void count_run(MetricTable& table, std::string_view name, const EventFields& fields);
  void count_model(const EventView& event, const EventFields& fields);
  void count_provider(const EventView& event, const EventFields& fields);
  void count_cost(const EventView& event);
  void count_bus(const EventView& event);
  void count_drops(const DropCounts& drops);
  // To a column for each class of tokens, from first on.
  void add_tokens(MetricTable::Row row, std::size_t first, const CostEvent& read);
  void add_cost(MetricTable::Row row, std::size_t column, const CostEvent& read);
  void add_duration(MetricTable::Row row, std::size_t column, const EventFields& fields);
  struct BusNumber {
    std::string_view key;
    std::size_t column;
  };
  void set_numbers(const BusStatsEvent& stats, MetricTable::Row row,
                   std::initializer_list<BusNumber> numbers);
  void ignore(std::string_view value) { tables_.ignored.row(value).add(0); }

  const EventFieldReader reader_;
  const CostEventReader cost_reader_;
  std::size_t bytes_max_ = 0;

  std::mutex mutex_;
  // Under the mutex.
  EventTables tables_;
  std::vector<KnownType> types_;  // by EventType number
  DropCounts drops_{};
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_PROMETHEUS_EVENT_METRICS_H_
