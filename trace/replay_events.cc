// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/replay_events.h"

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

#include "tracebus/core/clock.h"
#include "tracebus/core/record_writer.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kBytesBetweenFlushes = std::size_t{1} << 20;

// When events are due.
class Pace {
 public:
  Pace(double speed, SteadyTime begin) : speed_(speed), begin_(begin) {}

  SteadyTime due(const Timestamp& time) {
    if (!first_) first_ = time;
    // Exact, where a difference of doubles is not; a recording of centuries is as one of ninety
    // years.
    const __int128 recorded_ns =
        (static_cast<__int128>(time.seconds) - first_->seconds) * 1'000'000'000 +
        static_cast<std::int64_t>(time.nanoseconds) - first_->nanoseconds;
    constexpr double kLongestNs = 2.9e18;
    const double ns =
        std::clamp(static_cast<double>(recorded_ns) / speed_, -kLongestNs, kLongestNs);
    return begin_ + std::chrono::nanoseconds(static_cast<std::int64_t>(std::llround(ns)));
  }

 private:
  const double speed_;
  const SteadyTime begin_;
  std::optional<Timestamp> first_;
};

// Wakes when it is asked to stop.
void wait_until(SteadyTime due, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_until(lock, stop, due, [] { return false; });
}

class EventReplay {
 public:
  EventReplay(TraceEventBus& bus, const EventReplayOptions& options)
      : bus_(bus), options_(options), pace_(options.speed, now()) {}

  absl::Status send(const TraceEvent& event) {
    if (options_.speed > 0 && event.timestamp) wait_for(pace_.due(*event.timestamp));
    const FriendlyRecord record(event, EventType::find(event.event_type), true);
    bytes_since_flush_ += record.size();
    if (bytes_since_flush_ > kBytesBetweenFlushes) {
      const absl::Status flushed = flush();
      if (!flushed.ok()) return flushed;
    }
    EmitResult result = bus_.emit(event);
    if (result == EmitResult::kFull) {  // others emit as well
      const absl::Status flushed = flush();
      if (!flushed.ok()) return flushed;
      result = bus_.emit(event);
    }
    ++count_of(result);
    return absl::OkStatus();
  }
  absl::Status flush() {
    bytes_since_flush_ = 0;
    const absl::Status flushed = bus_.flush(options_.flush_timeout);
    // Of a bus that was shut down nothing is left to wait for.
    return absl::IsFailedPrecondition(flushed) ? absl::OkStatus() : flushed;
  }
  bool is_stopped() const { return options_.stop.stop_requested(); }
  ReplayedEvents& replayed() { return replayed_; }

 private:
  SteadyTime now() const { return options_.now ? options_.now() : Clock::steady_now(); }
  void wait_for(SteadyTime due) {
    if (now() >= due) return;
    if (options_.sleep_until) {
      options_.sleep_until(due);
    } else {
      wait_until(due, options_.stop);
    }
  }
  std::uint64_t& count_of(EmitResult result) {
    if (result == EmitResult::kAccepted) return replayed_.accepted;
    return result == EmitResult::kUnwanted ? replayed_.unwanted : replayed_.refused;
  }

  TraceEventBus& bus_;
  const EventReplayOptions& options_;
  Pace pace_;
  std::size_t bytes_since_flush_ = 0;
  ReplayedEvents replayed_;
};

}  // namespace

absl::StatusOr<ReplayedEvents> replay_events(EventReader& reader, TraceEventBus& bus,
                                             const EventReplayOptions& options) {
  if (!(std::isfinite(options.speed) && options.speed >= 0)) {
    return absl::InvalidArgumentError("speed is " + std::to_string(options.speed) +
                                      "; give how many times as fast as recorded, or 0 for as fast "
                                      "as possible");
  }
  EventReplay replay(bus, options);
  while (const TraceEvent* const event = replay.is_stopped() ? nullptr : reader.next()) {
    const absl::Status sent = replay.send(*event);
    if (!sent.ok()) return sent;
  }
  const absl::Status flushed = replay.flush();
  if (!flushed.ok()) return flushed;
  replay.replayed().account = reader.account();
  return std::move(replay.replayed());
}

}  // namespace v1
}  // namespace tracebus
