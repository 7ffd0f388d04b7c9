// SPDX-License-Identifier: Apache-2.0
//
// Processor time of this process by thread name, from /proc/self/task: which part of a pipeline
// limits it, also on a machine that is busy otherwise.
#ifndef TRACEBUS_BENCH_THREAD_TIMES_H_
#define TRACEBUS_BENCH_THREAD_TIMES_H_

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace tracebus::bench {

// Of all threads that live, in nanoseconds. Empty where the kernel does not tell.
inline std::map<std::string, double> thread_times_ns() {
  std::map<std::string, double> times;
  std::error_code error;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", error)) {
    std::string name;
    double on_processor_ns = 0;
    std::ifstream(task.path() / "comm") >> name;
    if (std::ifstream(task.path() / "schedstat") >> on_processor_ns) times[name] += on_processor_ns;
  }
  return times;
}

}  // namespace tracebus::bench

#endif  // TRACEBUS_BENCH_THREAD_TIMES_H_
