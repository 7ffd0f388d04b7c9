// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bench/peers/lttng_session.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <system_error>
#include <thread>

namespace tracebus::bench {
namespace {

constexpr const char* kSessionName = "tracebus-bench";
constexpr int kDaemonPolls = 100;
constexpr std::chrono::milliseconds kDaemonPoll{50};

// A folder in memory, so that no disk is measured.
std::string make_folder() {
  for (const char* parent : {"/dev/shm", "/tmp"}) {
    std::string path = std::string(parent) + "/tracebus-lttng-XXXXXX";
    if (mkdtemp(path.data()) != nullptr) return path;
  }
  return {};
}

}  // namespace

pid_t start_program(const std::vector<std::string>& command, bool silent) {
  std::vector<char*> arguments;
  for (const std::string& argument : command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  const pid_t child = fork();
  if (child != 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (silent) {
    const int null = open("/dev/null", O_RDWR);
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
  }
  execvp(arguments[0], arguments.data());
  _exit(127);
}

int wait_for_program(pid_t program) {
  int status = 0;
  if (program < 0 || waitpid(program, &status, 0) != program) return 128;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

absl::StatusOr<std::unique_ptr<LttngSession>> LttngSession::start() {
  std::unique_ptr<LttngSession> session(new LttngSession);
  session->folder_ = make_folder();
  if (session->folder_.empty()) return absl::UnavailableError("no folder for LTTng's files");
  // The sockets of a daemon that is not root's lie in here.
  if (geteuid() != 0) setenv("LTTNG_HOME", session->folder_.c_str(), 1);
  if (const absl::Status status = session->start_daemon(); !status.ok()) return status;
  if (const absl::Status status = session->create(); !status.ok()) return status;
  return session;
}

LttngSession::~LttngSession() {
  if (created_) lttng({"destroy", "--no-wait", kSessionName});
  if (daemon_ > 0) {
    kill(daemon_, SIGTERM);
    wait_for_program(daemon_);
  }
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

absl::Status LttngSession::start_daemon() {
  if (lttng({"list"})) return absl::OkStatus();  // one runs already
  daemon_ = start_program({"lttng-sessiond", "--no-kernel"}, true);
  for (int poll = 0; poll < kDaemonPolls; ++poll) {
    if (lttng({"list"})) return absl::OkStatus();
    int status = 0;
    if (daemon_ < 0 || waitpid(daemon_, &status, WNOHANG) == daemon_) {
      daemon_ = -1;
      return absl::UnavailableError("lttng-sessiond ended at once; lttng-tools may be missing");
    }
    std::this_thread::sleep_for(kDaemonPoll);
  }
  return absl::UnavailableError("lttng-sessiond was not ready after 5 s");
}

absl::Status LttngSession::create() {
  lttng({"destroy", kSessionName});  // what an interrupted run left
  created_ = lttng({"create", kSessionName, "--output=" + folder_ + "/trace"});
  const std::string session = std::string("--session=") + kSessionName;
  if (created_ &&
      lttng({"enable-channel", "--userspace", session, "--subbuf-size=2M", "--num-subbuf=8",
             "--blocking-timeout=inf", "--tracefile-size=16M", "--tracefile-count=2", "bench"}) &&
      lttng({"enable-event", "--userspace", session, "--channel=bench", "tracebus_bench:*"}) &&
      lttng({"start", kSessionName})) {
    return absl::OkStatus();
  }
  return absl::UnavailableError("lttng could not set up a session");
}

bool LttngSession::lttng(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command = {"lttng", "--no-sessiond"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return wait_for_program(start_program(command, true)) == 0;
}

}  // namespace tracebus::bench
