// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/model/execution.h"

#include <cstdio>
#include <cstdlib>

namespace tracebus::inline v1::model {

namespace {

Execution* current_execution = nullptr;

}  // namespace

Execution::Execution() { current_execution = this; }

Execution& Execution::current() {
  if (current_execution != nullptr) return *current_execution;
  std::fprintf(stderr, "model checker: an atom was used outside explore()\n");
  std::abort();
}

// --- Scenarios ---

void Execution::execute(const Scenario& scenario, const Limits& limits) {
  current_execution = this;
  begin(limits);
  scenario(*this);
  if (decisions_.diverged() && !failure_) {
    fail(FailureKind::kNotDeterministic, "the scenario depends on more than the explorer decides");
  }
  current_execution = nullptr;
}

void Execution::begin(const Limits& limits) {
  memory_.reset();
  limits_ = limits;
  threads_count_ = 1;
  running_ = 0;
  abandoned_ = false;
  steps_.clear();
  threads_[0].name = "scenario";
  threads_[0].history = 0;
}

void Execution::thread(std::string name, std::function<void()> body) {
  if (threads_count_ == kThreadsMax) {
    std::fprintf(stderr, "model checker: a scenario has more threads than view.h allows\n");
    std::abort();
  }
  Thread& thread = threads_[threads_count_];
  thread.name = std::move(name);
  thread.body = std::move(body);
  thread.finished = thread.blocked = thread.wrote = thread.failed_spuriously = false;
  thread.history = threads_count_;
  thread.spurious_failures_left = 1;
  thread.await_read = 0;
  thread.fiber.prepare(&Execution::enter, this);
  ++threads_count_;
}

bool Execution::run() {
  if (failure_) return false;
  // Each thread runs up to its first operation: what comes before it nobody else can see.
  starting_ = true;
  for (ThreadId thread = 1; thread < threads_count_ && !abandoned_; ++thread) {
    memory_.start(thread);
    switch_to(thread);
  }
  starting_ = false;
  ThreadId first = 0;
  if (!abandoned_ && pick(first)) switch_to(first);
  if (abandoned_ || failure_) return false;
  for (ThreadId thread = 1; thread < threads_count_; ++thread) memory_.join(thread);
  return true;
}

void Execution::check(bool holds, const char* claim, const Location& location) {
  if (holds) return;
  fail(FailureKind::kCheck, std::string("check failed: ") + claim + place(location));
  abandon();
}

std::size_t Execution::choose(std::size_t count) {
  const std::size_t chosen = decide(count);
  self().history = mix(self().history, chosen + 1);
  return chosen;
}

// --- Scheduling ---

void Execution::enter(void* self) {
  auto* const execution = static_cast<Execution*>(self);
  execution->self().body();
  execution->finish();
}

void Execution::finish() {
  self().finished = true;
  ThreadId next = 0;
  if (!starting_ && !pick(next)) next = 0;
  switch_to(next);
}

// Called before each operation of a thread. Returns when the thread may make it.
void Execution::schedule() {
  if (running_ == 0) return;
  const ThreadId own = running_;
  if (starting_) {
    switch_to(0);
    return;
  }
  ThreadId next = 0;
  if (!pick(next)) abandon();
  if (next != own) switch_to(next);
}

// Decides which thread makes the next operation. False if none will.
bool Execution::pick(ThreadId& next) {
  std::array<ThreadId, kThreadsMax> enabled{};
  std::size_t count = 0;
  bool finished = true;
  // The running thread comes first, so that first choices switch seldom and traces stay readable.
  if (running_ != 0 && is_enabled(self())) enabled[count++] = running_;
  for (ThreadId thread = 1; thread < threads_count_; ++thread) {
    finished = finished && threads_[thread].finished;
    if (thread != running_ && is_enabled(threads_[thread])) enabled[count++] = thread;
  }
  if (finished) return false;
  if (count == 0) {
    fail_of_deadlock();
  } else if (steps_.size() >= limits_.steps_max) {
    fail(FailureKind::kTooLong, "no end within the bound of steps: a livelock?");
  }
  abandoned_ = failure_.has_value() || is_pruned();
  if (abandoned_) return false;
  next = enabled[decide(count)];
  if (threads_[next].blocked) threads_[next].await_read = 0;
  threads_[next].blocked = false;
  return true;
}

bool Execution::is_enabled(const Thread& thread) const {
  if (thread.finished) return false;
  if (!thread.blocked) return true;
  for (std::uint64_t left = thread.await_read; left != 0; left &= left - 1) {
    const auto atom = static_cast<AtomId>(__builtin_ctzll(left));
    if (memory_.last(atom) != thread.await_saw[atom]) return true;
  }
  return false;
}

// Every thread is deterministic, so what the threads have learnt says where they stand and what
// memory holds. What follows a state seen before has been explored, or will be.
bool Execution::is_pruned() {
  if (!limits_.prunes || !decisions_.is_new()) return false;
  std::uint64_t state = memory_.sequential_fingerprint();
  for (ThreadId thread = 0; thread < threads_count_; ++thread) {
    state = mix(state, threads_[thread].history);
  }
  return !visited_.insert(state).second;
}

void Execution::fail_of_deadlock() {
  std::string message = "deadlock:";
  for (ThreadId i = 1; i < threads_count_; ++i) {
    const Thread& thread = threads_[i];
    if (thread.finished) continue;
    message += " " + thread.name + " waits" + place(thread.await_location) + ";";
  }
  fail(FailureKind::kDeadlock, message);
}

void Execution::switch_to(ThreadId next) {
  Fiber& from = self().fiber;
  running_ = next;
  Fiber::switch_to(from, threads_[next].fiber);
}

// Leaves the thread for good. In the scenario itself there is nothing to leave: it goes on.
void Execution::abandon() {
  abandoned_ = true;
  if (running_ != 0) switch_to(0);
}

// --- Await ---

void Execution::await_begin(const Location& location) {
  self().wrote = self().failed_spuriously = false;
  self().await_read = 0;
  self().await_history = self().history;
  self().await_location = location;
}

void Execution::await_again() {
  Thread& thread = self();
  if (running_ == 0 || thread.wrote || thread.await_read == 0) {
    fail(FailureKind::kCheck, "a condition was false that wrote, or that nobody can make true" +
                                  place(thread.await_location));
    abandon();
  }
  // An evaluation that came to nothing leaves no trace but what it learnt: that is what makes the
  // states before and after it the same, and so ends the spinning.
  thread.history = mix(mix(thread.await_history, memory_.view_fingerprint(running_)),
                       mix(thread.await_read, thread.spurious_failures_left));
  for (std::uint64_t left = thread.await_read; left != 0; left &= left - 1) {
    thread.history = mix(thread.history, thread.await_saw[__builtin_ctzll(left)]);
  }
  // A compare-and-swap that failed for no reason may succeed at once.
  thread.blocked = !thread.failed_spuriously;
  if (thread.failed_spuriously) thread.await_read = 0;
  thread.failed_spuriously = false;
}

}  // namespace tracebus::inline v1::model
