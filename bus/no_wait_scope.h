// SPDX-License-Identifier: Apache-2.0
//
// NoWaitScope: within it emits of the calling thread never wait, not even for a subscription that
// blocks: such an event goes to everybody else, and is counted as block_timeout or full.
//
//   void on_profiler_signal(int) {
//     const tracebus::NoWaitScope no_wait;
//     bus.emit(...);
//   }
//
// For signal handlers. An emit that interrupted another emit knows by itself that it must not wait;
// one that interrupted anything else cannot tell that it is in a handler. Also for threads that
// must never be held up, such as one of audio or of an event loop.
//
// Scopes nest. Thread safety: each thread has its own; may be used in signal handlers.
#ifndef TRACEBUS_BUS_NO_WAIT_SCOPE_H_
#define TRACEBUS_BUS_NO_WAIT_SCOPE_H_

namespace tracebus {
inline namespace v1 {

class NoWaitScope {
 public:
  NoWaitScope() noexcept;
  NoWaitScope(const NoWaitScope&) = delete;
  NoWaitScope& operator=(const NoWaitScope&) = delete;
  ~NoWaitScope();

  // Whether the calling thread is within one.
  static bool active() noexcept;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_NO_WAIT_SCOPE_H_
