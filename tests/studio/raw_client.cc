// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/studio/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>

namespace tracebus::testing {
namespace {

constexpr timeval kLong = {60, 0};

}  // namespace

RawClient::RawClient(int port, bool v6)
    : fd_(::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &kLong, sizeof kLong);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &kLong, sizeof kLong);
  const auto number = htons(static_cast<std::uint16_t>(port));
  sockaddr_in v4_address{};
  v4_address.sin_family = AF_INET;
  v4_address.sin_port = number;
  v4_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in6 v6_address{};
  v6_address.sin6_family = AF_INET6;
  v6_address.sin6_port = number;
  v6_address.sin6_addr = in6addr_loopback;
  const auto* const address = v6 ? reinterpret_cast<const sockaddr*>(&v6_address)
                                 : reinterpret_cast<const sockaddr*>(&v4_address);
  if (::connect(fd_, address, v6 ? sizeof v6_address : sizeof v4_address) == 0) return;
  ::close(fd_);
  fd_ = -1;
}

RawClient::~RawClient() {
  if (fd_ >= 0) ::close(fd_);
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool RawClient::fill() {
  char buffer[65536];
  const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
  if (got <= 0) return false;
  unread_.append(buffer, static_cast<std::size_t>(got));
  return true;
}

RawAnswer RawClient::read() {
  RawAnswer answer;
  std::size_t end = 0;
  while ((end = unread_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return {};
  }
  answer.head = unread_.substr(0, end + 4);
  unread_.erase(0, end + 4);
  constexpr std::string_view kLength = "Content-Length: ";
  const std::size_t length = answer.head.find(kLength);
  const std::size_t bytes =
      length == std::string::npos
          ? 0
          : std::strtoul(answer.head.c_str() + length + kLength.size(), nullptr, 10);
  while (unread_.size() < bytes) {
    if (!fill()) return {};
  }
  answer.body = unread_.substr(0, bytes);
  unread_.erase(0, bytes);
  answer.status = std::atoi(answer.head.c_str() + sizeof "HTTP/1.1");
  return answer;
}

std::string RawClient::read_until(std::string_view text) {
  std::size_t at = 0;
  while ((at = unread_.find(text)) == std::string::npos) {
    if (!fill()) return {};
  }
  std::string read = unread_.substr(0, at + text.size());
  unread_.erase(0, at + text.size());
  return read;
}

bool RawClient::is_ended() {
  char byte = 0;
  return ::recv(fd_, &byte, 1, 0) == 0;
}

RawAnswer RawClient::ask(int port, std::string_view request) {
  RawClient client(port);
  if (!client.is_connected() || !client.send(request)) return {};
  return client.read();
}

bool this_machine_has_v6() {
  const int fd = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  const bool is_bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return is_bound;
}

std::string post(int port, std::string_view path, std::string_view type, std::string_view body,
                 std::string_view headers) {
  std::string request = "POST ";
  request.append(path).append(" HTTP/1.1\r\nHost: 127.0.0.1:").append(std::to_string(port));
  request.append("\r\nContent-Type: ").append(type).append("\r\n").append(headers);
  request.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n");
  return request.append(body);
}

}  // namespace tracebus::testing
