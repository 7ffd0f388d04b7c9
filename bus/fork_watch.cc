// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/fork_watch.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <vector>

#include "tracebus/bus/bus_thread.h"
#include "tracebus/bus/fork_hold.h"
#include "tracebus/bus/thread_rings.h"
#include "tracebus/core/registry_lock.h"

namespace tracebus {
inline namespace v1 {
namespace {

constinit std::mutex g_hold;
constinit thread_local int t_holds = 0;

void take_hold() noexcept {
  // Counted first: a signal handler in between must not wait for its own thread.
  if (t_holds++ == 0) g_hold.lock();
}

void let_go() noexcept {
  if (--t_holds == 0) g_hold.unlock();
}

}  // namespace

ForkHold::ForkHold() noexcept { take_hold(); }

ForkHold::~ForkHold() { let_go(); }

namespace internal {
constinit std::atomic<std::uint64_t> g_fork_generation{0};
}  // namespace internal

// All of them, in the order of their making. Never destroyed: a process may fork while it exits.
class ForkWatch {
 public:
  static ForkWatch& get() {
    // Not the guard of a static: the child of a fork would wait for one that a thread of its parent
    // held. pthread_once begins anew there.
    constinit static pthread_once_t once = PTHREAD_ONCE_INIT;
    constinit static ForkWatch* watch = nullptr;
    pthread_once(&once, [] { watch = new ForkWatch; });
    return *watch;
  }

  void add(ForkWatched* watched) {
    const std::lock_guard lock(mutex_);
    watched_.push_back(watched);
  }
  void remove(ForkWatched* watched) {
    const std::lock_guard lock(mutex_);
    std::erase(watched_, watched);
  }

 private:
  ForkWatch() { pthread_atfork(before, in_parent, in_child); }

  static void before() {
    ForkWatch& watch = get();
    take_hold();
    watch.mutex_.lock();
    for (ForkWatched* watched : watch.watched_) watched->before_fork();
    watch.registries_.emplace();
  }
  static void in_parent() {
    ForkWatch& watch = get();
    watch.registries_.reset();
    for (ForkWatched* watched : watch.watched_) watched->after_fork_in_parent();
    watch.mutex_.unlock();
    let_go();
  }
  static void in_child() {
    ForkWatch& watch = get();
    watch.registries_.reset();
    ThreadRings::forget_after_fork();
    leave_bus_threads_after_fork();
    for (ForkWatched* watched : watch.watched_) watched->after_fork_in_child();
    watch.watched_.clear();
    // Pairs with watched_fork_generation.
    internal::g_fork_generation.fetch_add(1, std::memory_order_release);
    watch.mutex_.unlock();
    let_go();
  }

  // Held from before a fork until after it, as is the hold: first that, then this mutex, then those
  // who watch, then the registries.
  std::mutex mutex_;
  std::optional<RegistryLock> registries_;
  std::vector<ForkWatched*> watched_;
};

std::uint64_t fork_generation() noexcept {
  ForkWatch::get();
  return watched_fork_generation();
}

void ForkWatched::watch_forks() { ForkWatch::get().add(this); }

void ForkWatched::unwatch_forks() { ForkWatch::get().remove(this); }

}  // namespace v1
}  // namespace tracebus
