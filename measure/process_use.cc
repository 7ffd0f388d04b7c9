// SPDX-License-Identifier: Apache-2.0
#include "tracebus/measure/process_use.h"

#include <dirent.h>
#include <time.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <optional>
#include <string_view>

namespace tracebus {
inline namespace v1 {
namespace {

constexpr const char* kTasks = "/proc/self/task";

std::optional<std::uint64_t> read_clock(clockid_t clock) noexcept {
  timespec time;
  if (clock_gettime(clock, &time) != 0) return std::nullopt;
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec);
}

// The clock that pthread_getcpuclockid gives, for a thread of which only the id is known: the
// complement of the id above three bits, which say "of one thread" (4) and "time it ran" (2). See
// include/linux/posix-timers.h of the kernel, MAKE_THREAD_CPUCLOCK.
clockid_t cpu_clock_of(pid_t thread) noexcept {
  return static_cast<clockid_t>(~static_cast<std::uint32_t>(thread) << 3 | 6u);
}

std::string name_of(pid_t thread) {
  std::string name;
  std::getline(std::ifstream(std::string(kTasks) + "/" + std::to_string(thread) + "/comm"), name);
  return name;
}

std::map<pid_t, ThreadTime> thread_times() {
  std::map<pid_t, ThreadTime> times;
  DIR* const folder = opendir(kTasks);
  if (folder == nullptr) return times;
  while (const dirent* const entry = readdir(folder)) {
    const std::string_view text = entry->d_name;
    pid_t thread = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), thread);
    if (parsed.ec != std::errc() || thread <= 0) continue;
    const auto cpu_ns = read_clock(cpu_clock_of(thread));
    if (cpu_ns) times.emplace(thread, ThreadTime{name_of(thread), *cpu_ns});
  }
  closedir(folder);
  return times;
}

std::uint64_t resident() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t all_pages = 0;
  std::uint64_t resident_pages = 0;
  if (!(file >> all_pages >> resident_pages)) return 0;
  return resident_pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

ProcessUse ProcessUse::now() {
  return {thread_times(), read_clock(CLOCK_PROCESS_CPUTIME_ID).value_or(0), resident()};
}

}  // namespace v1
}  // namespace tracebus
