// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/exporters/small_disk.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "tracebus/tests/exporters/temporary_folder.h"

namespace tracebus::testing {
namespace {

constexpr unsigned kBodySecondsMax = 60;

// What could not be done, or empty.
std::string failure_of(const char* action, bool ok) {
  if (ok) return {};
  return std::string("cannot ") + action + ": " + std::strerror(errno);
}

// As root of a user namespace where the process is not root, or a root that may not mount.
std::string enter_namespaces() {
  if (::unshare(CLONE_NEWNS) == 0) return {};
  const std::string user = "0 " + std::to_string(::geteuid()) + " 1";
  const std::string group = "0 " + std::to_string(::getegid()) + " 1";
  std::string failure = failure_of("unshare a user and a mount namespace",
                                   ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0);
  if (!failure.empty()) return failure;
  write_file("/proc/self/setgroups", "deny");
  write_file("/proc/self/uid_map", user);
  write_file("/proc/self/gid_map", group);
  return {};
}

std::string mount_disk(const std::string& folder) {
  std::string failure = enter_namespaces();
  if (failure.empty()) {
    failure = failure_of("keep mounts private",
                         ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0);
  }
  if (failure.empty()) {
    failure = failure_of("mount a tmpfs of 1 MB",
                         ::mount("none", folder.c_str(), "tmpfs", 0, "size=1m,mode=0700") == 0);
  }
  return failure;
}

}  // namespace

void with_small_disk(const std::function<void(const std::string& folder)>& body) {
  const TemporaryFolder folder;
  std::fflush(nullptr);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0) << std::strerror(errno);
  if (child == 0) {
    ::alarm(kBodySecondsMax);
    const std::string failure = mount_disk(folder.path().string());
    if (failure.empty()) {
      body(folder.path().string());
    } else {
      ADD_FAILURE() << "this test needs root or user namespaces: " << failure;
    }
    std::fflush(nullptr);
    ::_exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0)
      << "in the child process, status " << status << "; its failures are above";
}

}  // namespace tracebus::testing
