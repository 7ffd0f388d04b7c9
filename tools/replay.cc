// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/replay.h"

#include <stdio.h>

#include <algorithm>
#include <thread>

#include "tracebus/bus/option_list.h"
#include "tracebus/core/record_writer.h"
#include "tracebus/tools/event_formats.h"
#include "tracebus/tools/interrupt.h"
#include "tracebus/tools/text.h"

namespace tracebus {
inline namespace v1 {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRingNap(1);
constexpr milliseconds kFlushTimeout(1000);
constexpr milliseconds kShutdownTimeout(60'000);
constexpr milliseconds kNapMax(50);  // so that an interrupt is noticed

// ReplayOptions says what its defaults have to hold.
static_assert(kRingBytesMax >= 3 * ReplayOptions().bytes_between_waits + kRecordBytesMax);
static_assert(ReplayOptions().queue_bytes >= 2 * (kRecordBytesMax + kBlockBytesMax));
static_assert(kRingBytesMax / kRingShareOfRecordMax >= kRecordBytesMax);

void tell_of_pause(double seconds) {
  fprintf(stderr, "tracebus replay: a pause of %s s is shortened to %s s\n",
          fixed(seconds, 1).c_str(), short_number(ReplayPace::kPauseSecondsMax).c_str());
}

void sleep_until(std::chrono::steady_clock::time_point due) {
  for (;;) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= due || was_interrupted()) return;
    std::this_thread::sleep_until(std::min(due, now + kNapMax));
  }
}

BusOptions with_rings(BusOptions bus, const ReplayOptions& options) {
  bus.ring_bytes = bus.ring_bytes_max = options.ring_bytes;
  bus.ring_budget_bytes = std::max(bus.ring_budget_bytes, bus.dispatchers * options.ring_bytes);
  bus.large_bytes_max = 0;
  bus.truncate = false;
  return bus;
}

}  // namespace

ReplayPace::Clock::time_point ReplayPace::due(const Timestamp& time) {
  const Timestamp last = last_.value_or(time);
  last_ = time;
  const double recorded = static_cast<double>(time.seconds) - static_cast<double>(last.seconds) +
                          (static_cast<double>(time.nanoseconds) - last.nanoseconds) / 1e9;
  const double pause = std::max(recorded / speed_, 0.0);
  if (pause > kPauseSecondsMax) told_(pause);
  const std::chrono::duration<double> shortened(std::min(pause, kPauseSecondsMax));
  due_ += std::chrono::duration_cast<Clock::duration>(shortened);
  return due_;
}

Replay::Replay(const ReplayOptions& options) : Replay(options, bus_with_stats()) {}

Replay::Replay(const ReplayOptions& options, BusOptions bus)
    : options_(options), bus_(with_rings(std::move(bus), options)) {}

absl::Status Replay::start(std::vector<std::unique_ptr<Exporter>> exporters) {
  if (!bus_.status().ok()) return bus_.status();
  for (auto& exporter : exporters) {
    ExporterOptions options;
    options.queue_bytes_max = options_.queue_bytes;
    options.overflow = Overflow::kBlock;
    options.block_timeout_ms = kHourMs;  // who hangs is given up by the bus before
    options.content = true;              // the files hold it already
    const auto added = bus_.add_exporter(std::move(exporter), options);
    if (!added.ok()) return added.status();
  }
  return absl::OkStatus();
}

ReplayedFile Replay::send(const std::string& path) {
  ReplayedFile file;
  auto reader = open_recorded(path);
  if (reader.ok()) return send(**reader);
  file.opened = reader.status();
  return file;
}

ReplayedFile Replay::send(EventReader& reader) {
  ReplayedFile file;
  if (options_.speed) pace_.emplace(*options_.speed, tell_of_pause);
  while (const TraceEvent* const event = reader.next()) {
    if (pace_ && event->timestamp) sleep_until(pace_->due(*event->timestamp));
    if (was_interrupted()) break;
    if (!emit(*event)) ++file.refused;
  }
  file.account = reader.account();
  wait_for_rings();
  return file;
}

bool Replay::emit(const TraceEvent& event) {
  const FriendlyRecord record(event, EventType::find(event.event_type), true);
  bytes_since_wait_ += record.size();
  if (bytes_since_wait_ > options_.bytes_between_waits) wait_for_rings();
  return bus_.emit(event) == EmitResult::kAccepted;
}

void Replay::wait_for_rings() {
  bytes_since_wait_ = 0;
  while (bus_.stats().waiting != 0) std::this_thread::sleep_for(kRingNap);
}

// An exporter that takes long is waited for: the bus itself ends what hangs.
absl::Status Replay::finish() {
  absl::Status flushed;
  do {
    flushed = bus_.flush(kFlushTimeout);
  } while (absl::IsDeadlineExceeded(flushed) && !was_interrupted());
  const absl::Status ended = bus_.shutdown(kShutdownTimeout);
  return flushed.ok() ? ended : flushed;
}

}  // namespace v1
}  // namespace tracebus
