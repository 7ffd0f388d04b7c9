// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bench/http_sink.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace tracebus::bench {
namespace {

constexpr std::string_view kLength = "Content-Length: ";

}  // namespace

HttpSink::HttpSink(std::string_view answer)
    : answer_(answer), listen_fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  ::bind(listen_fd_, generic, size);
  ::listen(listen_fd_, 64);
  ::getsockname(listen_fd_, generic, &size);
  port_ = ntohs(address.sin_port);
  stop_fd_ = ::eventfd(0, EFD_CLOEXEC);
  thread_ = std::thread([this] { serve(); });
}

HttpSink::~HttpSink() {
  ::eventfd_write(stop_fd_, 1);
  thread_.join();
  for (const auto& peer : peers_) ::close(peer.first);
  ::close(listen_fd_);
  ::close(stop_fd_);
}

void HttpSink::serve() {
  pthread_setname_np(pthread_self(), "http-sink");
  std::vector<pollfd> fds;
  for (;;) {
    fds = {{stop_fd_, POLLIN, 0}, {listen_fd_, POLLIN, 0}};
    for (const auto& peer : peers_) fds.push_back({peer.first, POLLIN, 0});
    ::poll(fds.data(), fds.size(), -1);
    if (fds[0].revents != 0) return;
    if (fds[1].revents != 0) accept_peer();
    for (std::size_t i = 2; i < fds.size(); ++i) {
      const int fd = fds[i].fd;
      if (fds[i].revents == 0 || take(fd, peers_[fd])) continue;
      peers_.erase(fd);
      ::close(fd);
    }
  }
}

void HttpSink::accept_peer() {
  const int fd = ::accept4(listen_fd_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd >= 0) peers_[fd] = {};
}

// False once the peer is gone.
bool HttpSink::take(int fd, Peer& peer) {
  if (peer.body_left == 0) return take_head(fd, peer);
  // With this flag TCP throws away what would be copied.
  const std::size_t most = std::min<std::uint64_t>(peer.body_left, std::size_t{8} << 20);
  const ssize_t got = ::recv(fd, nullptr, most, MSG_TRUNC | MSG_DONTWAIT);
  if (got <= 0) return false;
  body_bytes_.fetch_add(static_cast<std::uint64_t>(got));
  peer.body_left -= static_cast<std::uint64_t>(got);
  return peer.body_left != 0 || answer(fd, peer);
}

// Looks before it takes, so that nothing of the body is copied.
bool HttpSink::take_head(int fd, Peer& peer) {
  std::array<char, 4096> buffer;
  const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), MSG_PEEK | MSG_DONTWAIT);
  if (got <= 0) return false;
  const std::size_t before = peer.head.size();
  peer.head.append(buffer.data(), static_cast<std::size_t>(got));
  const std::size_t blank = peer.head.find("\r\n\r\n");
  const std::size_t end = blank == std::string::npos ? peer.head.size() : blank + 4;
  ::recv(fd, buffer.data(), end - before, MSG_DONTWAIT);
  return blank == std::string::npos || finish_head(fd, peer, end);
}

bool HttpSink::finish_head(int fd, Peer& peer, std::size_t end) {
  peer.head.resize(end);
  const std::size_t length = peer.head.find(kLength);
  if (length == std::string::npos) return false;
  peer.body_left = std::strtoull(peer.head.c_str() + length + kLength.size(), nullptr, 10);
  return peer.body_left != 0 || answer(fd, peer);
}

bool HttpSink::answer(int fd, Peer& peer) {
  peer.head.clear();
  requests_.fetch_add(1);
  return ::send(fd, answer_.data(), answer_.size(), MSG_NOSIGNAL) > 0;
}

}  // namespace tracebus::bench
