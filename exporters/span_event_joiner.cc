// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/span_event_joiner.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/core/attribute_key.h"
#include "tracebus/core/clock.h"
#include "tracebus/core/limits.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr double kNanosecondsMax = 9e18;

// Since the start of the span that ended so.
std::int64_t offset_ns(const EventView& event, const EventView& end) noexcept {
  const auto duration = end.find(kDurationMs.name());
  const double took = duration ? duration->to_double() * 1e6 : 0;
  const double bounded = std::clamp(std::isfinite(took) ? took : 0, 0.0, kNanosecondsMax);
  // Times may be of any year: what wraps here wraps back where the offset is added to the start.
  const auto time = static_cast<std::uint64_t>(event.timestamp().to_unix_ns());
  const auto end_time = static_cast<std::uint64_t>(end.timestamp().to_unix_ns());
  return static_cast<std::int64_t>(time - end_time +
                                   static_cast<std::uint64_t>(std::llround(bounded)));
}

Value span_event_of(const EventView& event, const EventView& end) {
  std::vector<Attribute> attributes;
  for (const AttributeView& attribute : event.payload()) {
    attributes.push_back({attribute.key, attribute.value.to_value()});
  }
  return Value::object({{"name", event.event_type()},
                        {"offset_ns", offset_ns(event, end)},
                        {"attributes", Value::object(std::move(attributes))}});
}

}  // namespace

SpanEventJoiner::SpanEventJoiner(SpanEventJoinerOptions options) : options_(std::move(options)) {}

void SpanEventJoiner::process(const EventView& event, ProcessorOutput& output) {
  const EventIds ids = event.ids();
  if (ids.trace_id.is_none() || ids.span_id.is_none()) return output.pass(event);
  if (!event.find(kSpanKind.name())) return hold(event, output);
  event.find(kSpanStatus.name()) ? join(event, output) : output.pass(event);
}

void SpanEventJoiner::tick(bool last, ProcessorOutput& output) {
  const Instant too_old = now() - std::chrono::milliseconds(options_.held_ms_max);
  while (!held_.empty() && (last || held_.front().since <= too_old)) let_go_of_oldest(output);
}

SpanEventJoiner::Key SpanEventJoiner::key_of(const EventIds& ids) noexcept {
  Key key;
  std::memcpy(key.data(), ids.trace_id.bytes.data(), sizeof(TraceId));
  std::memcpy(key.data() + sizeof(TraceId), ids.span_id.bytes.data(), sizeof(SpanId));
  return key;
}

void SpanEventJoiner::hold(const EventView& event, ProcessorOutput& output) {
  const Key span = key_of(event.ids());
  held_.push_back({OwnedEvent(event), span, now()});
  of_spans_[span].push_back(std::prev(held_.end()));
  bytes_ += event.size_bytes();
  while (held_.size() > options_.events_max || bytes_ > options_.bytes_max) {
    let_go_of_oldest(output);
  }
}

void SpanEventJoiner::join(const EventView& end, ProcessorOutput& output) {
  const Key span = key_of(end.ids());
  const auto found = of_spans_.find(span);
  if (found == of_spans_.end()) return output.pass(end);
  TraceEvent told = end.to_event();
  const Payload said = std::exchange(told.payload, {});
  std::vector<Value> events;
  std::int64_t dropped = 0;
  for (const Attribute& attribute : said) {
    if (attribute.key == kSpanEvents.name() && attribute.value.type() == ValueType::kArray) {
      events = attribute.value.as_array();
    } else if (attribute.key == kSpanDroppedEvents.name() &&
               attribute.value.type() == ValueType::kInt64) {
      dropped = attribute.value.as_int64();
    } else {
      told.payload.add(attribute);
    }
  }
  for (const Events::iterator held : found->second) {
    if (events.size() < kSpanEventsMax) {
      events.push_back(span_event_of(held->event.view(), end));
    } else {
      ++dropped;
    }
  }
  told.payload.add(kSpanEvents.name(), Value::array(std::move(events)));
  if (dropped != 0) told.payload.add(kSpanDroppedEvents.name(), dropped);
  output.replace(end, told);
  while (of_spans_.contains(span)) forget(found->second.front());
}

void SpanEventJoiner::let_go_of_oldest(ProcessorOutput& output) {
  output.pass(held_.front().event.view());
  forget(held_.begin());
}

// REQUIRES: it is the oldest of its span.
void SpanEventJoiner::forget(Events::iterator held) {
  const auto of_span = of_spans_.find(held->span);
  of_span->second.pop_front();
  if (of_span->second.empty()) of_spans_.erase(of_span);
  bytes_ -= held->event.view().size_bytes();
  held_.erase(held);
}

SpanEventJoiner::Instant SpanEventJoiner::now() const {
  return options_.clock ? options_.clock() : Clock::steady_now();
}

}  // namespace v1
}  // namespace tracebus
