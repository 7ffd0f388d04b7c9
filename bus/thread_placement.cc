// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/thread_placement.h"

#include <absl/strings/str_cat.h>
#include <errno.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <string>
#include <system_error>
#include <vector>

#include "tracebus/bus/cpu_list.h"

namespace tracebus {
inline namespace v1 {
namespace {

static_assert(kCpuMax == CPU_SETSIZE - 1);

std::string error_text(int error) { return std::generic_category().message(error); }

std::vector<int> cpus_of(const cpu_set_t& set) {
  std::vector<int> cpus;
  for (int cpu = 0; cpu <= kCpuMax; ++cpu) {
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  }
  return cpus;
}

// Where this thread may run; empty if the kernel does not say.
std::vector<int> current_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return {};
  return cpus_of(set);
}

// What went wrong, or nothing. The kernel takes a set of which it knows or allows only a part, and
// goes by that part.
std::string bind_to(const std::vector<int>& cpus) {
  if (cpus.empty()) return {};
  cpu_set_t wished;
  CPU_ZERO(&wished);
  for (const int cpu : cpus) {
    assert(cpu >= 0 && cpu <= kCpuMax);
    CPU_SET(static_cast<std::size_t>(cpu), &wished);
  }
  const int error = sched_setaffinity(0, sizeof wished, &wished) == 0 ? 0 : errno;
  const std::vector<int> actual = current_cpus();
  if (error == 0 && (actual.empty() || actual == cpus_of(wished))) return {};
  return absl::StrCat("cannot run on all of processors ", cpu_list_text(cpus),
                      error == 0 ? "" : ": ", error == 0 ? "" : error_text(error), "; runs on ",
                      cpu_list_text(actual),
                      ": choose from those that the machine and the container's cpuset have");
}

std::string set_nice(int nice) {
  if (nice == 0) return {};
  // On Linux the nice value belongs to the thread, and so PRIO_PROCESS takes a thread's id.
  if (setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), nice) == 0) return {};
  const int error = errno;
  return absl::StrCat("cannot set nice to ", nice, ": ", error_text(error),
                      "; grant CAP_SYS_NICE or raise the limit (ulimit -e ", 20 - nice,
                      "), or choose a higher value");
}

}  // namespace

absl::Status place_this_thread(const ThreadOptions& options) {
  const std::string cpus = bind_to(options.cpus);
  const std::string nice = set_nice(options.nice);
  if (cpus.empty() && nice.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(cpus, cpus.empty() || nice.empty() ? "" : "; ", nice));
}

}  // namespace v1
}  // namespace tracebus
