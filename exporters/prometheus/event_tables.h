// SPDX-License-Identifier: Apache-2.0
//
// EventTables: what is counted of events, by name, labels and columns. Private to EventMetrics.
//
// Names are Prometheus' own way (base units, _total, _seconds); where OpenTelemetry's semantic
// conventions (GenAI, v1.41) have a metric, its name and buckets are theirs, and so are the names
// of attributes that are labels, with underscores for dots.
#ifndef TRACEBUS_EXPORTERS_PROMETHEUS_EVENT_TABLES_H_
#define TRACEBUS_EXPORTERS_PROMETHEUS_EVENT_TABLES_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "tracebus/exporters/prometheus/metric_column.h"
#include "tracebus/exporters/prometheus/metric_table.h"

namespace tracebus {
inline namespace v1 {

// Columns of each table, in their order.
namespace run_column {  // of agents, patterns and tools
enum : std::size_t { kSuccess, kFailure, kDuration };
}
namespace call_column {
enum : std::size_t { kSuccess, kFailure, kTokens, kCost = kTokens + 5, kInput, kOutput };
}
namespace provider_column {
enum : std::size_t { kSuccess, kFailure, kDuration, kTokens };
}
namespace record_column {
enum : std::size_t { kRecords, kTokens, kCost = kTokens + 5 };
}
namespace bus_column {
enum : std::size_t { kEmitted, kRejected, kDispatched, kWaiting, kLag, kPass, kRings, kBlocks };
}
namespace subscription_column {
enum : std::size_t { kMatched, kDelivered, kDropped, kInFlight, kBytes, kEvents, kOldest };
}
namespace table_column {
enum : std::size_t { kRows, kOverflowed };
}

// Rows of the tables of the exporter's own: what labels them is in the code.
inline constexpr std::uint32_t kOwnRowsMax = 32;

struct EventTables {
  // rows_max: of each of the others.
  explicit EventTables(std::uint32_t rows_max);

  MetricTable types;
  MetricTable errors;
  MetricTable agents;
  MetricTable patterns;
  MetricTable tools;
  MetricTable calls;
  MetricTable call_durations;
  MetricTable provider_calls;
  MetricTable costs;
  MetricTable subscriptions;
  MetricTable subscription_drops;
  MetricTable bus;
  MetricTable bus_rejections;
  // The exporter's own.
  MetricTable build;
  MetricTable drops;
  MetricTable ignored;
  MetricTable tables;
  MetricTable responses;
  MetricTable connections;

  // In the order of the page; those of events first.
  static constexpr std::size_t kOfEvents = 13;
  std::array<MetricTable*, 19> all() noexcept {
    return {&types,
            &errors,
            &agents,
            &patterns,
            &tools,
            &calls,
            &call_durations,
            &provider_calls,
            &costs,
            &subscriptions,
            &subscription_drops,
            &bus,
            &bus_rejections,
            &build,
            &drops,
            &ignored,
            &tables,
            &responses,
            &connections};
  }
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_PROMETHEUS_EVENT_TABLES_H_
