// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/prometheus/scrape_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace tracebus::testing {
namespace {

constexpr int kPatienceMs = 60'000;

// The bytes of all chunks; whole once the last one has come.
std::string join_chunks(std::string_view bytes, bool& whole) {
  std::string joined;
  whole = false;
  while (true) {
    const std::size_t line = bytes.find("\r\n");
    if (line == bytes.npos) return joined;
    const std::size_t size = std::strtoul(std::string(bytes.substr(0, line)).c_str(), nullptr, 16);
    bytes.remove_prefix(line + 2);
    if (bytes.size() < size + 2) return joined;
    if (size == 0) {
      whole = bytes == "\r\n";
      return joined;
    }
    joined += bytes.substr(0, size);
    if (bytes.substr(size, 2) != "\r\n") return joined;
    bytes.remove_prefix(size + 2);
  }
}

}  // namespace

std::string HttpReply::header(std::string_view name) const {
  std::string lower = head;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  });
  const std::size_t at = lower.find("\r\n" + std::string(name) + ": ");
  if (at == lower.npos) return {};
  const std::size_t begin = at + name.size() + 4;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

HttpReply parse_reply(const std::string& bytes, bool has_body) {
  HttpReply reply;
  const std::size_t end = bytes.find("\r\n\r\n");
  if (!bytes.starts_with("HTTP/1.1 ") || end == bytes.npos) return reply;
  reply.status = std::atoi(bytes.c_str() + 9);
  reply.head = bytes.substr(0, end + 2);
  const std::string body = bytes.substr(end + 4);
  if (!has_body) {
    reply.whole = body.empty();
  } else if (reply.header("transfer-encoding") == "chunked") {
    reply.body = join_chunks(body, reply.whole);
  } else {
    reply.body = body;
    const std::string length = reply.header("content-length");
    reply.whole = length.empty() || length == std::to_string(body.size());
  }
  return reply;
}

ScrapeClient::ScrapeClient(std::uint16_t port, int receive_bytes)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_bytes != 0) {
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

ScrapeClient::~ScrapeClient() { ::close(fd_); }

bool ScrapeClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool ScrapeClient::read_some(std::string& to) {
  pollfd ready = {.fd = fd_, .events = POLLIN, .revents = 0};
  if (::poll(&ready, 1, kPatienceMs) <= 0) return false;
  char bytes[16384];
  const ssize_t count = ::recv(fd_, bytes, sizeof bytes, 0);
  ended_ = count <= 0;
  ended_well_ = count == 0;
  if (ended_) return false;
  to.append(bytes, static_cast<std::size_t>(count));
  return true;
}

std::string ScrapeClient::read_to_end() {
  std::string all;
  while (read_some(all)) {
  }
  return all;
}

std::string ScrapeClient::read(std::size_t bytes) {
  std::string all;
  while (all.size() < bytes && read_some(all)) {
  }
  return all;
}

bool ScrapeClient::ends() {
  read_to_end();
  return ended_;
}

HttpReply get(std::uint16_t port, std::string_view target, std::string_view headers,
              std::string_view method) {
  ScrapeClient client(port);
  std::string request(method);
  request += " " + std::string(target) + " HTTP/1.1\r\nHost: localhost:" + std::to_string(port);
  request += "\r\n" + std::string(headers) + "\r\n";
  if (!client.is_connected() || !client.send(request)) return {};
  return parse_reply(client.read_to_end(), method != "HEAD");
}

}  // namespace tracebus::testing
