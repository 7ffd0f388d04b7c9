// SPDX-License-Identifier: Apache-2.0
//
// The operations of Execution: what atoms, plain values and fences call.
#include <algorithm>

#include "tracebus/tests/model/execution.h"

namespace tracebus::inline v1::model {

std::uint64_t Execution::load(AtomId atom, std::memory_order order, const Location& location) {
  before(atom, location);
  order = weakened(Operation::kLoad, order, location);
  const StoreIndex first = memory_.first_readable(running_, atom, order);
  const StoreIndex last = memory_.last(atom);
  // Newest first: the first execution is a sequentially consistent one.
  const auto age = static_cast<StoreIndex>(decide(std::size_t{1} + last - first));
  const auto index = static_cast<StoreIndex>(last - age);
  memory_.load(running_, atom, index, order);
  const std::uint64_t bits = memory_.bits(atom, index);
  note({running_, Operation::kLoad, order, location, atom, index, last, bits});
  return bits;
}

void Execution::store(AtomId atom, std::uint64_t bits, std::memory_order order,
                      const Location& location) {
  before(atom, location);
  order = weakened(Operation::kStore, order, location);
  memory_.store(running_, atom, bits, order);
  const StoreIndex index = memory_.last(atom);
  note({running_, Operation::kStore, order, location, atom, index, index, bits});
}

std::uint64_t Execution::begin_update(AtomId atom, const Location& location) {
  before(atom, location);
  return memory_.bits(atom, memory_.last(atom));
}

void Execution::end_update(AtomId atom, const Update& update, const Location& location) {
  const std::memory_order order = weakened(update.operation, update.order, location);
  memory_.update(running_, atom, update.bits, order);
  const StoreIndex index = memory_.last(atom);
  note({running_, update.operation, order, location, atom, index, index, update.bits});
}

bool Execution::compare_exchange(AtomId atom, const Exchange& exchange, const Location& location) {
  before(atom, location);
  const std::memory_order failure =
      weakened(Operation::kFailedCompareExchange, exchange.failure, location);
  const StoreIndex last = memory_.last(atom);
  const bool may_succeed = memory_.bits(atom, last) == *exchange.expected;
  find_failures(atom, exchange, memory_.first_readable(running_, atom, failure));
  const std::size_t way = decide(failures_.size() + (may_succeed ? 1 : 0));
  if (may_succeed && way == 0) {
    end_update(atom, {Operation::kCompareExchange, exchange.desired, exchange.success}, location);
    return true;
  }
  const StoreIndex index = failures_[way - (may_succeed ? 1 : 0)];
  if (may_succeed && index == last) {
    --self().spurious_failures_left;
    self().failed_spuriously = true;
  }
  memory_.load(running_, atom, index, failure);
  *exchange.expected = memory_.bits(atom, index);
  note({running_, Operation::kFailedCompareExchange, failure, location, atom, index, last,
        *exchange.expected});
  return false;
}

// The stores by which a compare-and-swap can fail: those that may be read and differ; and, if it is
// weak, the last one even when it does not.
void Execution::find_failures(AtomId atom, const Exchange& exchange, StoreIndex first) {
  failures_.clear();
  const StoreIndex last = memory_.last(atom);
  const bool spurious = exchange.may_fail_spuriously && self().spurious_failures_left != 0;
  for (std::size_t i = std::size_t{1} + last; i-- > first;) {
    const auto index = static_cast<StoreIndex>(i);
    const bool differs = memory_.bits(atom, index) != *exchange.expected;
    if (differs || (spurious && index == last)) failures_.push_back(index);
  }
}

void Execution::fence(std::memory_order order, const Location& location) {
  schedule();
  order = weakened(Operation::kFence, order, location);
  memory_.fence(running_, order);
  note({running_, Operation::kFence, order, location, 0, 0, 0, 0});
}

void Execution::fence_everywhere(const Location& location) {
  constexpr auto kFull = std::memory_order_seq_cst;
  fence(kFull, location);
  for (ThreadId other = 1; other < threads_count_ && running_ != 0; ++other) {
    if (other == running_) continue;
    if (!threads_[other].finished) schedule();  // it may come anywhere in the call
    memory_.fence(other, kFull);
    steps_.push_back({other, Operation::kFence, kFull, location, 0, 0, 0, 0});
    std::uint64_t& history = threads_[other].history;
    history = mix(mix(history, running_), memory_.view_fingerprint(other));
  }
  fence(kFull, location);
}

void Execution::plain_read(PlainCell& cell, const Location& location) {
  const auto fault = memory_.plain_read(running_, cell);
  if (!fault) return;
  if (*fault == PlainFault::kUninitialised) {
    fail(FailureKind::kUninitialised, "a plain value is read that was never written" +
                                          place(location));
  } else {
    fail(FailureKind::kRace, "data race: a plain value is read that " + threads_[cell.writer].name +
                                 " writes" + place(location));
  }
  abandon();
}

void Execution::plain_write(PlainCell& cell, const Location& location) {
  self().wrote = true;
  if (!memory_.plain_write(running_, cell)) return;
  fail(FailureKind::kRace, "data race: a plain value is written that another thread uses" +
                               place(location));
  abandon();
}

// --- What all of them share ---

void Execution::before(AtomId atom, const Location& location) {
  schedule();
  if (memory_.is_made(running_, atom)) return;
  fail(FailureKind::kRace, "an atom is used before its making is known" + place(location));
  abandon();
}

std::memory_order Execution::weakened(Operation operation, std::memory_order order,
                                      const Location& location) const {
  const bool applies = mutation_ != nullptr && mutation_->applies(operation, location);
  return applies ? mutation_->to : order;
}

void Execution::note(const Step& step) {
  if (running_ == 0) return;
  steps_.push_back(step);
  if (mutation_ == nullptr) sites_.add(step.location, step.operation, step.order);
  Thread& thread = self();
  thread.history = mix(mix(thread.history, static_cast<std::uint64_t>(step.operation)),
                       std::uint64_t{step.atom} << 32 | step.index);
  const bool reads = step.operation == Operation::kLoad ||
                     step.operation == Operation::kFailedCompareExchange;
  const bool fences = step.operation == Operation::kFence;
  // Of all operations a seq_cst fence alone learns what its own place in the order does not say.
  if (fences && is_sequential(step.order)) {
    thread.history = mix(thread.history, memory_.view_fingerprint(running_));
  }
  thread.wrote = thread.wrote || (fences ? is_release(step.order) : !reads);
  if (!reads) return;
  const std::uint64_t bit = std::uint64_t{1} << step.atom;
  // The oldest one seen counts: with a newer one the condition might have held.
  if ((thread.await_read & bit) == 0) thread.await_saw[step.atom] = step.index;
  thread.await_read |= bit;
}

void Execution::fail(FailureKind kind, const std::string& message) {
  if (failure_) return;
  std::vector<std::string> names;
  for (const Thread& thread : threads_) names.push_back(thread.name);
  failure_ = Failure{kind, names[running_] + ": " + message, to_text(steps_, names),
                     decisions_.to_string()};
}

std::string Execution::place(const Location& location) {
  return " at " + std::string(file_of(location)) + ":" + std::to_string(location.line()) + " " +
         std::string(function_of(location));
}

}  // namespace tracebus::inline v1::model
