// SPDX-License-Identifier: Apache-2.0
//
// Memory: the C++20 memory model, executed. It knows nothing of schedules: it says which stores a
// load may read, and what each operation teaches the thread that makes it.
//
// Invariants
//  1. An atom's stores are kept in modification order, which here is the order of execution.
//  2. A thread may read any store from its floor on; what it has read or written, and what happens
//     before it, raises the floor (the four coherence rules in one number).
//  3. A release store hands out its thread's view. A read-modify-write hands out that of the store
//     it replaces as well, which makes release sequences. Relaxed stores hand out the view of the
//     last release fence.
//  4. Sequential consistency is one more set of floors, shared by all seq_cst operations; their
//     total order is the order of execution.
//  5. A thread's clock ticks after each store and fence, so that a plain access made after it is
//     never taken for one that it published.
#ifndef TRACEBUS_TESTS_MODEL_MEMORY_H_
#define TRACEBUS_TESTS_MODEL_MEMORY_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "tracebus/tests/model/view.h"

namespace tracebus::inline v1::model {

constexpr bool is_acquire(std::memory_order order) noexcept {
  return order == std::memory_order_acquire || order == std::memory_order_consume ||
         order == std::memory_order_acq_rel || order == std::memory_order_seq_cst;
}
constexpr bool is_release(std::memory_order order) noexcept {
  return order == std::memory_order_release || order == std::memory_order_acq_rel ||
         order == std::memory_order_seq_cst;
}
constexpr bool is_sequential(std::memory_order order) noexcept {
  return order == std::memory_order_seq_cst;
}

// Who touched a plain value last; zero is never.
struct PlainCell {
  ThreadId writer = 0;
  std::uint32_t written = 0;
  std::array<std::uint32_t, kThreadsMax> read{};
};

enum class PlainFault { kUninitialised, kRace };

class Memory {
 public:
  // Forgets all atoms; storage is kept for the next execution.
  void reset();

  AtomId make_atom(ThreadId thread, std::uint64_t bits);
  // False if the atom's initialisation does not happen before what thread does now.
  bool is_made(ThreadId thread, AtomId atom) const;

  StoreIndex first_readable(ThreadId thread, AtomId atom, std::memory_order order) const;
  StoreIndex last(AtomId atom) const { return static_cast<StoreIndex>(atoms_[atom].size - 1); }
  std::uint64_t bits(AtomId atom, StoreIndex index) const {
    return atoms_[atom].stores[index].bits;
  }

  void load(ThreadId thread, AtomId atom, StoreIndex index, std::memory_order order);
  void store(ThreadId thread, AtomId atom, std::uint64_t bits, std::memory_order order);
  // Replaces the last store, having read it.
  void update(ThreadId thread, AtomId atom, std::uint64_t bits, std::memory_order order);
  void fence(ThreadId thread, std::memory_order order);

  std::optional<PlainFault> plain_read(ThreadId thread, PlainCell& cell) const;
  std::optional<PlainFault> plain_write(ThreadId thread, PlainCell& cell) const;

  // The start and the end of a thread synchronise with thread 0.
  void start(ThreadId thread);
  void join(ThreadId thread);

  std::uint64_t view_fingerprint(ThreadId thread) const;
  std::uint64_t sequential_fingerprint() const;

 private:
  struct Store {
    std::uint64_t bits;
    View released;
  };
  // stores outlives reset, so that executions after the first allocate nothing.
  struct Atom {
    std::vector<Store> stores;
    std::size_t size = 0;
    ThreadId maker = 0;
    std::uint32_t made = 0;
  };
  struct Thread {
    View now;
    View to_acquire;      // what an acquire fence would learn from the relaxed loads so far
    View release_fenced;  // what relaxed stores hand out
  };

  Store& append(AtomId atom);
  void hand_out(ThreadId thread, AtomId atom, std::memory_order order);
  static bool knows(const View& view, ThreadId thread, std::uint32_t tick) {
    return view.clock[thread] >= tick;
  }

  std::vector<Atom> atoms_;
  std::size_t atoms_count_ = 0;
  std::array<Thread, kThreadsMax> threads_{};
  Floors sequential_floor_{};
  bool has_sequential_ = false;
};

}  // namespace tracebus::inline v1::model

#endif  // TRACEBUS_TESTS_MODEL_MEMORY_H_
