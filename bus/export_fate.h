// SPDX-License-Identifier: Apache-2.0
//
// ExportFate: who decides what became of the batch that is with an exporter now.
//
//   kIdle --(worker: begin)--> kExporting --(worker: finish, true)--> kIdle
//                              kExporting --(anybody, after the deadline: abandon)--> kAbandoned
//   kAbandoned --(worker: finish, false)--> kIdle
//
// Thread safety. begin and finish belong to one worker; abandon and exporting to anybody.
//
// Invariants
//  1. One compare-and-swap decides, so a batch is either answered for by the exporter or counted as
//     abandoned, never both.
//  2. The state carries the batch's serial number, so that a verdict on one batch cannot hit the
//     next; and its number of events, so that nobody counts those of another batch.
//  3. Deadlines never go back. So the deadline that abandon reads is that of the batch, or a later
//     one: it is never early.
#ifndef TRACEBUS_BUS_EXPORT_FATE_H_
#define TRACEBUS_BUS_EXPORT_FATE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "tracebus/core/limits.h"

namespace tracebus {
inline namespace v1 {

template <template <class> class Atom = std::atomic>
class BasicExportFate {
 public:
  // --- Worker ---
  // REQUIRES: events <= kBatchEventsMax; deadline_ns is not before that of the last batch.
  void begin(std::uint64_t events, std::int64_t deadline_ns) noexcept {
    deadline_ns_.store(deadline_ns, std::memory_order_relaxed);  // published by state_
    batch_ = ++serial_ << kSerialShift | events << kEventsShift;
    state_.store(batch_ | kExporting, std::memory_order_release);  // pairs with abandon
  }
  // Whether the batch is still the worker's to count.
  bool finish() noexcept {
    std::uint64_t expected = batch_ | kExporting;
    // Relaxed: the counts that follow are counters; the state alone decides.
    if (state_.compare_exchange_strong(expected, batch_ | kIdle, std::memory_order_relaxed,
                                       std::memory_order_relaxed)) {
      return true;
    }
    state_.store(batch_ | kIdle, std::memory_order_relaxed);  // nobody else leaves kAbandoned
    return false;
  }

  // --- Anybody ---
  // The number of events that the caller has to count as abandoned; 0 if none are overdue.
  std::uint64_t abandon(std::int64_t now_ns) noexcept {
    std::uint64_t state = state_.load(std::memory_order_acquire);  // pairs with begin
    if ((state & kFateMask) != kExporting) return 0;
    // Relaxed: of this batch or a later one, see invariant 3.
    if (now_ns < deadline_ns_.load(std::memory_order_relaxed)) return 0;
    const std::uint64_t abandoned = (state & ~kFateMask) | kAbandoned;
    // Relaxed: as in finish.
    const bool ours = state_.compare_exchange_strong(state, abandoned, std::memory_order_relaxed,
                                                     std::memory_order_relaxed);
    return ours ? (state & kEventsMask) >> kEventsShift : 0;
  }
  bool exporting() const noexcept {
    return (state_.load(std::memory_order_relaxed) & kFateMask) != kIdle;  // a hint
  }

 private:
  static constexpr std::uint64_t kIdle = 0;
  static constexpr std::uint64_t kExporting = 1;
  static constexpr std::uint64_t kAbandoned = 2;

  // From the lowest bit: 2 of fate, 22 of events, 40 of the serial number. It may wrap: a verdict
  // that takes a million million batches to come is no concern.
  static constexpr int kEventsShift = 2;
  static constexpr int kSerialShift = 24;
  static constexpr std::uint64_t kFateMask = (std::uint64_t{1} << kEventsShift) - 1;
  static constexpr std::uint64_t kEventsMask = (std::uint64_t{1} << kSerialShift) - 1 - kFateMask;
  static_assert(kBatchEventsMax <= kEventsMask >> kEventsShift);

  Atom<std::uint64_t> state_{0};
  Atom<std::int64_t> deadline_ns_{0};
  // The worker's own.
  std::uint64_t serial_ = 0;
  std::uint64_t batch_ = 0;  // serial number and events of the last batch, in their places
};

using ExportFate = BasicExportFate<>;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_EXPORT_FATE_H_
