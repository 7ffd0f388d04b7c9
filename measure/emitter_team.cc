// SPDX-License-Identifier: Apache-2.0
#include "tracebus/measure/emitter_team.h"

#include <pthread.h>

#include <string>
#include <system_error>
#include <utility>

namespace tracebus {
inline namespace v1 {

EmitterTeam::EmitterTeam(const Load& load, std::size_t threads, double rate) {
  const double share = rate / static_cast<double>(threads);
  for (std::size_t i = 0; i < threads; ++i) {
    emitters_.push_back(std::make_unique<Emitter>(load, share, i));
  }
}

EmitterTeam::~EmitterTeam() {
  end_early();
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

absl::Status EmitterTeam::start() {
  for (std::size_t i = 0; i < emitters_.size(); ++i) {
    try {
      threads_.emplace_back([this, i] { work(i); });
    } catch (const std::system_error& error) {
      return absl::ResourceExhaustedError(
          "cannot start emitting thread " + std::to_string(i + 1) + " of " +
          std::to_string(emitters_.size()) + ": " + error.what() +
          "; measure with fewer threads, or raise the limit on them (ulimit -u)");
    }
  }
  return absl::OkStatus();
}

absl::Status EmitterTeam::use(Side side, TraceEventBus& bus) {
  for (auto& emitter : emitters_) {
    Producer producer = bus.producer();
    if (!producer) {
      return absl::ResourceExhaustedError(
          "there is no ring for each of " + std::to_string(emitters_.size()) +
          " threads; measure with fewer, or raise bus.ring_budget_bytes");
    }
    emitter->use(side, std::move(producer));
  }
  return absl::OkStatus();
}

void EmitterTeam::begin(Side side, std::chrono::nanoseconds length) {
  stopped_.store(false);
  {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    turn_ = {side, now, now + length};
    at_work_ = emitters_.size();
    ++turns_begun_;
  }
  changed_.notify_all();
}

bool EmitterTeam::wait(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [this] { return at_work_ == 0; });
}

void EmitterTeam::collect(LatencyHistogram& emits, LatencyHistogram& empties) {
  for (auto& emitter : emitters_) {
    emits += emitter->emits();
    empties += emitter->empties();
    emitter->emits().clear();
    emitter->empties().clear();
  }
}

void EmitterTeam::work(std::size_t index) {
  pthread_setname_np(pthread_self(), ("emitter-" + std::to_string(index)).c_str());
  std::unique_lock lock(mutex_);
  for (std::uint64_t turn_number = 1;; ++turn_number) {
    changed_.wait(lock, [&] { return is_over_ || turns_begun_ == turn_number; });
    if (is_over_) return;
    const Emitter::Turn turn = turn_;
    lock.unlock();
    emitters_[index]->emit(turn, stopped_);
    lock.lock();
    if (--at_work_ == 0) changed_.notify_all();
  }
}

}  // namespace v1
}  // namespace tracebus
