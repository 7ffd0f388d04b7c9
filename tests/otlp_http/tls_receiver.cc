// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/otlp_http/tls_receiver.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string_view>

namespace tracebus::testing {
namespace {

// Starts a program; its standard output is what the descriptor reads.
std::pair<pid_t, int> start(std::vector<std::string> arguments) {
  std::array<int, 2> pipe{};
  EXPECT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  pid_t process = 0;
  EXPECT_EQ(::posix_spawnp(&process, pointers[0], &actions, nullptr, pointers.data(), environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);
  return {process, pipe[0]};
}

// False at the end.
bool read_more(int fd, std::string& to) {
  std::array<char, 65536> buffer;
  const ssize_t got = ::read(fd, buffer.data(), buffer.size());
  if (got > 0) to.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0;
}

}  // namespace

std::string certificate_file(const std::string& name) { return TRACEBUS_CERTIFICATES "/" + name; }

TlsReceiver::TlsReceiver(const std::string& certificate, std::vector<std::string> arguments) {
  std::vector<std::string> all = {"python3", TRACEBUS_TLS_SERVER,
                                  certificate_file(certificate + ".pem"),
                                  certificate_file(certificate + ".key")};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::tie(process_, output_) = start(std::move(all));
  while (unread_.find('\n') == std::string::npos && read_more(output_, unread_)) continue;
  port_ = std::atoi(unread_.c_str());
  EXPECT_GT(port_, 0) << "the server did not start";
  unread_.erase(0, unread_.find('\n') + 1);
  reading_ = std::thread([this] { read_all(); });
}

TlsReceiver::~TlsReceiver() {
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  reading_.join();
  ::close(output_);
}

void TlsReceiver::read_all() {
  do {
    const std::size_t line = unread_.find('\n');
    if (line == std::string::npos) continue;
    const std::size_t bytes = std::strtoull(unread_.c_str(), nullptr, 10);
    if (unread_.size() - line - 1 < bytes) continue;
    receiver_.take(std::string_view(unread_).substr(line + 1, bytes));
    unread_.erase(0, line + 1 + bytes);
  } while (read_more(output_, unread_));
}

}  // namespace tracebus::testing
