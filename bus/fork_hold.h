// SPDX-License-Identifier: Apache-2.0
//
// ForkHold: while one lives, no other thread forks. Held by whoever makes something that the child
// of a fork must not find half made: the bus of the process, or the bus of such a child.
//
// Thread safety: one thread at a time; others wait. A thread that has one may have more. Taken
// before all other locks of a bus.
#ifndef TRACEBUS_BUS_FORK_HOLD_H_
#define TRACEBUS_BUS_FORK_HOLD_H_

namespace tracebus {
inline namespace v1 {

class ForkHold {
 public:
  ForkHold() noexcept;
  ForkHold(const ForkHold&) = delete;
  ForkHold& operator=(const ForkHold&) = delete;
  ~ForkHold();
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_FORK_HOLD_H_
