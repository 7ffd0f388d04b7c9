// SPDX-License-Identifier: Apache-2.0
//
// ExportFate: who decides what became of the batch that is with an exporter now.
//
//   kIdle --(worker: begin)--> kExporting --(worker: finish, true)--> kIdle
//                              kExporting --(anybody, after the deadline: abandon)--> kAbandoned
//   kAbandoned --(worker: finish, false)--> kIdle
//
// One compare-and-swap decides, so a batch is either answered for by the exporter or counted as
// abandoned, never both. The state carries the batch's serial number, so that a verdict on one
// batch cannot hit the next.
#ifndef TRACEBUS_BUS_EXPORT_FATE_H_
#define TRACEBUS_BUS_EXPORT_FATE_H_

#include <atomic>
#include <cstdint>

namespace tracebus {
inline namespace v1 {

template <template <class> class Atom = std::atomic>
class BasicExportFate {
 public:
  // --- Worker ---
  void begin(std::uint64_t events, std::int64_t deadline_ns) noexcept {
    // Relaxed: published by the release of state_.
    events_.store(events, std::memory_order_relaxed);
    deadline_ns_.store(deadline_ns, std::memory_order_relaxed);
    state_.store(++serial_ << 2 | kExporting, std::memory_order_release);  // pairs with abandon
  }
  // Whether the batch is still the worker's to count.
  bool finish() noexcept {
    std::uint64_t expected = serial_ << 2 | kExporting;
    // Relaxed: the counts that follow are counters; the state alone decides.
    if (state_.compare_exchange_strong(expected, serial_ << 2 | kIdle, std::memory_order_relaxed,
                                       std::memory_order_relaxed)) {
      return true;
    }
    state_.store(serial_ << 2 | kIdle, std::memory_order_relaxed);  // nobody else leaves kAbandoned
    return false;
  }

  // --- Anybody ---
  // The number of events that the caller has to count as abandoned; 0 if none are overdue.
  std::uint64_t abandon(std::int64_t now_ns) noexcept {
    std::uint64_t state = state_.load(std::memory_order_acquire);  // pairs with begin
    if ((state & 3) != kExporting) return 0;
    // Relaxed: these are of this batch or a later one, and then the exchange fails.
    const std::uint64_t events = events_.load(std::memory_order_relaxed);
    if (now_ns < deadline_ns_.load(std::memory_order_relaxed)) return 0;
    const std::uint64_t abandoned = (state & ~std::uint64_t{3}) | kAbandoned;
    // Relaxed: as in finish.
    const bool ours = state_.compare_exchange_strong(state, abandoned, std::memory_order_relaxed,
                                                     std::memory_order_relaxed);
    return ours ? events : 0;
  }
  bool exporting() const noexcept {
    return (state_.load(std::memory_order_relaxed) & 3) != kIdle;  // a hint
  }

 private:
  static constexpr std::uint64_t kIdle = 0;
  static constexpr std::uint64_t kExporting = 1;
  static constexpr std::uint64_t kAbandoned = 2;

  Atom<std::uint64_t> state_{0};
  Atom<std::uint64_t> events_{0};
  Atom<std::int64_t> deadline_ns_{0};
  std::uint64_t serial_ = 0;  // the worker's
};

using ExportFate = BasicExportFate<>;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_EXPORT_FATE_H_
