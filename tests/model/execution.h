// SPDX-License-Identifier: Apache-2.0
//
// Execution: one run of a scenario. A scenario is a function that makes the shared objects, adds
// threads, calls run, and judges the end:
//
//     void message_passing(Execution& execution) {
//       ModelAtom<int> flag{0};
//       ModelPlain<int> data{0};
//       execution.thread("writer", [&] {
//         data.write(1);
//         flag.store(1, std::memory_order_release);
//       });
//       execution.thread("reader", [&] {
//         await([&] { return flag.load(std::memory_order_acquire) == 1; });
//         check(data.read() == 1, "the data is there once the flag is");
//       });
//       if (!execution.run()) return;
//     }
//
// Every operation on an atom inside a thread is a scheduling point. Plain accesses are not: if they
// do not race, their order does not matter, and if they race, the clocks say so in any order.
//
// A thread may be left for good at any scheduling point. So its body owns nothing on its own stack:
// what needs a destructor lives in the scenario. The body's outcome may depend on nothing but what
// it reads from atoms, plain values and choose.
#ifndef TRACEBUS_TESTS_MODEL_EXECUTION_H_
#define TRACEBUS_TESTS_MODEL_EXECUTION_H_

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <source_location>
#include <string>
#include <unordered_set>
#include <vector>

#include "tracebus/tests/model/decisions.h"
#include "tracebus/tests/model/fiber.h"
#include "tracebus/tests/model/memory.h"
#include "tracebus/tests/model/site.h"
#include "tracebus/tests/model/trace.h"

namespace tracebus::inline v1::model {

using Location = std::source_location;

enum class FailureKind { kRace, kUninitialised, kCheck, kDeadlock, kTooLong, kNotDeterministic };

struct Failure {
  FailureKind kind;
  std::string message;
  std::string trace;
  std::string decisions;
};

// What a compare-and-swap asks for.
struct Exchange {
  std::uint64_t* expected;
  std::uint64_t desired;
  std::memory_order success;
  std::memory_order failure;
  bool may_fail_spuriously;
};

// The second half of a read-modify-write.
struct Update {
  Operation operation;
  std::uint64_t bits;
  std::memory_order order;
};

class Execution {
 public:
  Execution();
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  // The one that is running. There is at most one, on one real thread.
  static Execution& current();

  // --- For scenarios ---

  // Adds a thread; REQUIRES: run has not been called.
  void thread(std::string name, std::function<void()> body);
  // Runs all threads to their end. False if they were cut short; the scenario returns then.
  bool run();
  // Notes one way in which the scenario ended. Called after run.
  void outcome(const std::string& text) { ++outcomes_[text]; }
  void check(bool holds, const char* claim, const Location& location);
  // A free choice of the scenario itself, explored like any other.
  std::size_t choose(std::size_t count);

  // --- For await ---

  void await_begin(const Location& location);
  void await_again();

  // --- For ModelAtom, ModelPlain and model_fence ---

  AtomId make_atom(std::uint64_t bits) { return memory_.make_atom(running_, bits); }
  std::uint64_t load(AtomId atom, std::memory_order order, const Location& location);
  void store(AtomId atom, std::uint64_t bits, std::memory_order order, const Location& location);
  bool compare_exchange(AtomId atom, const Exchange& exchange, const Location& location);
  // A read-modify-write in two calls, because only the atom knows how to compute in its type.
  std::uint64_t begin_update(AtomId atom, const Location& location);
  void end_update(AtomId atom, const Update& update, const Location& location);
  void fence(std::memory_order order, const Location& location);
  // As membarrier(2): every thread makes a full fence at some moment during the call.
  void fence_everywhere(const Location& location);
  void plain_read(PlainCell& cell, const Location& location);
  void plain_write(PlainCell& cell, const Location& location);

  // --- For the explorer ---

  using Scenario = std::function<void(Execution&)>;
  struct Limits {
    std::uint32_t steps_max;
    bool prunes;  // leave an execution that comes to a state seen before
  };
  void execute(const Scenario& scenario, const Limits& limits);

  Decisions& decisions() noexcept { return decisions_; }
  void mutate(const Mutation* mutation) noexcept { mutation_ = mutation; }
  const std::optional<Failure>& failure() const noexcept { return failure_; }
  const std::map<std::string, std::uint64_t>& outcomes() const noexcept { return outcomes_; }
  const Sites& sites() const noexcept { return sites_; }
  std::size_t states() const noexcept { return visited_.size(); }
  std::size_t steps() const noexcept { return steps_.size(); }

 private:
  struct Thread {
    std::string name;
    std::function<void()> body;
    Fiber fiber;
    bool finished = false;
    // A fingerprint of all that the thread has learnt. See model.md, "State".
    std::uint64_t history = 0;
    std::uint32_t spurious_failures_left = 0;
    bool failed_spuriously = false;
    // An await whose condition did not hold is blocked until one of the atoms it read has a store
    // newer than the one it saw.
    bool blocked = false;
    bool wrote = false;
    std::uint64_t await_history = 0;
    std::uint64_t await_read = 0;  // one bit an atom
    Floors await_saw{};
    Location await_location;
  };

  static void enter(void* self);
  void begin(const Limits& limits);
  Thread& self() { return threads_[running_]; }

  std::size_t decide(std::size_t count) { return decisions_.choose(count, self().history); }

  void schedule();
  bool pick(ThreadId& next);
  bool is_enabled(const Thread& thread) const;
  bool is_pruned();
  void fail_of_deadlock();
  void switch_to(ThreadId next);
  void abandon();
  void finish();

  void before(AtomId atom, const Location& location);
  std::memory_order weakened(Operation operation, std::memory_order order,
                             const Location& location) const;
  void find_failures(AtomId atom, const Exchange& exchange, StoreIndex first);
  void note(const Step& step);
  void fail(FailureKind kind, const std::string& message);
  static std::string place(const Location& location);

  Memory memory_;
  Decisions decisions_;
  Sites sites_;
  const Mutation* mutation_ = nullptr;
  Limits limits_{};

  std::array<Thread, kThreadsMax> threads_;  // 0 is the scenario itself
  ThreadId threads_count_ = 1;
  ThreadId running_ = 0;
  bool starting_ = false;
  bool abandoned_ = false;
  std::vector<StoreIndex> failures_;  // reused by find_failures

  std::vector<Step> steps_;
  std::optional<Failure> failure_;
  std::map<std::string, std::uint64_t> outcomes_;
  std::unordered_set<std::uint64_t> visited_;
};

// Waits until holds() is true. While it is false nobody spins: the thread goes on only when an atom
// that holds() read has a newer store. A holds() that returns false must not have written anything.
template <class Condition>
void await(Condition&& holds, const Location& location = Location::current()) {
  Execution& execution = Execution::current();
  execution.await_begin(location);
  while (!holds()) execution.await_again();
}

inline void check(bool holds, const char* claim, const Location& location = Location::current()) {
  Execution::current().check(holds, claim, location);
}

inline void model_fence(std::memory_order order, const Location& location = Location::current()) {
  Execution::current().fence(order, location);
}

inline void model_fence_everywhere(const Location& location = Location::current()) {
  Execution::current().fence_everywhere(location);
}

}  // namespace tracebus::inline v1::model

#endif  // TRACEBUS_TESTS_MODEL_EXECUTION_H_
