// SPDX-License-Identifier: Apache-2.0
//
// Processors as a text: numbers and ranges, as taskset(1) and the kernel's cpuset files write them.
#ifndef TRACEBUS_BUS_CPU_LIST_H_
#define TRACEBUS_BUS_CPU_LIST_H_

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

namespace tracebus {
inline namespace v1 {

inline constexpr int kCpuMax = 1023;  // the largest number that a cpu_set_t holds

// "0-3,6" is 0, 1, 2, 3, 6. The result rises and names each processor once. InvalidArgument for
// anything but numbers from 0 to kCpuMax and rising ranges between commas; it says what must be,
// and leaves it to the caller to show the text.
absl::StatusOr<std::vector<int>> parse_cpu_list(std::string_view text);

// The shortest text that parse_cpu_list reads as these processors; those out of range are left out.
std::string cpu_list_text(const std::vector<int>& cpus);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_CPU_LIST_H_
