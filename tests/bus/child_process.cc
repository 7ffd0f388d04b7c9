// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/bus/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "tracebus/tests/bus/test_scale.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr char kEndOfReport = '\0';

[[noreturn]] void be_child(int report, const ChildBody& body) {
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  // The sanitizers cannot follow threads that a child starts, and their own locks do not survive a
  // fork: the parent alone is on trial.
  const char none = kEndOfReport;
  _exit(write(report, &none, 1) == 1 ? EXIT_SUCCESS : EXIT_FAILURE);
#endif
  const std::string text = body() + kEndOfReport;
  const ssize_t written = write(report, text.data(), text.size());
  std::exit(written == static_cast<ssize_t>(text.size()) ? EXIT_SUCCESS : EXIT_FAILURE);
}

}  // namespace

ChildProcess::ChildProcess(const ChildBody& body) {
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) return;
  std::fflush(nullptr);  // or the child writes it once more
  id_ = fork();
  if (id_ == 0) {
    close(ends[0]);
    be_child(ends[1], body);
  }
  close(ends[1]);
  report_ = ends[0];
}

ChildProcess::~ChildProcess() {
  if (report_ >= 0) close(report_);
  if (id_ <= 0) return;
  kill(id_, SIGKILL);
  waitpid(id_, nullptr, 0);
}

std::string ChildProcess::wait(milliseconds body_limit, milliseconds exit_limit) {
  if (id_ <= 0) return "cannot fork";
  std::string problem = read_report(body_limit);
  if (problem.empty()) problem = reap(exit_limit);
  return problem;
}

std::string ChildProcess::read_report(milliseconds limit) {
  const auto deadline = steady_clock::now() + limit;
  std::string report;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now()).count();
    pollfd ready = {report_, POLLIN, 0};
    if (left <= 0 || poll(&ready, 1, static_cast<int>(left)) == 0) return "child hangs: " + report;
    char text[4096];
    const ssize_t size = read(report_, text, sizeof text);
    if (size < 0) continue;
    report.append(text, static_cast<std::size_t>(size));
    if (size == 0) return "child died before its report, " + reap(limit) + ": " + report;
    if (report.back() != kEndOfReport) continue;
    report.pop_back();
    return report;
  }
}

std::string ChildProcess::reap(milliseconds limit) {
  const auto deadline = steady_clock::now() + limit;
  int status = 0;
  while (waitpid(id_, &status, WNOHANG) == 0) {
    if (steady_clock::now() > deadline) return "child hangs in exit";
    std::this_thread::sleep_for(milliseconds(1));
  }
  id_ = -1;
  if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS) return "";
  return WIFSIGNALED(status) ? "killed by signal " + std::to_string(WTERMSIG(status))
                             : "exit status " + std::to_string(WEXITSTATUS(status));
}

std::string run_child(const ChildBody& body) {
  ChildProcess child(body);
  // To exit takes no time, or, where it waits for threads that the child does not have, at least
  // the 5 s of BusOptions::shutdown_timeout_ms.
  return child.wait(within(std::chrono::seconds(20)), within(std::chrono::seconds(4)));
}

}  // namespace tracebus::testing
