// SPDX-License-Identifier: Apache-2.0
//
// SpanRig: a bus without threads, and all that a subscriber received of it, as values of its own.
#ifndef TRACEBUS_TESTS_TRACE_SPAN_RIG_H_
#define TRACEBUS_TESTS_TRACE_SPAN_RIG_H_

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/core/json_writer.h"
#include "tracebus/core/record_check.h"
#include "tracebus/trace/tracer.h"

namespace tracebus::testing {

// An event that was received.
struct Seen {
  std::string type;
  std::string agent;
  std::string pattern;
  EventIds ids;
  std::int64_t timestamp_ns = 0;
  std::vector<std::pair<std::string, std::string>> payload;  // values as JSON
  bool well_formed = false;

  // The value of a key as JSON; empty if it is not there, "twice" if it is there twice.
  std::string operator[](std::string_view key) const {
    std::string value;
    for (const auto& [name, json] : payload) {
      if (name == key) value = value.empty() ? json : "twice";
    }
    return value;
  }
  bool is_start() const { return type.ends_with("_start"); }
  double duration_ms() const { return std::stod((*this)["duration_ms"]); }
};

inline Seen seen_of(const EventView& event) {
  Seen seen;
  seen.type = event.event_type();
  seen.agent = event.agent_name();
  seen.pattern = event.pattern_type();
  seen.ids = event.ids();
  const Timestamp time = event.timestamp();
  seen.timestamp_ns = time.seconds * 1'000'000'000 + time.nanoseconds;
  for (const AttributeView& attribute : event.payload()) {
    std::string json;
    append_json_value(json, attribute.value);
    seen.payload.emplace_back(attribute.key, json);
  }
  const std::span record(reinterpret_cast<const std::byte*>(event.record()), event.size_bytes());
  seen.well_formed = check_record(record).ok();
  return seen;
}

inline BusOptions manual_options() {
  BusOptions options;
  options.threading = Threading::kManual;
  return options;
}

// What keeps all that it receives.
class SeenList {
 public:
  void add(const EventView& event) {
    const std::lock_guard lock(mutex_);
    all_.push_back(seen_of(event));
  }
  std::vector<Seen> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(all_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<Seen> all_;
};

class SpanRig {
 public:
  explicit SpanRig(const Filter& filter = Filter(), TracerOptions options = {},
                   bool content = false)
      : tracer(bus, std::move(options)) {
    CallbackOptions callback;
    callback.run_on = RunOn::kDispatcher;
    callback.content = content;
    subscribed = bus.subscribe_filter(
                        filter, [this](const EventView& e) { seen_.add(e); }, callback)
                     .ok();
  }

  // What was emitted since the last time.
  std::vector<Seen> take() {
    (void)bus.poll();
    return seen_.take();
  }
  // The one end among it.
  Seen take_end() {
    std::optional<Seen> end;
    for (Seen& seen : take()) {
      if (seen.is_start() || seen.type == "error") continue;
      if (end) return {};
      end = std::move(seen);
    }
    return end.value_or(Seen{});
  }

 private:
  SeenList seen_;

 public:
  TraceEventBus bus{manual_options()};
  Tracer tracer;
  bool subscribed = false;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_TRACE_SPAN_RIG_H_
