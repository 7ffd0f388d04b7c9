// SPDX-License-Identifier: Apache-2.0
//
// LoopbackServer: an endpoint that answers what the test says, also what no endpoint should.
#ifndef TRACEBUS_TESTS_TOOLS_EXAMPLES_LOOPBACK_SERVER_H_
#define TRACEBUS_TESTS_TOOLS_EXAMPLES_LOOPBACK_SERVER_H_

#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tracebus::testing {

// On a free port of the loopback interface, one connection after the other.
class LoopbackServer {
 public:
  enum class Then { kClose, kKeepOpen };

  // answer: the bytes that each connection gets when its request has arrived, whole; then it is
  // closed. Without an answer, and if so wanted, it is kept open until the client or the server
  // goes.
  explicit LoopbackServer(std::string answer, Then then = Then::kClose);
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;
  ~LoopbackServer();

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::vector<std::string> requests() const;  // so far, whole

 private:
  void serve();
  void answer_one(int connection);

  const std::string answer_;
  const Then then_;
  int listener_ = -1;
  int stop_[2] = {-1, -1};  // a pipe: readable when the server is to go
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;  // under mutex_
  std::thread thread_;
};

// A whole HTTP answer with a JSON body.
std::string http_answer(int status, std::string_view body);
// One with an event stream, which ends with its connection.
std::string http_stream(std::string_view events);

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_TOOLS_EXAMPLES_LOOPBACK_SERVER_H_
