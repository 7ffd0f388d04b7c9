// SPDX-License-Identifier: Apache-2.0
//
// HttpSession: one connection of an HttpServer, request by request.
//
// Thread safety: the server's thread.
#ifndef TRACEBUS_STUDIO_HTTP_SESSION_H_
#define TRACEBUS_STUDIO_HTTP_SESSION_H_

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tracebus/studio/http_call.h"
#include "tracebus/studio/http_server.h"
#include "tracebus/studio/http_workers.h"

namespace tracebus {
inline namespace v1 {

// What the sessions of a server share.
struct HttpSite {
  HttpServerOptions options;
  HttpHandler handler;
  HttpGuard guard;
  HttpWorkers workers = {};
  std::size_t bodies_bytes = 0;  // of all requests that are read or answered
  std::size_t feeds = 0;         // connections on which a stream goes on
};

class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(boost::asio::ip::tcp::socket socket, HttpSite& site);
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  using Socket = boost::asio::ip::tcp::socket;
  struct Events {
    std::function<void(HttpSession*)> over;  // once, at its end
    std::function<void()> idle;              // each time when it waits for another request
    // The answer goes on with its stream behind the head, and the session is over.
    std::function<void(Socket, std::shared_ptr<HttpStream>, std::string head)> streams;
  };
  void start(Events events);
  // Between two requests, or before the first.
  bool is_idle() const noexcept { return is_idle_; }
  // Ends at once if it is idle, else after the answer that it owes.
  void end();
  void abort();

 private:
  using Error = boost::system::error_code;
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  template <class Step>
  void take(const Step& step);
  void read_head();
  void take_head(const Error& error);
  bool admit(HttpReply& refusal);
  void read_body();
  void take_body(const Error& error);
  void call();
  HttpReply reply_to(const HttpCall& asked) const;
  void answer(HttpReply reply);
  void refuse(HttpReply reply);
  void send(HttpReply reply);
  std::string head_of(const HttpReply& reply) const;
  void sent(const Error& error);
  void linger();
  void release_body() noexcept;
  void finish();

  HttpSite& site_;
  Events events_;  // without over: it is over
  std::string local_address_;
  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::string sending_;
  std::string lingering_;
  std::size_t lingered_bytes_ = 0;
  std::size_t reserved_bytes_ = 0;  // of site_.bodies_bytes
  bool is_idle_ = true;
  bool is_last_ = false;  // the connection is not kept
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_HTTP_SESSION_H_
