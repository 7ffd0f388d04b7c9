// SPDX-License-Identifier: Apache-2.0
//
// BusMetrics: the numbers of a bus, as its bus_stats events say them, as OTLP's metrics. The names
// are those by which OpenTelemetry's SDKs tell of themselves (semantic-conventions, otel/sdk-
// metrics), where they have one that means the same; otlp_metrics.md has them all.
//
// Thread safety: one thread at a time.
#ifndef TRACEBUS_EXPORTERS_OTLP_BUS_METRICS_H_
#define TRACEBUS_EXPORTERS_OTLP_BUS_METRICS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "tracebus/exporters/bus_stats_event.h"
#include "tracebus/exporters/otlp/metric_writer.h"

namespace tracebus {
inline namespace v1 {

class BusMetrics {
 public:
  // Of the name of a subscription: more is cut off.
  static constexpr std::size_t kNameBytesMax = 256;
  // What one event takes at most, with a name that is no UTF-8 and a loss for every reason, and
  // what is said once for all.
  static constexpr std::size_t kEventBytesMax = std::size_t{32} << 10;

  BusMetrics();

  // REQUIRES: no other event since take was of the bus, or of the same subscription.
  void add(const BusStatsEvent& stats);

  // ScopeMetrics.metrics; and begins again without any.
  std::string take() { return writer_.take(); }

 private:
  using Attributes = std::span<const MetricAttribute>;
  struct Source {
    std::string_view key;
    std::size_t metric;
    bool is_time = false;  // of nanoseconds, told in seconds
  };

  void add_bus(const BusStatsEvent& stats, const MetricTime& time);
  void add_subscription(const BusStatsEvent& stats, const MetricTime& time);
  void add_sources(const BusStatsEvent& stats, const MetricTime& time,
                   std::span<const Source> sources, Attributes attributes);
  void add_loss(std::size_t metric, const MetricTime& time, std::uint64_t events,
                Attributes attributes, DropReason reason);

  MetricWriter writer_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_BUS_METRICS_H_
