// SPDX-License-Identifier: Apache-2.0
//
// What measure_exporter_overhead found.
#ifndef TRACEBUS_MEASURE_EXPORTER_OVERHEAD_H_
#define TRACEBUS_MEASURE_EXPORTER_OVERHEAD_H_

#include <absl/status/status.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/bus/stats.h"
#include "tracebus/measure/latencies.h"
#include "tracebus/measure/median_interval.h"

namespace tracebus {
inline namespace v1 {

struct ThreadUse {
  std::string name;  // emitter-0, tb-dispatcher, tb-worker; one started by another has its name
  std::uint64_t cpu_ns = 0;
};

// One of the two buses. Both have a callback on the dispatcher that counts, so that every event is
// written and dispatched on both, and what differs is the exporter's doing.
struct OverheadSide {
  // Of every emit that was accepted, or waited for room in vain; not of those refused at once. With
  // what the timing takes (ExporterOverhead::empties), without the warm-up.
  Latencies emits;

  // Since the bus began, so with the warm-up. emitted = accepted + total(rejected).
  std::uint64_t emitted = 0;
  std::uint64_t accepted = 0;
  DropCounts rejected{};
  std::uint64_t truncated = 0;  // accepted, but with the text cut

  // What follows is of the measured turns: a turn is to emit, then to flush.
  std::uint64_t turns = 0;
  std::uint64_t accepted_in_turns = 0;
  double emitting_seconds = 0;
  double flush_seconds = 0;
  double flush_seconds_max = 0;
  std::vector<ThreadUse> threads;    // of this bus, its exporter, and those that emit, by age
  std::uint64_t process_cpu_ns = 0;  // also of threads that have ended, and of the measuring one

  std::int64_t resident_growth_bytes = 0;  // of the process, while this bus was made and had turns
  // The most that was seen, some fifty times a second.
  std::uint64_t ring_bytes_max = 0;
  std::uint64_t large_bytes_max = 0;
  std::uint64_t block_bytes_max = 0;  // of all queues

  double accepted_per_second() const noexcept {
    return emitting_seconds > 0 ? static_cast<double>(accepted_in_turns) / emitting_seconds : 0;
  }
  // Of all threads whose name begins so.
  std::uint64_t cpu_ns_of(std::string_view name) const noexcept {
    std::uint64_t sum = 0;
    for (const ThreadUse& thread : threads) {
      if (std::string_view(thread.name).starts_with(name)) sum += thread.cpu_ns;
    }
    return sum;
  }
};

// What the exporter did, with the warm-up unless it says otherwise.
struct ExporterWork {
  // Until it was shut down: what was exported, and what was lost, by reason.
  SubscriptionStats subscription;
  std::uint64_t exported_in_turns = 0;  // without the warm-up
  // The most that was seen, some fifty times a second.
  std::uint64_t queue_bytes_max = 0;
  std::uint64_t queue_events_max = 0;
  // How long it took for all its batches and for one, and how long after its emit an event came to
  // it.
  double export_seconds = 0;
  double export_seconds_max = 0;
  double behind_seconds_max = 0;
};

struct ExporterOverhead {
  std::string exporter;  // its own name

  OverheadSide without;
  OverheadSide with;
  // Timed calls of nothing, among the emits of both sides: the least that any time above can be.
  // Nothing in this structure has it subtracted.
  Latencies empties;
  double clock_step_ns = 0;  // all times of emits are multiples of it
  // Where the median of the difference lies, with - without, of the medians of turns that followed
  // each other. None of fewer than six pairs.
  std::optional<MedianInterval> p50_difference_ns;

  ExporterWork work;

  bool ended_early = false;  // by go_on, or because a flush did not end in time
  // The first failure of a flush or of the shutdown. The measurement is reported all the same.
  absl::Status exporter_status;

  // With what the flushes took.
  double exported_per_second() const noexcept {
    const double seconds = with.emitting_seconds + with.flush_seconds;
    return seconds > 0 ? static_cast<double>(work.exported_in_turns) / seconds : 0;
  }
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_MEASURE_EXPORTER_OVERHEAD_H_
