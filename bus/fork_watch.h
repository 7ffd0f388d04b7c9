// SPDX-License-Identifier: Apache-2.0
//
// ForkWatched: something that has to hold still while the process forks, and learn of it in the
// child.
//
// In the child there is one thread, the one that forked; the others stopped wherever they were. So
// what they may have left half done is put aside, and only what before_fork() brought to rest is
// used again.
#ifndef TRACEBUS_BUS_FORK_WATCH_H_
#define TRACEBUS_BUS_FORK_WATCH_H_

#include <atomic>
#include <cstdint>

namespace tracebus {
inline namespace v1 {

// How many forks lie between this process and the first one that had a bus. Thread safety: any
// thread.
std::uint64_t fork_generation() noexcept;

namespace internal {

extern constinit std::atomic<std::uint64_t> g_fork_generation;

}  // namespace internal

// The same, for who has asked for fork_generation() before, or a bus has: without a call.
inline std::uint64_t watched_fork_generation() noexcept {
  // Pairs with the addition in the child.
  return internal::g_fork_generation.load(std::memory_order_acquire);
}

class ForkWatched {
 public:
  ForkWatched() = default;
  ForkWatched(const ForkWatched&) = delete;
  ForkWatched& operator=(const ForkWatched&) = delete;

 protected:
  virtual ~ForkWatched() = default;
  // From when it is complete until before it is taken apart.
  void watch_forks();
  void unwatch_forks();
  // All three on the thread that forks. None may take a lock that is held while a ForkWatched
  // begins or ends to watch.
  virtual void before_fork() = 0;
  virtual void after_fork_in_parent() = 0;
  virtual void after_fork_in_child() = 0;

 private:
  friend class ForkWatch;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_FORK_WATCH_H_
