// SPDX-License-Identifier: Apache-2.0
//
// ScriptedServer: an HTTP server on a port of this machine that does what a test tells it, well or
// badly. Plain sockets, so that nothing stands between the script and the bytes.
//
// Thread safety: the script runs on a thread for each connection, several at once.
#ifndef TRACEBUS_TESTS_HTTP_SCRIPTED_SERVER_H_
#define TRACEBUS_TESTS_HTTP_SCRIPTED_SERVER_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tracebus::testing {

// What came before a body.
struct RequestHead {
  std::size_t number = 0;  // 1, 2, ... of all the server's requests
  std::string text;        // the request line and the headers, as they came
  std::size_t body_bytes = 0;

  // Empty if there is none.
  std::string header(std::string_view name) const;
};

// One connection, as its script sees it. What cannot be done any more, because the peer or the
// server is gone, is not done and returns false.
class Connection {
 public:
  // REQUIRES: stop_fd becomes readable when the server stops.
  Connection(int fd, int stop_fd) : fd_(fd), stop_fd_(stop_fd) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { close(); }

  std::optional<RequestHead> read_head();
  std::string read_body(const RequestHead& head);
  // Less than that only where the connection ends.
  std::string read(std::size_t bytes);

  bool send(std::string_view bytes);
  // A byte at a time, with a pause behind each.
  bool send_slowly(std::string_view bytes, std::chrono::milliseconds pause);
  // "HTTP/1.1 200 OK" and so on; headers: each with its line end.
  bool answer(std::string_view status, std::string_view headers = {}, std::string_view body = {});

  // Until the peer is gone or the server stops.
  void hang();
  void close();
  // So that the peer sees its connection reset.
  void reset();
  bool is_open() const noexcept { return fd_ >= 0; }

 private:
  bool wait_for(short events, std::chrono::milliseconds timeout);

  int fd_;
  const int stop_fd_;
  std::string unread_;
};

class ScriptedServer {
 public:
  // Called for each request that comes; the connection goes on to the next if it is open after.
  using Script = std::function<void(Connection&, const RequestHead&)>;

  explicit ScriptedServer(Script script);
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer();

  int port() const noexcept { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::size_t requests() const noexcept { return requests_.load(); }
  std::size_t connections() const noexcept { return connections_.load(); }

 private:
  void accept_all();
  void serve(int fd);

  const Script script_;
  int listen_fd_ = -1;
  int stop_fd_ = -1;
  int port_ = 0;
  std::atomic<std::size_t> requests_{0};
  std::atomic<std::size_t> connections_{0};
  std::vector<std::thread> threads_;  // of accept_all's thread alone, until that is joined
  std::thread accepting_;
};

// A port at which nobody listens.
int closed_port();

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_HTTP_SCRIPTED_SERVER_H_
