// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/swarm.h"

#include <algorithm>
#include <numeric>

namespace tracebus {
inline namespace v1 {

Swarm::Swarm(const SwarmOptions& options, std::size_t threads, std::size_t runs_per_thread)
    : world_(options), threads_(threads), runs_per_thread_(runs_per_thread) {
  // Those in the slots let a thread that leaves a run there take another one at once.
  const std::size_t waiting = threads > 1 ? kSlots : 0;
  for (std::size_t i = 0; i < threads * runs_per_thread + waiting; ++i) {
    runs_.push_back(std::make_unique<SwarmRun>(world_));
  }
  for (std::size_t i = 0; i < waiting; ++i) exchange(i, runs_[threads * runs_per_thread + i].get());
}

std::uint64_t Swarm::take_number() noexcept {
  // Relaxed: numbers only have to differ.
  if (is_stopped_.load(std::memory_order_relaxed)) return 0;
  const std::uint64_t number = last_number_.fetch_add(1, std::memory_order_relaxed) + 1;
  const std::uint64_t max = world_.options.runs_max;
  return max == 0 || number <= max ? number : 0;
}

std::uint64_t Swarm::runs_begun() const noexcept {
  const std::uint64_t taken = last_number_.load(std::memory_order_relaxed);  // as take_number
  const std::uint64_t max = world_.options.runs_max;
  return max == 0 ? taken : std::min(taken, max);
}

std::vector<SwarmRun*> Swarm::runs_of_new_thread() {
  std::vector<SwarmRun*> runs;
  const std::size_t first = runs_given_.fetch_add(runs_per_thread_);
  for (std::size_t i = 0; i < runs_per_thread_; ++i) runs.push_back(runs_[first + i].get());
  return runs;
}

SwarmThread::SwarmThread(Swarm& swarm) : swarm_(swarm), runs_(swarm.runs_of_new_thread()) {
  runs_.reserve(runs_.size() + Swarm::kSlots);
  counts_.roles.resize(swarm.options().agents + 1);  // the last one stands for none
}

SwarmRun* SwarmThread::find_run() {
  if (run_ != nullptr && run_->is_idle()) count_end(*run_);
  if (swarm_.threads_ > 1 && !is_ending_ && ++turns_ % kTurnsPerExchange == 0) trade();
  for (;;) {
    if (runs_.empty()) adopt();
    if (runs_.empty()) return nullptr;
    if (cursor_ >= runs_.size()) cursor_ = 0;
    SwarmRun* const run = runs_[cursor_];
    if (!run->is_idle() || begin(*run)) {
      ++cursor_;
      run->go_on();
      return run;
    }
    is_ending_ = true;
    forget(cursor_);
  }
}

void SwarmThread::trade() {
  if (runs_.empty()) return;
  const std::size_t given = cursor_ % runs_.size();
  SwarmRun* const taken = swarm_.exchange(turns_ / kTurnsPerExchange, runs_[given]);
  if (taken != nullptr) {
    runs_[given] = taken;
  } else {
    forget(given);  // a thread that is ending has emptied the slot
  }
}

void SwarmThread::forget(std::size_t index) {
  runs_[index] = runs_.back();
  runs_.pop_back();
}

bool SwarmThread::begin(SwarmRun& run) {
  const std::uint64_t number = is_ending_ ? 0 : swarm_.take_number();
  if (number == 0) return false;
  run.begin(number);
  ++counts_.runs[static_cast<std::size_t>(run.shape())].begun;
  return true;
}

// The threads that still leave runs in the slots come by here after that, so none stays behind.
void SwarmThread::adopt() {
  for (std::size_t slot = 0; slot < Swarm::kSlots; ++slot) {
    SwarmRun* const run = swarm_.exchange(slot, nullptr);
    if (run != nullptr && !run->is_idle()) runs_.push_back(run);
  }
}

void SwarmThread::count_end(const SwarmRun& run) noexcept {
  SwarmCounts::Runs& runs = counts_.runs[static_cast<std::size_t>(run.shape())];
  ++(run.plan().abandoned() ? runs.abandoned : runs.ended);
  if (run.plan().failed()) ++runs.failed;
}

std::uint64_t SwarmCounts::attempts() const noexcept {
  return std::accumulate(results.begin(), results.end(), std::uint64_t{0});
}

SwarmCounts::Runs& SwarmCounts::Runs::operator+=(const Runs& other) noexcept {
  begun += other.begun;
  ended += other.ended;
  failed += other.failed;
  abandoned += other.abandoned;
  return *this;
}

SwarmCounts& SwarmCounts::operator+=(const SwarmCounts& other) {
  for (std::size_t i = 0; i < runs.size(); ++i) runs[i] += other.runs[i];
  for (std::size_t i = 0; i < results.size(); ++i) results[i] += other.results[i];
  if (roles.size() < other.roles.size()) roles.resize(other.roles.size());
  for (std::size_t i = 0; i < other.roles.size(); ++i) {
    if (other.roles[i]) roles[i] = true;
  }
  return *this;
}

}  // namespace v1
}  // namespace tracebus
