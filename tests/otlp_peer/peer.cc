// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/otlp_peer/peer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <utility>

#include "tracebus/tests/bus/bus_test_support.h"

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

}  // namespace

Peer::Peer(const std::string& script, std::vector<std::string> arguments) {
  std::vector<std::string> all = {"env", "NODE_PATH=" TRACEBUS_PEER_MODULES, "node",
                                  TRACEBUS_PEER_SCRIPTS "/" + script};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::tie(process_, output_) = start(std::move(all));
  reading_ = std::thread([this] { read_all(); });
  const std::vector<std::string> ports = wait_for("port", 1);
  EXPECT_FALSE(ports.empty()) << "the receiver did not start; is what it needs installed in "
                              << TRACEBUS_PEER_MODULES << "?";
  if (!ports.empty()) port_ = std::atoi(ports[0].c_str());
}

Peer::~Peer() {
  kill();
  reading_.join();
  ::waitpid(process_, nullptr, 0);
  ::close(output_);
}

void Peer::kill() { ::kill(process_, SIGKILL); }

std::vector<std::string> Peer::told(std::string_view word) const {
  std::vector<std::string> found;
  const std::string prefix = std::string(word) + ' ';
  const auto deadline = std::chrono::steady_clock::now() + kLong;
  std::unique_lock lock(mutex_);
  while (!has_read_all() && std::chrono::steady_clock::now() < deadline) {
    lock.unlock();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    lock.lock();
  }
  for (const std::string& line : lines_) {
    if (line.starts_with(prefix)) found.push_back(line.substr(prefix.size()));
  }
  return found;
}

std::vector<std::string> Peer::wait_for(std::string_view word, std::size_t lines) const {
  eventually([&] { return told(word).size() >= lines; });
  return told(word);
}

// What was read is a line before anybody else gets the lock.
void Peer::read_all() {
  std::array<char, 65536> buffer;
  for (;;) {
    pollfd readable = {.fd = output_, .events = POLLIN, .revents = 0};
    if (::poll(&readable, 1, -1) < 0) continue;
    const std::lock_guard lock(mutex_);
    const ssize_t got = ::read(output_, buffer.data(), buffer.size());
    if (got <= 0) return;
    unread_.append(buffer.data(), static_cast<std::size_t>(got));
    take_lines();
  }
}

bool Peer::has_read_all() const {
  int bytes = 0;
  return ::ioctl(output_, FIONREAD, &bytes) != 0 || bytes == 0;
}

void Peer::take_lines() {
  std::size_t begin = 0;
  for (std::size_t end; (end = unread_.find('\n', begin)) != std::string::npos; begin = end + 1) {
    lines_.push_back(unread_.substr(begin, end - begin));
  }
  unread_.erase(0, begin);
}

}  // namespace tracebus::testing
