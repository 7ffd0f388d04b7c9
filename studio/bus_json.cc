// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/bus_json.h"

#include <optional>
#include <string_view>

#include "tracebus/core/json_fields.h"

namespace tracebus {
inline namespace v1 {
namespace {

std::string drops_json(const DropCounts& drops) {
  JsonFields fields;
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    if (drops[i] != 0) fields.add(to_string(static_cast<DropReason>(i)), drops[i]);
  }
  return fields.to_string();
}

double ms(std::int64_t ns) { return static_cast<double>(ns) / 1e6; }

// "jsonl" of "jsonl:traces/run.jsonl".
std::string_view kind_of(const SubscriptionStats& subscription) {
  const std::string_view name = subscription.name;
  return name.substr(0, name.find(':'));
}

std::string subscription_json(const SubscriptionStats& each) {
  const std::uint64_t failed = each.dropped[static_cast<std::size_t>(DropReason::kExportFailed)];
  return JsonFields()
      .add("name", each.name)
      .add("kind", kind_of(each))
      .add("matched", each.matched)
      .add("added", each.added)
      .add("delivered", each.delivered)
      .add("queued", each.queue_events)
      .add("in_flight", each.in_flight)
      .add("queue_bytes", each.queue_bytes)
      .add_json("dropped", drops_json(each.dropped))
      .add("failed", failed)
      .add("late", each.late)
      .add("batches", each.batches)
      .add("failed_flushes", each.failed_flushes)
      .add("oldest_ms", ms(each.oldest_age_ns))
      .add("last_error", each.last_error.empty() ? std::nullopt : std::optional(each.last_error))
      .to_string();
}

}  // namespace

std::string bus_json(const BusStats& stats) {
  return JsonFields()
      .add("emitted", stats.emitted)
      .add("accepted", stats.accepted)
      .add("truncated", stats.truncated)
      .add("waiting", stats.waiting)
      .add_json("dropped", drops_json(stats.rejected))
      .add("producers", stats.producers)
      .add("lag_ms", ms(static_cast<std::int64_t>(stats.lag_ns)))
      .add("bytes", stats.ring_bytes + stats.large_bytes + stats.block_bytes)
      .to_string();
}

std::string subscriptions_json(const BusStats& stats) {
  std::string json = "[";
  for (const SubscriptionStats& each : stats.subscriptions) {
    if (json.size() > 1) json += ',';
    json += subscription_json(each);
  }
  return json + "]";
}

std::string receiver_json(const OtlpReceiverStats& stats) {
  return JsonFields()
      .add("requests", stats.requests)
      .add("bad_requests", stats.bad_requests)
      .add("refused_requests", stats.refused_requests)
      .add("received", stats.received)
      .add("emitted", stats.emitted)
      .add("unwanted", stats.unwanted)
      .add("rejected", stats.rejected)
      .add("no_room", stats.no_room)
      .to_string();
}

std::string streams_json(const EventStreamStats& stats) {
  return JsonFields()
      .add("clients", stats.clients)
      .add("events", stats.events)
      .add("ring_bytes", stats.ring_bytes)
      .add("ring_bytes_max", stats.ring_bytes_max)
      .add("missed", stats.missed)
      .to_string();
}

}  // namespace v1
}  // namespace tracebus
