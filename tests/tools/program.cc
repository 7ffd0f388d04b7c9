// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/tools/program.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>

namespace tracebus::testing {

RunningProgram::RunningProgram(const std::vector<std::string>& arguments, const std::string& in) {
  std::vector<char*> argv = {const_cast<char*>(TRACEBUS_PROGRAM)};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, in.empty() ? "/dev/null" : in.c_str(),
                                   O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, folder_.file("out").c_str(), kFlags,
                                   0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, folder_.file("err").c_str(), kFlags,
                                   0600);
  const int error =
      posix_spawn(&process_, TRACEBUS_PROGRAM, &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("cannot start " TRACEBUS_PROGRAM);
}

RunningProgram::~RunningProgram() {
  if (process_ == -1) return;
  send_signal(SIGKILL);
  wait();
}

void RunningProgram::send_signal(int signal) const { kill(process_, signal); }

std::string RunningProgram::out_so_far() const { return read_file(folder_.file("out")); }

std::string RunningProgram::err_so_far() const { return read_file(folder_.file("err")); }

ProgramResult RunningProgram::wait() {
  int status = 0;
  waitpid(process_, &status, 0);
  process_ = -1;
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return {code, read_file(folder_.file("out")), read_file(folder_.file("err"))};
}

ProgramResult run_program(const std::vector<std::string>& arguments, const std::string& in) {
  return RunningProgram(arguments, in).wait();
}

std::optional<Account> account_of(const std::string& out) {
  const std::vector<std::string> lines = lines_of(out);
  if (lines.empty()) return std::nullopt;
  unsigned long long emitted = 0;
  unsigned long long delivered = 0;
  unsigned long long dropped = 0;
  const char* const form = "emitted=%llu delivered=%llu dropped=%llu";
  if (std::sscanf(lines.back().c_str(), form, &emitted, &delivered, &dropped) != 3)
    return std::nullopt;
  // Nothing before, between or after them.
  const std::string exact = "emitted=" + std::to_string(emitted) +
                            " delivered=" + std::to_string(delivered) +
                            " dropped=" + std::to_string(dropped) + "\n";
  if (!out.ends_with(exact) || lines.back().size() + 1 != exact.size()) return std::nullopt;
  return Account{emitted, delivered, dropped};
}

}  // namespace tracebus::testing
