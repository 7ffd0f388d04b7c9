// SPDX-License-Identifier: Apache-2.0
//
// Replays recorded events onto a bus: the same events, with the time, ids and origin they had, at
// the pace of the recording or any other.
//
//   auto reader = open_jsonl("traces/runs.jsonl");
//   replay_events(**reader, bus, {.speed = 10});
//
// Subscriptions see content only where they were granted it, as ever.
#ifndef TRACEBUS_TRACE_REPLAY_EVENTS_H_
#define TRACEBUS_TRACE_REPLAY_EVENTS_H_

#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/readers/event_reader.h"

namespace tracebus {
inline namespace v1 {

using SteadyTime = std::chrono::steady_clock::time_point;

struct EventReplayOptions {
  // How many times as fast as recorded; 0: as fast as possible.
  double speed = 1;
  // The clock that the replay goes by, and how it waits; empty: the process's own.
  std::function<SteadyTime()> now = {};
  std::function<void(SteadyTime)> sleep_until = {};
  std::stop_token stop = {};  // ends the replay before its next event, also while it waits
  // Of each flush: so that nothing is dropped on the way, the replay waits for the bus after each
  // MiB of events.
  std::chrono::milliseconds flush_timeout = std::chrono::seconds(60);
};

struct ReplayedEvents {
  std::uint64_t accepted = 0;
  std::uint64_t unwanted = 0;  // nobody subscribes to their types
  std::uint64_t refused = 0;   // too large for the bus, or it was shut down meanwhile
  ReadAccount account;         // of the recording
};

// Returns once all events are on the bus, and were delivered. An event is due when as much time has
// passed since the first as the recording says, divided by speed; one that is earlier than those
// before it, or has no time, at once. InvalidArgument for a speed that is negative or no number;
// DeadlineExceeded if a flush is not done in time: events before it may be missing then.
absl::StatusOr<ReplayedEvents> replay_events(EventReader& reader, TraceEventBus& bus,
                                             const EventReplayOptions& options = {});

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_REPLAY_EVENTS_H_
