// SPDX-License-Identifier: Apache-2.0
//
// What the process takes of the processors: how a test tells a thread that sleeps from one that
// spins, on a machine that is busy with other things, too.
#ifndef TRACEBUS_TESTS_BUS_PROCESS_CPU_H_
#define TRACEBUS_TESTS_BUS_PROCESS_CPU_H_

#include <time.h>

#include <chrono>
#include <cstdint>
#include <thread>

#include "tracebus/tests/bus/bus_test_support.h"

namespace tracebus::testing {

inline std::chrono::nanoseconds process_cpu() {
  timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// Whether the process falls asleep: so little of the processors is used in some window of that
// length. What has not settled yet, because its thread was late, settles in the next window; what
// spins never does.
inline bool falls_asleep(std::chrono::milliseconds window, std::chrono::nanoseconds most) {
  return eventually([&] {
    const std::chrono::nanoseconds before = process_cpu();
    std::this_thread::sleep_for(window);
    return process_cpu() - before < most;
  });
}

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_BUS_PROCESS_CPU_H_
