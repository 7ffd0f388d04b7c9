// SPDX-License-Identifier: Apache-2.0
//
// A child process that judges itself, and whose end is timed.
#ifndef TRACEBUS_TESTS_BUS_CHILD_PROCESS_H_
#define TRACEBUS_TESTS_BUS_CHILD_PROCESS_H_

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>

namespace tracebus::testing {

// Returns what is wrong; empty if all is well.
using ChildBody = std::function<std::string()>;

class ChildProcess {
 public:
  // Forks. The child runs body, reports what it returned, and ends by exit().
  explicit ChildProcess(const ChildBody& body);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  // Kills a child that was not waited for.
  ~ChildProcess();

  pid_t id() const noexcept { return id_; }
  // What the child reported, or what is wrong with its end: that it took longer than body_limit to
  // report or longer than exit_limit to exit, or how it died. Once.
  std::string wait(std::chrono::milliseconds body_limit, std::chrono::milliseconds exit_limit);

 private:
  std::string read_report(std::chrono::milliseconds limit);
  std::string reap(std::chrono::milliseconds limit);

  pid_t id_ = -1;
  int report_ = -1;  // the end of the pipe to read from
};

// A child with the usual limits: it exits within a second of its report.
std::string run_child(const ChildBody& body);

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_BUS_CHILD_PROCESS_H_
