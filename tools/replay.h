// SPDX-License-Identifier: Apache-2.0
//
// Replay: sends recorded events through a bus again, with the time, the ids and the origin they
// had, and loses none on the way.
//
// Nothing is dropped because nothing may pile up: each emit waits for the queue of an exporter that
// is full; and after each bytes_between_waits of records the replay waits until the rings are
// empty, so that what a full queue takes in beyond its bytes, all that the rings hold, is little.
#ifndef TRACEBUS_TOOLS_REPLAY_H_
#define TRACEBUS_TOOLS_REPLAY_H_

#include <absl/status/status.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/readers/event_reader.h"

namespace tracebus {
inline namespace v1 {

struct ReplayOptions {
  // How many times faster than it was recorded; none: as fast as possible.
  std::optional<double> speed;
  // What lies between two waits fits the ring, though the next record may be as large as any, and
  // the ring may lose as much at its end; a record fits half a queue.
  std::size_t bytes_between_waits = std::size_t{16} << 20;
  std::size_t ring_bytes = kRingBytesMax;
  std::size_t queue_bytes = std::size_t{64} << 20;
};

struct ReplayedFile {
  absl::Status opened;
  ReadAccount account;
  std::uint64_t refused = 0;  // events too big for the bus, or read when it was closed
};

// Waits for the time of an event. The pace of the recording, but no pause beyond kPauseMax.
// Thread safety: one thread.
class ReplayPace {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr double kPauseSecondsMax = 10;

  // told: what to do about a pause that was shortened, with its length in seconds.
  ReplayPace(double speed, std::function<void(double)> told)
      : speed_(speed), told_(std::move(told)), due_(Clock::now()) {}

  // When an event of this time is due: never before the one that was asked for last.
  Clock::time_point due(const Timestamp& time);

 private:
  const double speed_;
  const std::function<void(double)> told_;
  std::optional<Timestamp> last_;
  Clock::time_point due_;
};

// Thread safety: one thread.
class Replay {
 public:
  explicit Replay(const ReplayOptions& options);
  // On a bus with these options, but for its rings. Queues are as start is told.
  Replay(const ReplayOptions& options, BusOptions bus);

  // Subscribes the exporters to everything.
  absl::Status start(std::vector<std::unique_ptr<Exporter>> exporters);
  TraceEventBus& bus() noexcept { return bus_; }
  // Sends one file, in its order. REQUIRES: start returned OK.
  ReplayedFile send(const std::string& path);
  // Sends what a reader gives, to its end.
  ReplayedFile send(EventReader& reader);
  // Waits for the exporters and ends them. The first failure of one of them, if any.
  absl::Status finish();

  BusStats stats() const { return bus_.stats(); }

 private:
  bool emit(const TraceEvent& event);
  void wait_for_rings();

  const ReplayOptions options_;
  TraceEventBus bus_;
  std::optional<ReplayPace> pace_;
  std::size_t bytes_since_wait_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_REPLAY_H_
