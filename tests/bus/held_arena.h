// SPDX-License-Identifier: Apache-2.0
//
// HeldArena: memory that a dispatcher is made to wait for. A bus with several dispatchers has no
// callback on any of them, but each takes the blocks of its queues from the arena, so there a test
// can hold one while the others go on.
#ifndef TRACEBUS_TESTS_BUS_HELD_ARENA_H_
#define TRACEBUS_TESTS_BUS_HELD_ARENA_H_

#include <pthread.h>

#include <atomic>
#include <cstddef>
#include <string_view>

#include "tracebus/bus/arena.h"
#include "tracebus/tests/bus/bus_test_support.h"

namespace tracebus::testing {

class HeldArena final : public Arena {
 public:
  // The next dispatcher that asks for so many bytes waits until release.
  void hold_next(std::size_t bytes) { bytes_ = bytes; }
  bool holds() const { return holds_.load(); }
  void release() { gate_.open(); }

  void* map(std::size_t bytes) noexcept override {
    std::size_t wanted = bytes;
    if (is_dispatcher() && bytes_.compare_exchange_strong(wanted, 0)) {
      holds_ = true;
      gate_.pass();
    }
    return anonymous_arena().map(bytes);
  }
  void unmap(void* pages, std::size_t bytes) noexcept override {
    anonymous_arena().unmap(pages, bytes);
  }
  void prefault(void* pages, std::size_t bytes) noexcept override {
    anonymous_arena().prefault(pages, bytes);
  }
  void discard(void* pages, std::size_t bytes) noexcept override {
    anonymous_arena().discard(pages, bytes);
  }

 private:
  static bool is_dispatcher() noexcept {
    char name[16] = {};
    pthread_getname_np(pthread_self(), name, sizeof name);
    return std::string_view(name) == "tb-dispatcher";
  }

  std::atomic<std::size_t> bytes_{0};
  std::atomic<bool> holds_{false};
  Gate gate_;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_BUS_HELD_ARENA_H_
