// SPDX-License-Identifier: Apache-2.0
//
// HttpFeed: a connection of an HttpServer on which an answer goes on (http_stream.h).
//
// What waits in it is one piece, and what the system holds for the socket, kSendBufferBytes. A peer
// that does not take a piece in time is let go.
//
// Thread safety: the server's thread, but for the wake that its stream keeps.
#ifndef TRACEBUS_STUDIO_HTTP_FEED_H_
#define TRACEBUS_STUDIO_HTTP_FEED_H_

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "tracebus/studio/http_server.h"
#include "tracebus/studio/http_stream.h"

namespace tracebus {
inline namespace v1 {

class HttpFeed : public std::enable_shared_from_this<HttpFeed> {
 public:
  static constexpr int kSendBufferBytes = 256 << 10;

  // owner: of what the socket runs on; a wake that comes later than that does nothing.
  HttpFeed(boost::asio::ip::tcp::socket socket, std::shared_ptr<HttpStream> stream,
           const HttpServerOptions& options, const std::weak_ptr<void>& owner);
  HttpFeed(const HttpFeed&) = delete;
  HttpFeed& operator=(const HttpFeed&) = delete;

  // begin: the head of the answer. over: called once, at its end.
  void start(std::string begin, std::function<void(HttpFeed*)> over);
  void end();

 private:
  using Error = boost::system::error_code;

  void pull();
  void write();
  void wait();
  void expect(std::chrono::milliseconds time);
  void watch_peer();
  HttpStream::Wake make_wake();

  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;  // of the piece that is written, or of the silence
  std::shared_ptr<HttpStream> stream_;
  const std::chrono::milliseconds piece_timeout_;
  const std::chrono::milliseconds silence_;
  const std::weak_ptr<void> owner_;
  HttpStream::Wake wake_;
  std::function<void(HttpFeed*)> over_;  // null: it is over
  std::string piece_;
  std::array<char, 512> unwanted_;  // what the peer still says
  bool is_waiting_ = false;         // for the stream
  bool is_last_ = false;            // the end follows the piece
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_HTTP_FEED_H_
