// SPDX-License-Identifier: Apache-2.0
//
// The threads of this process by their names, as the system lists them: a little longer than that
// they can be joined.
#ifndef TRACEBUS_TESTS_BUS_THREAD_NAMES_H_
#define TRACEBUS_TESTS_BUS_THREAD_NAMES_H_

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace tracebus::testing {

// Those whose names begin so; those of a bus do with "tb-".
inline int threads_named(std::string_view prefix) {
  int found = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(task.path() / "comm"), name);
    found += name.starts_with(prefix) ? 1 : 0;
  }
  return found;
}

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_BUS_THREAD_NAMES_H_
