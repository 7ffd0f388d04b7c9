// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/http/scripted_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPatience{60'000};  // then the test has failed anyway
constexpr std::size_t kHeadBytesMax = std::size_t{1} << 20;

sockaddr_in any_port() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Bound to a port of the system's choice.
std::pair<int, int> bound_socket() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = any_port();
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(::bind(fd, generic, size), 0);
  EXPECT_EQ(::getsockname(fd, generic, &size), 0);
  return {fd, ntohs(address.sin_port)};
}

}  // namespace

std::string RequestHead::header(std::string_view name) const {
  const std::string wanted = std::string(name) + ":";
  for (std::size_t at = text.find("\r\n"); at != std::string::npos; at = text.find("\r\n", at)) {
    at += 2;
    if (strncasecmp(text.c_str() + at, wanted.c_str(), wanted.size()) != 0) continue;
    const std::size_t begin = text.find_first_not_of(' ', at + wanted.size());
    return text.substr(begin, text.find("\r\n", at) - begin);
  }
  return {};
}

bool Connection::wait_for(short events, milliseconds timeout) {
  std::array<pollfd, 2> fds = {{{fd_, events, 0}, {stop_fd_, POLLIN, 0}}};
  const int ready = ::poll(fds.data(), fds.size(), static_cast<int>(timeout.count()));
  return ready > 0 && fds[1].revents == 0;
}

std::string Connection::read(std::size_t bytes) {
  std::array<char, 16384> buffer;
  while (unread_.size() < bytes && is_open()) {
    if (!wait_for(POLLIN, kPatience)) break;
    const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (got <= 0) break;
    unread_.append(buffer.data(), static_cast<std::size_t>(got));
  }
  const std::string taken = unread_.substr(0, bytes);
  unread_.erase(0, bytes);
  return taken;
}

std::optional<RequestHead> Connection::read_head() {
  RequestHead head;
  while (!head.text.ends_with("\r\n\r\n")) {
    const std::string byte = read(1);
    if (byte.empty() || head.text.size() == kHeadBytesMax) return std::nullopt;
    head.text += byte;
  }
  head.body_bytes = std::strtoull(head.header("Content-Length").c_str(), nullptr, 10);
  return head;
}

std::string Connection::read_body(const RequestHead& head) { return read(head.body_bytes); }

bool Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!is_open() || !wait_for(POLLOUT, kPatience)) return false;
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) return false;
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool Connection::send_slowly(std::string_view bytes, milliseconds pause) {
  for (const char& byte : bytes) {
    if (!send({&byte, 1})) return false;
    if (wait_for(POLLIN, pause)) return false;  // the peer speaks or is gone
    pollfd stop = {stop_fd_, POLLIN, 0};
    if (::poll(&stop, 1, 0) != 0) return false;
  }
  return true;
}

bool Connection::answer(std::string_view status, std::string_view headers, std::string_view body) {
  std::string text = "HTTP/1.1 " + std::string(status) + "\r\n";
  text.append(headers).append("Content-Length: ").append(std::to_string(body.size()));
  return send(text.append("\r\n\r\n").append(body));
}

void Connection::hang() {
  std::array<char, 16384> buffer;
  while (is_open() && wait_for(POLLIN, kPatience)) {
    if (::recv(fd_, buffer.data(), buffer.size(), 0) <= 0) break;
  }
  close();
}

void Connection::close() {
  if (is_open()) ::close(std::exchange(fd_, -1));
}

void Connection::reset() {
  const linger at_once = {1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

ScriptedServer::ScriptedServer(Script script) : script_(std::move(script)) {
  std::tie(listen_fd_, port_) = bound_socket();
  stop_fd_ = ::eventfd(0, EFD_CLOEXEC);
  EXPECT_EQ(::listen(listen_fd_, 64), 0);
  accepting_ = std::thread([this] { accept_all(); });
}

ScriptedServer::~ScriptedServer() {
  const std::uint64_t one = 1;
  EXPECT_EQ(::write(stop_fd_, &one, sizeof one), static_cast<ssize_t>(sizeof one));
  accepting_.join();
  for (std::thread& thread : threads_) thread.join();
  ::close(listen_fd_);
  ::close(stop_fd_);
}

void ScriptedServer::accept_all() {
  for (;;) {
    std::array<pollfd, 2> fds = {{{listen_fd_, POLLIN, 0}, {stop_fd_, POLLIN, 0}}};
    ::poll(fds.data(), fds.size(), -1);
    if (fds[1].revents != 0) return;
    const int fd = ::accept4(listen_fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    connections_.fetch_add(1);
    threads_.emplace_back([this, fd] { serve(fd); });
  }
}

void ScriptedServer::serve(int fd) {
  Connection connection(fd, stop_fd_);
  while (connection.is_open()) {
    std::optional<RequestHead> head = connection.read_head();
    if (!head) return;
    head->number = requests_.fetch_add(1) + 1;
    script_(connection, *head);
  }
}

int closed_port() {
  const auto [fd, port] = bound_socket();
  ::close(fd);
  return port;
}

}  // namespace tracebus::testing
