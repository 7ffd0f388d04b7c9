// SPDX-License-Identifier: Apache-2.0
//
// A real file system of one megabyte for a test's body, in a child process with a mount namespace
// of its own, so that nothing of it is left behind.
#ifndef TRACEBUS_TESTS_EXPORTERS_SMALL_DISK_H_
#define TRACEBUS_TESTS_EXPORTERS_SMALL_DISK_H_

#include <cstddef>
#include <functional>
#include <string>

namespace tracebus::testing {

inline constexpr std::size_t kSmallDiskBytes = std::size_t{1} << 20;

// Runs body with the folder where the disk is mounted. Fails the test, with what the system would
// not do, where neither root nor a user namespace may mount one; and if body fails, or takes longer
// than a minute. REQUIRES: the process has one thread.
void with_small_disk(const std::function<void(const std::string& folder)>& body);

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_EXPORTERS_SMALL_DISK_H_
