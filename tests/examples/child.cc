// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/examples/child.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include "tracebus/tests/bus/bus_test_support.h"

namespace tracebus::testing {

Child::Child(const std::vector<std::string>& command, char* const* environment) {
  std::vector<char*> arguments;
  for (const std::string& text : command) arguments.push_back(const_cast<char*>(text.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, folder_.file("out").c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int error = posix_spawn(&id_, arguments[0], &actions, nullptr, arguments.data(),
                                environment != nullptr ? environment : environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("cannot start " + command[0]);
}

Child::~Child() {
  if (id_ == -1) return;
  kill(id_, SIGKILL);
  waitpid(id_, nullptr, 0);
}

bool Child::has_ended() {
  if (id_ != -1 && waitpid(id_, &status_, WNOHANG) == id_) id_ = -1;
  return id_ == -1;
}

int Child::wait() {
  if (!eventually([this] { return has_ended(); })) {
    kill(id_, SIGKILL);
    waitpid(id_, &status_, 0);
    id_ = -1;
  }
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
}

}  // namespace tracebus::testing
