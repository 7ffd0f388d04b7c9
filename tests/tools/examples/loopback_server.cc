// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/tools/examples/loopback_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace tracebus::testing {
namespace {

// Waits until the socket can be read; false if the server is to go.
bool wait_to_read(int socket, int stop) {
  pollfd waits[] = {{socket, POLLIN, 0}, {stop, POLLIN, 0}};
  while (poll(waits, 2, -1) < 0) {
  }
  return (waits[1].revents & POLLIN) == 0;
}

bool is_whole(const std::string& request) {
  const std::size_t head = request.find("\r\n\r\n");
  if (head == std::string::npos) return false;
  const std::string_view name = "Content-Length: ";
  const std::size_t length = request.find(name);
  if (length == std::string::npos) return true;
  return request.size() - head - 4 >= std::stoul(request.substr(length + name.size()));
}

void send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the client has gone
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

}  // namespace

LoopbackServer::LoopbackServer(std::string answer, Then then)
    : answer_(std::move(answer)), then_(then) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, plain, size) != 0 || listen(listener_, 16) != 0 ||
      getsockname(listener_, plain, &size) != 0 || pipe(stop_) != 0) {
    throw std::runtime_error("no port for a server");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

LoopbackServer::~LoopbackServer() {
  const char byte = 0;
  if (write(stop_[1], &byte, 1) != 1) std::terminate();
  thread_.join();
  for (const int file : {listener_, stop_[0], stop_[1]}) close(file);
}

std::vector<std::string> LoopbackServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void LoopbackServer::serve() {
  while (wait_to_read(listener_, stop_[0])) {
    const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    answer_one(connection);
    close(connection);
  }
}

void LoopbackServer::answer_one(int connection) {
  std::string request;
  char bytes[4096];
  while (!is_whole(request)) {
    if (!wait_to_read(connection, stop_[0])) return;
    const ssize_t received = recv(connection, bytes, sizeof bytes, 0);
    if (received <= 0) return;
    request.append(bytes, static_cast<std::size_t>(received));
  }
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
  }
  send_all(connection, answer_);
  if (answer_.empty() || then_ == Then::kKeepOpen) {
    wait_to_read(connection, stop_[0]);  // until the client gives up, or the test has ended
  }
}

std::string http_answer(int status, std::string_view body) {
  return "HTTP/1.1 " + std::to_string(status) +
         " Whatever\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + std::string(body);
}

std::string http_stream(std::string_view events) {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
         "Connection: close\r\n\r\n" +
         std::string(events);
}

}  // namespace tracebus::testing
