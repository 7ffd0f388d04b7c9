// SPDX-License-Identifier: Apache-2.0
//
// Swarm: simulated agents that emit what real ones do, for the demo, the benchmarks and the tests.
//
//   Swarm swarm({.agents = 100'000, .seed = 1, .runs_max = 1000}, 1);
//   SwarmThread thread(swarm);
//   Producer producer = bus.producer();
//   while (thread.step(producer)) {}
//
// Agents are tasks, not threads: each thread has many runs under way, turns to the next one where
// an agent waits for a model or a tool, and now and then leaves one half-way to another thread. The
// time between two events of an agent is simulated, and told in duration_ms; the events themselves
// come as fast as steps are taken.
//
// With one thread the same seed gives the same events in the same order; with several, the same
// events in each run.
#ifndef TRACEBUS_TOOLS_SWARM_H_
#define TRACEBUS_TOOLS_SWARM_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "tracebus/tools/swarm_run.h"

namespace tracebus {
inline namespace v1 {

// Thread safety: all of it.
class Swarm {
 public:
  static constexpr std::size_t kRunsPerThread = 64;  // under way at one time

  // runs_per_thread: 1 to kRunsPerThread. REQUIRES: agents and threads are not 0.
  Swarm(const SwarmOptions& options, std::size_t threads,
        std::size_t runs_per_thread = kRunsPerThread);
  Swarm(const Swarm&) = delete;
  Swarm& operator=(const Swarm&) = delete;

  // No run begins after this; those under way go on to their end.
  void stop() noexcept { is_stopped_.store(true, std::memory_order_relaxed); }  // a hint, no order

  const SwarmOptions& options() const noexcept { return world_.options; }
  std::uint64_t runs_begun() const noexcept;

 private:
  friend class SwarmThread;
  static constexpr std::size_t kSlots = 8;

  std::uint64_t take_number() noexcept;  // of the next run, from 1; 0: there is none
  // Leaves run (or null) in a slot, and takes what was there.
  SwarmRun* exchange(std::size_t slot, SwarmRun* run) noexcept {
    // Acquire and release pair with each other: the steps taken by one thread are seen by the next.
    return slots_[slot % kSlots].exchange(run, std::memory_order_acq_rel);
  }
  std::vector<SwarmRun*> runs_of_new_thread();

  const SwarmWorld world_;
  const std::size_t threads_;
  const std::size_t runs_per_thread_;
  std::vector<std::unique_ptr<SwarmRun>> runs_;  // not changed once made
  std::atomic<std::size_t> runs_given_{0};
  std::array<std::atomic<SwarmRun*>, kSlots> slots_{};
  std::atomic<std::uint64_t> last_number_{0};
  std::atomic<bool> is_stopped_{false};
};

struct SwarmCounts {
  struct Runs {
    std::uint64_t begun = 0;
    std::uint64_t ended = 0;   // abandoned ones are begun, and never ended
    std::uint64_t failed = 0;  // of those that ended
    std::uint64_t abandoned = 0;

    Runs& operator+=(const Runs& other) noexcept;
  };
  std::array<Runs, kSwarmShapes> runs{};
  std::array<std::uint64_t, 6> results{};  // by EmitResult
  std::vector<bool> roles;                 // that began a turn

  std::uint64_t attempts() const noexcept;
  SwarmCounts& operator+=(const SwarmCounts& other);
};

// One thread's share of a swarm. Thread safety: one thread. REQUIRES: the swarm outlives it, and no
// more are made than the swarm has threads.
class SwarmThread {
 public:
  explicit SwarmThread(Swarm& swarm);

  // Emits one event. False, and nothing emitted, when every run that this thread had, or that
  // others left behind, is over.
  template <class Emitter>
  bool step(Emitter& emitter) {
    if (run_ == nullptr || run_->is_waiting()) [[unlikely]] {
      run_ = find_run();
      if (run_ == nullptr) return false;
    }
    counts_.roles[run_->role_to_start()] = true;
    const EmitResult result = run_->step(emitter);
    ++counts_.results[static_cast<std::size_t>(result)];
    return true;
  }

  // Of the steps taken by this thread.
  const SwarmCounts& counts() const noexcept { return counts_; }

 private:
  // Not a divisor of the number of runs, so that all of them get to move.
  static constexpr std::uint64_t kTurnsPerExchange = 17;

  SwarmRun* find_run();
  void trade();
  void forget(std::size_t index);
  bool begin(SwarmRun& run);
  void adopt();
  void count_end(const SwarmRun& run) noexcept;

  Swarm& swarm_;
  std::vector<SwarmRun*> runs_;
  std::size_t cursor_ = 0;
  SwarmRun* run_ = nullptr;  // whose turn it is
  std::uint64_t turns_ = 0;
  bool is_ending_ = false;
  SwarmCounts counts_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_SWARM_H_
