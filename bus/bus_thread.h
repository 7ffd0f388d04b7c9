// SPDX-License-Identifier: Apache-2.0
//
// Threads of the bus: named, deaf to signals, and known as such.
#ifndef TRACEBUS_BUS_BUS_THREAD_H_
#define TRACEBUS_BUS_BUS_THREAD_H_

#include <absl/status/statusor.h>

#include <functional>
#include <thread>

#include "tracebus/bus/options.h"

namespace tracebus {
inline namespace v1 {

struct BusThreadOptions {
  const char* name;  // at most 15 characters
  ThreadOptions placement;
};

// Runs body on a new thread with all signals blocked, so that handlers run on the host's own
// threads. ResourceExhausted if the system refuses a thread. A placement that the system refuses is
// done without.
absl::StatusOr<std::thread> start_bus_thread(const BusThreadOptions& options,
                                             std::function<void()> body);

// Joins a thread that has ended or is about to; leaves one behind that hangs, or that is the
// caller.
void finish_bus_thread(std::thread& thread, bool ended) noexcept;

// Asks the scheduler for short turns of the calling thread, and so to get them soon after a wake-up
// even where every core is busy.
void ask_for_short_turns() noexcept;

// Whether the calling thread belongs to a bus: callbacks and exporters run on such threads, which
// must not wait for themselves.
bool on_bus_thread() noexcept;

// The calling thread counts as one of a bus for as long as this lives.
class AsBusThread {
 public:
  AsBusThread() noexcept;
  AsBusThread(const AsBusThread&) = delete;
  AsBusThread& operator=(const AsBusThread&) = delete;
  ~AsBusThread();

 private:
  const bool before_;
};
// In the child of a fork the one thread left is the host's.
void leave_bus_threads_after_fork() noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_BUS_THREAD_H_
