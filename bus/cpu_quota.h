// SPDX-License-Identifier: Apache-2.0
//
// How many processors a process may use at a time, which in a container may be less than the
// machine has, and less than one. A host that runs more busy threads than that is stopped by the
// kernel for the rest of each period, typically 100 ms.
//
// Sources: cgroups(7) and the kernel's cgroup-v2.rst, "cpu.max"; sched-bwc.rst, "cpu.cfs_quota_us"
// for version 1; proc_pid_mountinfo(5).
#ifndef TRACEBUS_BUS_CPU_QUOTA_H_
#define TRACEBUS_BUS_CPU_QUOTA_H_

#include <optional>
#include <string>

namespace tracebus {
inline namespace v1 {

// What the control groups of the process allow, in processors: the smallest quota of its own group
// and of all above it that can be seen, of either version. Nothing: no quota. Whatever is missing,
// unreadable or odd is no quota. Any thread; it reads files. root is where proc and sys are.
std::optional<double> cpu_quota(const std::string& root = "/");

// How many processors the calling thread may run on; at least 1.
int affinity_cpus() noexcept;

// The smaller of both: at least 0.01.
double usable_cpus(const std::string& root = "/");

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_CPU_QUOTA_H_
