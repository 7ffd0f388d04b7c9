// SPDX-License-Identifier: Apache-2.0
//
// HttpSink: a receiver on this machine that costs next to nothing: the kernel throws the bodies of
// requests away, and every answer is the same. One thread, named "http-sink".
#ifndef TRACEBUS_BENCH_HTTP_SINK_H_
#define TRACEBUS_BENCH_HTTP_SINK_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <thread>

namespace tracebus::bench {

class HttpSink {
 public:
  static constexpr std::string_view kTaken = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

  // answer: a whole one, that stays.
  explicit HttpSink(std::string_view answer = kTaken);
  HttpSink(const HttpSink&) = delete;
  HttpSink& operator=(const HttpSink&) = delete;
  ~HttpSink();

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::uint64_t requests() const noexcept { return requests_.load(); }
  std::uint64_t body_bytes() const noexcept { return body_bytes_.load(); }

 private:
  struct Peer {
    std::string head;             // of the request that is on its way
    std::uint64_t body_left = 0;  // once the head is whole
  };

  void serve();
  void accept_peer();
  bool take(int fd, Peer& peer);
  bool take_head(int fd, Peer& peer);
  bool finish_head(int fd, Peer& peer, std::size_t end);
  bool answer(int fd, Peer& peer);

  const std::string_view answer_;
  int listen_fd_ = -1;
  int stop_fd_ = -1;
  int port_ = 0;
  std::atomic<std::uint64_t> requests_{0};
  std::atomic<std::uint64_t> body_bytes_{0};
  std::map<int, Peer> peers_;  // of the thread
  std::thread thread_;
};

}  // namespace tracebus::bench

#endif  // TRACEBUS_BENCH_HTTP_SINK_H_
