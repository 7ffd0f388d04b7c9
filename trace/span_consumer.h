// SPDX-License-Identifier: Apache-2.0
//
// SpanConsumer: a plugin that is handed the spans of a process, in batches, as they end.
// SpanConsumerRegistry: who they are, and how they get their spans.
//
//   struct LogConsumer : EachSpanConsumer {
//     std::string_view name() const noexcept override { return "log"; }
//     void consume(const EventView& span) override { append_to(log, span); }
//   };
//   register_span_consumer(std::make_shared<LogConsumer>());
//   auto attached = span_consumers().attach(bus);
//
// A span is the event of its end, which holds all of it (core/span_kind.h).
#ifndef TRACEBUS_TRACE_SPAN_CONSUMER_H_
#define TRACEBUS_TRACE_SPAN_CONSUMER_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/core/event_view.h"

namespace tracebus {
inline namespace v1 {

class SpanConsumer {
 public:
  SpanConsumer() = default;
  SpanConsumer(const SpanConsumer&) = delete;
  SpanConsumer& operator=(const SpanConsumer&) = delete;
  virtual ~SpanConsumer() = default;

  virtual std::string_view name() const noexcept = 0;
  // The spans are valid until it returns. What it throws is counted. Calls of one registry that is
  // attached to one bus come one after the other; of several, side by side.
  virtual void consume(std::span<const EventView> spans) = 0;
};

// One span at a time. One that it throws on keeps none from those behind it; of a batch with such
// spans one failure is counted.
class EachSpanConsumer : public SpanConsumer {
 public:
  virtual void consume(const EventView& span) = 0;
  void consume(std::span<const EventView> spans) final;
};

struct SpanConsumerStats {
  std::string name = {};
  std::uint64_t batches = 0;
  std::uint64_t spans = 0;      // that it was handed
  std::uint64_t failures = 0;   // calls that threw
  std::string last_error = {};  // what the last of them said
};

// Thread safety: every method may be called from any thread, also by consumers.
class SpanConsumerRegistry {
 public:
  static constexpr std::size_t kConsumersMax = 256;

  SpanConsumerRegistry() = default;
  SpanConsumerRegistry(const SpanConsumerRegistry&) = delete;
  SpanConsumerRegistry& operator=(const SpanConsumerRegistry&) = delete;

  // Behind those that are there; one of the same name gives up its place to it. A dispatch that is
  // under way still goes to the old one. InvalidArgument for none, or an empty name;
  // ResourceExhausted beyond kConsumersMax.
  absl::Status add(std::shared_ptr<SpanConsumer> consumer);
  // False if there was none of this name.
  bool remove(std::string_view name);
  void clear();
  std::shared_ptr<SpanConsumer> find(std::string_view name) const;  // null: none

  // Hands the spans to every consumer, in the order of their registration. One that throws keeps
  // none from the others.
  void dispatch_spans(std::span<const EventView> spans) noexcept;

  // Dispatches the spans that end on a bus from now on, in batches, on a thread of its own, until
  // the result goes away. options.filter narrows what counts as a span. REQUIRES: this and the bus
  // outlive it. Errors as TraceEventBus::add_exporter.
  absl::StatusOr<ScopedSubscription> attach(TraceEventBus& bus, ExporterOptions options = {});

  // Since each was registered, in the order of registration.
  std::vector<SpanConsumerStats> stats() const;

 private:
  struct Entry;
  using Entries = std::vector<std::shared_ptr<Entry>>;

  std::shared_ptr<const Entries> entries() const;

  mutable std::mutex mutex_;
  std::shared_ptr<const Entries> entries_;  // under the mutex; null: none. Replaced, never changed.
};

// The process's own.
SpanConsumerRegistry& span_consumers();
inline absl::Status register_span_consumer(std::shared_ptr<SpanConsumer> consumer) {
  return span_consumers().add(std::move(consumer));
}
inline absl::Status register_consumer(std::shared_ptr<SpanConsumer> consumer) {
  return span_consumers().add(std::move(consumer));
}
inline void dispatch_spans(std::span<const EventView> spans) noexcept {
  span_consumers().dispatch_spans(spans);
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_SPAN_CONSUMER_H_
