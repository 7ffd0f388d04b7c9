// SPDX-License-Identifier: Apache-2.0
//
// What one thread asks of the heap, of locks and of the kernel, counted.
//
// Linking quiet_thread.cc puts its own malloc family, operator new and pthread lock calls before
// those of the C library. System calls are counted by a seccomp filter on the calling thread, which
// traps each one; the handler counts it and then makes it. A filter stays for the thread's life.
#ifndef TRACEBUS_TESTS_BUS_QUIET_THREAD_H_
#define TRACEBUS_TESTS_BUS_QUIET_THREAD_H_

#include <cstdint>

namespace tracebus::testing {

struct QuietCounts {
  std::uint64_t allocations = 0;  // and frees
  std::uint64_t locks = 0;
  std::uint64_t system_calls = 0;
};

// Of the calling thread, so far.
QuietCounts quiet_counts() noexcept;

// From now on the calling thread's system calls are counted, but for those that end a thread. False
// if the kernel refuses.
bool watch_system_calls() noexcept;

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_BUS_QUIET_THREAD_H_
