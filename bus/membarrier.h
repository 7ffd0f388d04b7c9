// SPDX-License-Identifier: Apache-2.0
//
// A full memory fence on all threads of the process at once: what lets the other side of a protocol
// do without one. See membarrier(2).
#ifndef TRACEBUS_BUS_MEMBARRIER_H_
#define TRACEBUS_BUS_MEMBARRIER_H_

namespace tracebus {
inline namespace v1 {

// Once per process before the first barrier. False if the system has none.
bool enable_barriers() noexcept;
// False if the system has none, or they were not enabled.
bool barrier_on_all_threads() noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_MEMBARRIER_H_
