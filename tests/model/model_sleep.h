// SPDX-License-Identifier: Apache-2.0
//
// What stands in for the kernel in the types that sleep: its futex, its clock, its membarrier.
#ifndef TRACEBUS_TESTS_MODEL_MODEL_SLEEP_H_
#define TRACEBUS_TESTS_MODEL_MODEL_SLEEP_H_

#include <chrono>
#include <cstdint>

#include "tracebus/tests/model/execution.h"
#include "tracebus/tests/model/model_atom.h"

namespace tracebus::inline v1::model {

// A clock of a few ticks, for one scenario at a time. Its thread decides by calling tick when a
// deadline comes. A tick is so long that every store buffer drains meanwhile: it fences all
// threads.
class ModelClock {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  ModelClock() { current_ = this; }
  ~ModelClock() { current_ = nullptr; }
  ModelClock(const ModelClock&) = delete;
  ModelClock& operator=(const ModelClock&) = delete;

  void tick() {
    model_fence_everywhere();
    ticks_.fetch_add(1, std::memory_order_release);
  }
  // The moment of the next tick.
  TimePoint next() const { return after(ticks_.load(std::memory_order_acquire) + 1); }

  // Without a clock, time stands still.
  static bool has_come(TimePoint moment) {
    if (current_ == nullptr || moment == TimePoint::max()) return false;
    return after(current_->ticks_.load(std::memory_order_acquire)) >= moment;
  }

 private:
  static TimePoint after(std::uint32_t ticks) { return TimePoint(std::chrono::seconds(ticks)); }

  inline static ModelClock* current_ = nullptr;
  ModelAtom<std::uint32_t> ticks_{0};
};

// A futex with one word. The kernel compares the word and enters the queue under the lock of the
// queue, and wake_all takes that lock as well: here both change queue_. It promises no more order
// than that, and a word that changes wakes nobody.
class ModelSleep {
 public:
  void wait(ModelAtom<std::uint32_t>& word, std::uint32_t expected,
            ModelClock::TimePoint deadline) {
    const std::uint32_t entered = queue_.fetch_add(0, std::memory_order_acq_rel);
    if (word.load(std::memory_order_relaxed) != expected) return;
    await([&] {
      return queue_.load(std::memory_order_acquire) != entered || ModelClock::has_come(deadline);
    });
  }
  void wake_all(ModelAtom<std::uint32_t>&) { queue_.fetch_add(1, std::memory_order_acq_rel); }

 private:
  ModelAtom<std::uint32_t> queue_{0};  // how often it was woken
};

// What an event count promises, and no more. For scenarios of types that use one, which would be
// too long with the shipped one inside.
class ModelEventCount {
 public:
  std::uint32_t prepare() const { return epoch_.load(std::memory_order_acquire); }
  void wait(std::uint32_t key, ModelClock::TimePoint deadline) {
    await([&] {
      return epoch_.load(std::memory_order_relaxed) != key || ModelClock::has_come(deadline);
    });
  }
  void notify() { epoch_.fetch_add(1, std::memory_order_release); }

 private:
  ModelAtom<std::uint32_t> epoch_{0};
};

struct ModelFence {
  static void make(std::memory_order order, const Location& location = Location::current()) {
    model_fence(order, location);
  }
};

}  // namespace tracebus::inline v1::model

#endif  // TRACEBUS_TESTS_MODEL_MODEL_SLEEP_H_
