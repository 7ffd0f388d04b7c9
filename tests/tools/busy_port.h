// SPDX-License-Identifier: Apache-2.0
//
// BusyPort: a port of this machine that nobody else gets for as long as it lives.
#ifndef TRACEBUS_TESTS_TOOLS_BUSY_PORT_H_
#define TRACEBUS_TESTS_TOOLS_BUSY_PORT_H_

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

namespace tracebus::testing {

class BusyPort {
 public:
  // listens: else who connects is refused.
  explicit BusyPort(bool listens) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const address = reinterpret_cast<sockaddr*>(&address_);
    socklen_t bytes = sizeof address_;
    EXPECT_EQ(::bind(socket_, address, bytes), 0);
    EXPECT_EQ(::getsockname(socket_, address, &bytes), 0);
    if (listens) {
      EXPECT_EQ(::listen(socket_, 1), 0);
    }
  }
  BusyPort(const BusyPort&) = delete;
  BusyPort& operator=(const BusyPort&) = delete;
  ~BusyPort() { ::close(socket_); }

  std::string text() const { return std::to_string(ntohs(address_.sin_port)); }

 private:
  const int socket_;
  sockaddr_in address_{};
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_TOOLS_BUSY_PORT_H_
