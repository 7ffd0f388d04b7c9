// SPDX-License-Identifier: Apache-2.0
//
// FlatEvent: the comparison event as queues of values carry it. It is as small as this one event
// allows, which is in the peers' favour: a queue that takes any event needs larger slots.
#ifndef TRACEBUS_BENCH_PEERS_FLAT_EVENT_H_
#define TRACEBUS_BENCH_PEERS_FLAT_EVENT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tracebus/bench/comparison_event.h"
#include "tracebus/core/record_writer.h"

namespace tracebus::bench {

struct FlatEvent {
  std::uint64_t ticks;
  EventIds ids;
  std::int64_t input_tokens;
  std::int64_t output_tokens;
  double cost_usd;
  std::uint16_t type;
  std::uint8_t agent_bytes;
  std::uint8_t pattern_bytes;
  std::uint8_t model_bytes;
  std::array<char, kAgent.size() + kPattern.size() + kModel.size()> text;

  // Stamps and writes it in place, by the same moves as a record. REQUIRES: the texts fit.
  void fill(EventType event_type, const ComparisonEvent& event, std::int64_t tokens) noexcept {
    ids = event.ids;
    input_tokens = tokens;
    output_tokens = event.output_tokens;
    cost_usd = event.cost_usd;
    type = event_type.number();
    agent_bytes = static_cast<std::uint8_t>(event.agent.size());
    pattern_bytes = static_cast<std::uint8_t>(event.pattern.size());
    model_bytes = static_cast<std::uint8_t>(event.model.size());
    char* end = copy_text(text.data(), event.agent.data(), event.agent.size());
    end = copy_text(end, event.pattern.data(), event.pattern.size());
    copy_text(end, event.model.data(), event.model.size());
    ticks = Clock::ticks();
  }
};
static_assert(sizeof(FlatEvent) <= 144);

// What every queue of the comparison may hold: as many bytes as a ring of the bus at its largest.
inline constexpr std::size_t kQueueEvents = kRingBytesMaxDefault / sizeof(FlatEvent);

}  // namespace tracebus::bench

#endif  // TRACEBUS_BENCH_PEERS_FLAT_EVENT_H_
