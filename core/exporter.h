// SPDX-License-Identifier: Apache-2.0
//
// Exporter: where events go. Implement export_batch; the bus does the rest.
//
// Contract
//  1. The bus calls all methods of one exporter from one thread of its own, one call at a time,
//     never from a thread that emits. Different exporters run side by side.
//  2. export_batch has until `deadline` of its call to return. After that the batch is counted as
//     abandoned, whatever it returns later; the thread stays with the exporter until it does
//     return. `stop` asks it to return early: the bus is shutting down, its deadline has passed.
//  3. The batch and its views are valid until export_batch returns. Copy what must live longer.
//  4. An exception is caught, counted as a failed export, and the next batch follows as usual.
//  5. flush comes after every batch that was accepted before TraceEventBus::flush; OK means that
//     what was exported has reached its destination. shutdown comes last, once. Either may release
//     events that processors held back: flush_result, asked for after it, says what became of them.
//  6. The exporter is destroyed by its own thread once it was unsubscribed; after a shutdown, with
//     its bus; if it hangs, when it returns, which may be after its bus.
#ifndef TRACEBUS_CORE_EXPORTER_H_
#define TRACEBUS_CORE_EXPORTER_H_

#include <absl/status/status.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <span>
#include <stop_token>
#include <string_view>

#include "tracebus/core/emit_result.h"
#include "tracebus/core/event_view.h"

namespace tracebus {
inline namespace v1 {

using Deadline = std::chrono::steady_clock::time_point;

// Events in the order of delivery: always in sequence for one producer; by time of emit across
// producers, within the batch and from batch to batch, where the bus has one dispatcher. Of several
// each batch is one dispatcher's, and the next may begin before it.
struct Batch {
  std::span<const EventView> events;
  // The subscription's own number of the first event: 1, 2, 3, ... over all it was handed.
  std::uint64_t first_number = 1;
  // What this subscription lost so far, by reason. Growth since the last batch is the evidence of a
  // gap before this one.
  DropCounts drops{};

  bool empty() const noexcept { return events.empty(); }
  std::size_t size() const noexcept { return events.size(); }
  auto begin() const noexcept { return events.begin(); }
  auto end() const noexcept { return events.end(); }
};

struct ExportContext {
  Deadline deadline;
  std::stop_token stop;
};

// What became of a batch: batch.size() + added = delivered + failed + rejected + processed +
// sampled_out + spool_quota. Events that were not delivered are lost to this exporter: what should
// be tried again, the exporter tries itself, within its deadline.
struct ExportResult {
  std::uint64_t failed = 0;       // events that could not be delivered
  std::uint64_t rejected = 0;     // events that the receiver refused
  std::uint64_t processed = 0;    // events that a processor took away
  std::uint64_t added = 0;        // events that a processor added; at most kAddedMax
  std::uint64_t sampled_out = 0;  // events that a sampler left out
  std::uint64_t spool_quota = 0;  // events that a spool on disk had no room for

  static constexpr std::uint64_t kAddedMax = 0xFFFFFFFF;  // so that no sum of counts overflows

  static constexpr ExportResult ok() noexcept { return {}; }
  static constexpr ExportResult failure(std::uint64_t events) noexcept {
    return {.failed = events};
  }
  static constexpr ExportResult partial(std::uint64_t rejected) noexcept {
    return {.rejected = rejected};
  }

  constexpr std::uint64_t lost() const noexcept {
    return failed + rejected + processed + sampled_out + spool_quota;
  }

  // As far as it is possible for so many events: who claims more losses than events lost them all.
  constexpr ExportResult clamped(std::uint64_t events) const noexcept {
    ExportResult possible;
    possible.added = std::min(added, kAddedMax);
    std::uint64_t rest = events + possible.added;
    rest -= possible.failed = std::min(failed, rest);
    rest -= possible.rejected = std::min(rejected, rest);
    rest -= possible.processed = std::min(processed, rest);
    rest -= possible.sampled_out = std::min(sampled_out, rest);
    possible.spool_quota = std::min(spool_quota, rest);
    return possible;
  }

  constexpr ExportResult& operator+=(const ExportResult& other) noexcept {
    failed += other.failed;
    rejected += other.rejected;
    processed += other.processed;
    added += other.added;
    sampled_out += other.sampled_out;
    spool_quota += other.spool_quota;
    return *this;
  }
};

class Exporter {
 public:
  Exporter() = default;
  Exporter(const Exporter&) = delete;
  Exporter& operator=(const Exporter&) = delete;
  virtual ~Exporter() = default;

  // For stats and messages, such as "jsonl:traces/run.jsonl".
  virtual std::string_view name() const noexcept = 0;

  virtual ExportResult export_batch(const Batch& batch, const ExportContext& context) = 0;

  virtual absl::Status flush(Deadline) { return absl::OkStatus(); }
  virtual absl::Status shutdown(Deadline) { return absl::OkStatus(); }
  // Of the events that the last flush or shutdown added; asked once after each.
  virtual ExportResult flush_result() const noexcept { return {}; }

  // Whether export_batch and flush return at once, whatever happens outside the process: only then
  // may a bus without threads of its own have it (see Threading::kManual).
  virtual bool non_blocking() const noexcept { return false; }

  // What went wrong last, for stats(); empty if nothing did.
  virtual std::string_view last_error() const noexcept { return {}; }
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_EXPORTER_H_
