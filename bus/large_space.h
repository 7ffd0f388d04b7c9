// SPDX-License-Identifier: Apache-2.0
//
// LargeSpace: which bytes of a circular stretch are in use. Knows positions, not the bytes.
//
// Thread safety. Any thread takes, also in a signal handler; the dispatcher gives back.
//
// Invariants
//  1. head_ <= every range in use <= tail_. Positions never wrap.
//  2. A range belongs to whoever moved tail_ past it, until it is given back. No record straddles
//     the end of the storage: where it would, its range also takes the bytes up to the end, and the
//     record lies behind them.
//  3. Records in use do not overlap: tail_ <= head_ + capacity; or one range alone is in use, whose
//     bytes up to the end of the storage nobody needs, and no other is taken beside it.
//  4. Ranges are given back in any order; head_ follows once the oldest one is. So a producer that
//     stops while it writes a large record holds up this storage, and large records only.
#ifndef TRACEBUS_BUS_LARGE_SPACE_H_
#define TRACEBUS_BUS_LARGE_SPACE_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <vector>

#include "tracebus/core/limits.h"

namespace tracebus {
inline namespace v1 {

// From begin to end; the record is the last `size` bytes of it.
struct LargeRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;  // equal: no range
  explicit operator bool() const noexcept { return begin != end; }
};

template <template <class> class Atom = std::atomic>
class BasicLargeSpace {
 public:
  explicit BasicLargeSpace(std::uint64_t capacity) noexcept : capacity_(capacity) {}
  BasicLargeSpace(const BasicLargeSpace&) = delete;
  BasicLargeSpace& operator=(const BasicLargeSpace&) = delete;

  std::uint64_t capacity() const noexcept { return capacity_; }
  // Where in the storage the record of size bytes lies for which range was taken.
  std::uint64_t offset(const LargeRange& range, std::uint64_t size) const noexcept {
    return (range.end - size) % capacity_;
  }

  // --- Any thread ---
  // None if too much is in use, or size is 0 or more than the capacity.
  LargeRange take(std::uint64_t size) noexcept {
    if (size == 0 || size > capacity_) return {};
    std::uint64_t begin = tail_.load(std::memory_order_relaxed);  // the exchange decides
    for (;;) {
      const std::uint64_t to_end = capacity_ - begin % capacity_;
      const std::uint64_t end = begin + size + (size > to_end ? to_end : 0);
      // Acquire pairs with give_back: the dispatcher's reads of these bytes are over.
      const std::uint64_t head = head_.load(std::memory_order_acquire);
      // With nothing in use there is room for any record, whatever lies before it.
      if (end > head + capacity_ && begin != head) return {};
      // Relaxed: the ring that carries the reference publishes the record.
      if (tail_.compare_exchange_weak(begin, end, std::memory_order_relaxed,
                                      std::memory_order_relaxed)) {
        return {begin, end};
      }
    }
  }
  std::uint64_t used_bytes() const noexcept {
    // Acquire pairs with give_back: tail_ is not found where it was before head_ came by.
    const std::uint64_t head = head_.load(std::memory_order_acquire);
    // Relaxed: for statistics. Meanwhile much may have been given back and taken again.
    return std::min(tail_.load(std::memory_order_relaxed) - head, capacity_);
  }

  // --- Dispatcher ---
  void give_back(const LargeRange& range) {
    std::uint64_t head = head_.load(std::memory_order_relaxed);  // own store
    if (range.begin != head) {
      early_.push_back(range);
      return;
    }
    head = range.end;
    for (;;) {
      const auto next = std::ranges::find(early_, head, &LargeRange::begin);
      if (next == early_.end()) break;
      head = next->end;
      early_.erase(next);
    }
    head_.store(head, std::memory_order_release);  // pairs with take and used_bytes
  }

 private:
  const std::uint64_t capacity_;
  alignas(kCacheLineBytes) Atom<std::uint64_t> tail_{0};
  alignas(kCacheLineBytes) Atom<std::uint64_t> head_{0};
  std::vector<LargeRange> early_;  // given back before an older one; the dispatcher's
};

using LargeSpace = BasicLargeSpace<>;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_LARGE_SPACE_H_
