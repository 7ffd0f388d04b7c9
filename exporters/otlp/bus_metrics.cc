// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp/bus_metrics.h"

#include <algorithm>
#include <vector>

#include "tracebus/core/text_cut.h"

namespace tracebus {
inline namespace v1 {
namespace {

enum Metric : std::size_t {
  kQueueSize,
  kProcessed,
  kExported,
  kInflight,
  kLeftOut,
  kQueueUsage,
  kQueueLimit,
  kQueueAge,
  kEmitted,
  kRejected,
  kDispatched,
  kWaiting,
  kLag,
  kRingHighWater,
  kBlockUsage,
};

constexpr MetricHead kHeads[] = {
    {"otel.sdk.processor.span.queue.size", "{span}", "Events in the queue of a subscription",
     MetricKind::kUpDownCounter},
    {"otel.sdk.processor.span.processed", "{span}",
     "Events that a subscription handed on, or lost before it could"},
    {"otel.sdk.exporter.span.exported", "{span}",
     "Events for which the export has finished, with success or without"},
    {"otel.sdk.exporter.span.inflight", "{span}", "Events that are with the exporter",
     MetricKind::kUpDownCounter},
    {"tracebus.subscription.left_out", "{event}",
     "Events that a predicate, a sampler or a processor left out"},
    {"tracebus.subscription.queue.usage", "By", "Bytes in the queue of a subscription",
     MetricKind::kUpDownCounter},
    {"tracebus.subscription.queue.limit", "By", "Bytes that the queue may hold",
     MetricKind::kUpDownCounter},
    {"tracebus.subscription.queue.age", "s", "Age of the oldest event in the queue",
     MetricKind::kGauge},
    {"tracebus.bus.emitted", "{event}", "Events that somebody wanted"},
    {"tracebus.bus.rejected", "{event}", "Events that the bus did not take"},
    {"tracebus.bus.dispatched", "{event}", "Events that left their rings"},
    {"tracebus.bus.waiting", "{event}", "Events in rings", MetricKind::kUpDownCounter},
    {"tracebus.bus.lag", "s", "Age of the oldest event in rings", MetricKind::kGauge},
    {"tracebus.bus.ring.high_water", "By", "Most that lay in one ring", MetricKind::kGauge},
    {"tracebus.bus.block.usage", "By", "Memory of all queues", MetricKind::kUpDownCounter},
};

constexpr std::string_view kErrorType = "error.type";
constexpr std::string_view kReason = "tracebus.drop.reason";

// Where an event was lost: before the exporter had it, in the exporter, or not lost but left out.
std::size_t metric_of(DropReason reason) noexcept {
  switch (reason) {
    case DropReason::kExportFailed:
    case DropReason::kRejectedRemote:
    case DropReason::kAbandoned:
    case DropReason::kSpoolQuota:
      return kExported;
    case DropReason::kSampledOut:
    case DropReason::kPredicate:
    case DropReason::kProcessor:
      return kLeftOut;
    default:
      return kProcessed;
  }
}

// The words that the conventions ask for, where they do.
std::string_view error_type_of(DropReason reason) noexcept {
  switch (reason) {
    case DropReason::kFull:
    case DropReason::kEvicted:
    case DropReason::kVerbose:
      return "queue_full";
    case DropReason::kClosed:
      return "already_shutdown";
    case DropReason::kRejectedRemote:
      return "rejected";
    default:
      return to_string(reason);
  }
}

std::int64_t whole(std::uint64_t count) noexcept { return static_cast<std::int64_t>(count); }

MetricTime time_of(const BusStatsEvent& stats) noexcept {
  const std::int64_t unix_ns = stats.event().timestamp().to_unix_ns();
  const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(unix_ns, 0));
  return {.start_ns = std::min(stats.count("since_unix_ns").value_or(0), ns), .ns = ns};
}

}  // namespace

BusMetrics::BusMetrics() : writer_(kHeads) {}

void BusMetrics::add(const BusStatsEvent& stats) {
  const MetricTime time = time_of(stats);
  if (stats.is_of_bus()) add_bus(stats, time);
  if (stats.is_of_subscription()) add_subscription(stats, time);
}

void BusMetrics::add_bus(const BusStatsEvent& stats, const MetricTime& time) {
  constexpr Source kSources[] = {{"emitted", kEmitted},
                                 {"dispatched", kDispatched},
                                 {"waiting", kWaiting},
                                 {"lag_ns", kLag, true},
                                 {"ring_high_water_bytes", kRingHighWater},
                                 {"block_bytes", kBlockUsage}};
  add_sources(stats, time, kSources, {});
  stats.each_reason("rejected_by_reason", [&](DropReason reason, std::uint64_t events) {
    add_loss(kRejected, time, events, {}, reason);
  });
}

void BusMetrics::add_subscription(const BusStatsEvent& stats, const MetricTime& time) {
  // Names need not be unique, and a stream of points must be one subscription's.
  const std::string number = std::to_string(stats.count("subscription_number").value_or(0));
  const MetricAttribute who[] = {
      {"otel.component.name", cut_text(stats.text("name"), kNameBytesMax)},
      {"otel.component.type", "tracebus_subscription"},
      {"tracebus.subscription.number", number}};
  constexpr Source kSources[] = {{"queue_events", kQueueSize},
                                 {"delivered", kExported},
                                 {"queue_bytes", kQueueUsage},
                                 {"oldest_age_ns", kQueueAge, true}};
  add_sources(stats, time, kSources, who);
  // Callbacks share a queue, and have no bound of their own.
  if (const auto limit = stats.count("queue_bytes_max"); limit.value_or(0) != 0) {
    writer_.add(kQueueLimit, time, whole(*limit), who);
  }
  const std::uint64_t delivered = stats.count("delivered").value_or(0);
  std::uint64_t handed_on = delivered;
  stats.each_reason("dropped_by_reason", [&](DropReason reason, std::uint64_t events) {
    const std::size_t metric = metric_of(reason);
    add_loss(metric, time, events, who, reason);
    if (metric != kProcessed) handed_on += events;
  });
  writer_.add(kProcessed, time, whole(handed_on), who);
  const std::uint64_t queued = stats.count("queue_events").value_or(0);
  const std::uint64_t in_flight = stats.count("in_flight").value_or(0);
  // The two were not read at the same moment.
  writer_.add(kInflight, time, whole(in_flight - std::min(queued, in_flight)), who);
}

void BusMetrics::add_sources(const BusStatsEvent& stats, const MetricTime& time,
                             std::span<const Source> sources, Attributes attributes) {
  for (const Source& source : sources) {
    const auto count = stats.count(source.key);
    if (!count) continue;
    if (source.is_time) {
      writer_.add(source.metric, time, static_cast<double>(*count) / 1e9, attributes);
    } else {
      writer_.add(source.metric, time, whole(*count), attributes);
    }
  }
}

void BusMetrics::add_loss(std::size_t metric, const MetricTime& time, std::uint64_t events,
                          Attributes attributes, DropReason reason) {
  std::vector<MetricAttribute> all(attributes.begin(), attributes.end());
  if (metric != kLeftOut) all.push_back({kErrorType, error_type_of(reason)});
  all.push_back({kReason, to_string(reason)});
  writer_.add(metric, time, whole(events), all);
}

}  // namespace v1
}  // namespace tracebus
