// SPDX-License-Identifier: Apache-2.0
//
// Counter: a number that one thread raises and any thread reads.
#ifndef TRACEBUS_CORE_COUNTER_H_
#define TRACEBUS_CORE_COUNTER_H_

#include <array>
#include <atomic>
#include <cstdint>

#include "tracebus/core/emit_result.h"

namespace tracebus {
inline namespace v1 {

// Relaxed throughout: counters order nothing, and each has one writer at a time.
class Counter {
 public:
  void add(std::uint64_t count) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  }
  void set(std::uint64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
  std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Drops by reason. Any thread may add: dropping is rare enough for an atomic addition.
class DropCounters {
 public:
  void add(DropReason reason, std::uint64_t count) noexcept {
    // Relaxed: counters order nothing.
    counts_[static_cast<std::size_t>(reason)].fetch_add(count, std::memory_order_relaxed);
  }
  std::uint64_t get(DropReason reason) const noexcept {
    return counts_[static_cast<std::size_t>(reason)].load(std::memory_order_relaxed);  // as add
  }
  DropCounts get() const noexcept {
    DropCounts counts;
    for (std::size_t i = 0; i < kDropReasons; ++i) {
      counts[i] = counts_[i].load(std::memory_order_relaxed);  // as add
    }
    return counts;
  }

 private:
  std::array<std::atomic<std::uint64_t>, kDropReasons> counts_{};
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_COUNTER_H_
