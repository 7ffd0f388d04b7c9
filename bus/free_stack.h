// SPDX-License-Identifier: Apache-2.0
//
// FreeStack: which of a set of things, known by their indices, are free. The things are never
// destroyed while the stack lives, and each carries the link to the one below it.
//
// Thread safety. One thread at a time pushes; anybody pops, also in a signal handler. Nobody waits.
//
// Invariants
//  1. An index is on the stack, or belongs to the one who popped it.
//  2. The head carries a tag that every push and pop moves on. So a pop whose index was popped and
//     pushed meanwhile, when the link it has read may be another one, does not succeed.
//  3. All changes of the head are read-modify-writes. So whoever acquires it has all pushes so far,
//     whatever was popped in between.
#ifndef TRACEBUS_BUS_FREE_STACK_H_
#define TRACEBUS_BUS_FREE_STACK_H_

#include <atomic>
#include <cstdint>

namespace tracebus {
inline namespace v1 {

template <template <class> class Atom = std::atomic>
class BasicFreeStack {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  using Link = Atom<std::uint32_t>;

  BasicFreeStack() = default;
  BasicFreeStack(const BasicFreeStack&) = delete;
  BasicFreeStack& operator=(const BasicFreeStack&) = delete;

  // The index that was pushed last, or kNone. link_of(index) is the Link of that thing.
  template <class LinkOf>
  std::uint32_t pop(LinkOf&& link_of) noexcept {
    for (;;) {
      std::uint64_t top = top_.load(std::memory_order_acquire);  // pairs with push
      const std::uint32_t index = index_of(top);
      if (index == kNone) return kNone;
      const Link& link = link_of(index);
      // Relaxed: stale if another thread was faster, and then the exchange fails.
      const std::uint64_t below = link.load(std::memory_order_relaxed);
      // Relaxed: it succeeds with the very head that was acquired above.
      if (top_.compare_exchange_weak(top, next_tag(top) | below, std::memory_order_relaxed,
                                     std::memory_order_relaxed)) {
        size_.fetch_sub(1, std::memory_order_relaxed);  // a number
        return index;
      }
    }
  }

  template <class LinkOf>
  void push(std::uint32_t index, LinkOf&& link_of) noexcept {
    size_.fetch_add(1, std::memory_order_relaxed);             // a number
    std::uint64_t top = top_.load(std::memory_order_relaxed);  // the exchange decides
    Link& link = link_of(index);
    for (;;) {
      // Relaxed: published by the exchange.
      link.store(static_cast<std::uint32_t>(top), std::memory_order_relaxed);
      // Release pairs with pop.
      if (top_.compare_exchange_weak(top, next_tag(top) | (index + 1), std::memory_order_release,
                                     std::memory_order_relaxed)) {
        return;
      }
    }
  }

  // For any thread, as a number: what a push or pop under way is about counts as free.
  std::uint32_t size() const noexcept {
    return size_.load(std::memory_order_relaxed);  // as said
  }

 private:
  // Head and links hold index + 1, and 0 for none; the head holds the tag above that.
  static constexpr std::uint32_t index_of(std::uint64_t top) noexcept {
    return static_cast<std::uint32_t>(top) - 1;
  }
  static constexpr std::uint64_t next_tag(std::uint64_t top) noexcept {
    return ((top >> 32) + 1) << 32;
  }

  Atom<std::uint64_t> top_{0};
  Atom<std::uint32_t> size_{0};
};

using FreeStack = BasicFreeStack<>;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_FREE_STACK_H_
