// SPDX-License-Identifier: Apache-2.0
//
// Peer: a receiver of OTLP in Node.js, in a process of its own, and the lines that it tells of what
// it got. Thread safety: any thread.
#ifndef TRACEBUS_TESTS_OTLP_PEER_PEER_H_
#define TRACEBUS_TESTS_OTLP_PEER_PEER_H_

#include <sys/types.h>

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tracebus::testing {

class Peer {
 public:
  // Starts a script of this folder, and waits until it listens.
  explicit Peer(const std::string& script, std::vector<std::string> arguments = {});
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer();

  int port() const noexcept { return port_; }
  // As a receiver is killed whose machine loses power.
  void kill();

  // What was told so far under this word, "span" or "request", in its order: all that a receiver
  // told before it answered, once there is an answer.
  std::vector<std::string> told(std::string_view word) const;
  // The same, once so many are there; what is there by then if they do not come.
  std::vector<std::string> wait_for(std::string_view word, std::size_t lines) const;

 private:
  void read_all();
  void take_lines();
  bool has_read_all() const;  // of what the pipe holds; REQUIRES: mutex_ is held

  pid_t process_ = 0;
  int output_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::string unread_;
  std::vector<std::string> lines_;
  std::thread reading_;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_OTLP_PEER_PEER_H_
