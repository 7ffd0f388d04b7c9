// SPDX-License-Identifier: Apache-2.0
//
// ProcessUse: processor time, by thread, and memory of this process at one moment.
#ifndef TRACEBUS_MEASURE_PROCESS_USE_H_
#define TRACEBUS_MEASURE_PROCESS_USE_H_

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>

namespace tracebus {
inline namespace v1 {

struct ThreadTime {
  std::string name;  // as the kernel shows it, at most 15 characters
  std::uint64_t cpu_ns = 0;
};

struct ProcessUse {
  std::map<pid_t, ThreadTime> threads;  // by the kernel's ids of them; empty where /proc is not
  std::uint64_t cpu_ns = 0;             // also of threads that have ended
  std::uint64_t resident_bytes = 0;     // physical memory; 0 where there is no /proc

  static ProcessUse now();
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_MEASURE_PROCESS_USE_H_
