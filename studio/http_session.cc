// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/http_session.h"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <new>
#include <utility>

#include "tracebus/core/json_writer.h"
#include "tracebus/studio/http_stream.h"

namespace tracebus {
inline namespace v1 {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::uint32_t kHeadBytesMax = 16 << 10;
constexpr std::size_t kLingerBytes = 16 << 10;
constexpr std::size_t kLingerBytesMax = 1 << 20;
constexpr std::chrono::milliseconds kLinger{2'000};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
// What is read is data for programs and for one page, which brings all it needs.
constexpr std::string_view kSecurityHeaders =
    "\r\nContent-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'none'"
    "\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer"
    "\r\nCross-Origin-Resource-Policy: same-origin\r\nCache-Control: no-store";

std::string_view view(beast::string_view text) noexcept { return {text.data(), text.size()}; }

template <class Fields>
int count_of(const Fields& fields, http::field name) {
  return static_cast<int>(fields.count(name));
}

std::string local_address_of(const asio::ip::tcp::socket& socket) {
  boost::system::error_code error;
  const auto address = socket.local_endpoint(error).address();
  if (error) return {};
  return address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
}

}  // namespace

HttpSession::HttpSession(asio::ip::tcp::socket socket, HttpSite& site)
    : site_(site), local_address_(local_address_of(socket)), stream_(std::move(socket)) {}

void HttpSession::start(Events events) {
  events_ = std::move(events);
  read_head();
}

template <class Step>
void HttpSession::take(const Step& step) {
  if (!events_.over) return;
  try {
    step();
  } catch (const std::bad_alloc&) {
    if (events_.over) finish();
  }
}

void HttpSession::read_head() {
  is_idle_ = buffer_.size() == 0;
  parser_.emplace();
  parser_->header_limit(kHeadBytesMax);
  parser_->body_limit(site_.options.body_bytes_max);
  // Of the whole head, however many bytes at a time it comes in; the first may take longer.
  stream_.expires_after(is_idle_ ? site_.options.idle_timeout : site_.options.head_timeout);
  if (!is_idle_) {
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = shared_from_this()](const Error& error, std::size_t) {
                              self->take([&] { self->take_head(error); });
                            });
    return;
  }
  stream_.async_read_some(buffer_.prepare(kLingerBytes),
                          [self = shared_from_this()](const Error& error, std::size_t bytes) {
                            self->take([&] {
                              if (error) return self->finish();
                              self->buffer_.commit(bytes);
                              self->read_head();
                            });
                          });
}

void HttpSession::take_head(const Error& error) {
  if (error == beast::error::timeout) {
    return refuse({.status = 408, .body = "the head of the request did not come in time\n"});
  }
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return refuse({.status = 431, .body = "the head of a request is at most 16384 bytes\n"});
  }
  if (error == http::error::body_limit) {
    return refuse({.status = 413, .body = "the body is larger than this server takes\n"});
  }
  const bool is_of_http = error.category() == Error(http::error::bad_method).category();
  if (error && (!is_of_http || error == http::error::end_of_stream ||
                error == http::error::partial_message)) {
    return finish();
  }
  if (error) return refuse({.status = 400, .body = "this is no request of HTTP/1.1\n"});
  HttpReply refusal;
  if (!admit(refusal)) return refuse(std::move(refusal));
  if (view(parser_->get()[http::field::expect]).empty()) return read_body();
  stream_.expires_after(site_.options.answer_timeout);
  asio::async_write(stream_, asio::buffer(kContinue.data(), kContinue.size()),
                    [self = shared_from_this()](const Error& failed, std::size_t) {
                      self->take([&] { failed ? self->finish() : self->read_body(); });
                    });
}

bool HttpSession::admit(HttpReply& refusal) {
  const auto& head = parser_->get();
  const HttpHead told = {.method = view(head.method_string()),
                         .target = view(head.target()),
                         .hosts = count_of(head, http::field::host),
                         .host = view(head[http::field::host]),
                         .origins = count_of(head, http::field::origin),
                         .origin = view(head[http::field::origin]),
                         .lengths = count_of(head, http::field::content_length),
                         .is_chunked = head.count(http::field::transfer_encoding) != 0,
                         .is_http_1_0 = head.version() < 11,
                         .local_address = local_address_};
  if (!site_.guard.admits(told, refusal)) return false;
  std::size_t length_max = site_.options.body_bytes_max;
  if (site_.options.body_limit) {
    const std::string_view path = told.target.substr(0, told.target.find('?'));
    length_max = std::min(length_max, site_.options.body_limit(path));
    parser_->body_limit(length_max);
  }
  // A body that does not say how long it is may be as long as any.
  std::uint64_t length = told.is_chunked ? length_max : 0;
  if (const auto given = parser_->content_length()) length = *given;
  if (length > length_max) {
    refusal = {.status = 413,
               .body = "a body here is at most " + std::to_string(length_max) +
                       " bytes: send less at once\n"};
    return false;
  }
  if (site_.bodies_bytes + length > site_.options.bodies_bytes_max) {
    refusal = {.status = 503,
               .body = "there is no room for the body now\n",
               .headers = {{"Retry-After", "1"}}};
    return false;
  }
  reserved_bytes_ = static_cast<std::size_t>(length);
  site_.bodies_bytes += reserved_bytes_;
  return true;
}

void HttpSession::read_body() {
  stream_.expires_after(site_.options.body_timeout);
  http::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this()](const Error& error, std::size_t) {
                     self->take([&] { self->take_body(error); });
                   });
}

void HttpSession::take_body(const Error& error) {
  if (error == http::error::body_limit) {
    return refuse({.status = 413, .body = "the body is larger than this server takes\n"});
  }
  if (error == beast::error::timeout) {
    return refuse({.status = 408, .body = "the body did not come in time\n"});
  }
  const bool is_of_http = error.category() == Error(http::error::bad_method).category();
  if (error && is_of_http && error != http::error::partial_message) {
    return refuse({.status = 400, .body = "the body is not framed as HTTP/1.1 says\n"});
  }
  if (error) return finish();
  call();
}

void HttpSession::call() {
  auto& request = parser_->get();
  is_last_ |= !request.keep_alive();
  const std::string_view target = view(request.target());
  const std::size_t mark = target.find('?');
  const HttpCall asked = {
      .method = view(request.method_string()),
      .path = target.substr(0, mark),
      .query = mark == target.npos ? std::string_view() : target.substr(mark + 1),
      .content_type = view(request[http::field::content_type]),
      .content_encoding = view(request[http::field::content_encoding]),
      .body = request.body(),
      .authorization = view(request[http::field::authorization]),
      .cookie = view(request[http::field::cookie]),
      .if_none_match = view(request[http::field::if_none_match]),
      .last_event_id = view(request["Last-Event-ID"])};
  if (!site_.workers.is_started()) return answer(reply_to(asked));
  stream_.expires_never();
  // The request stays as it is until the answer comes; so does the server's thread.
  site_.workers.run(
      [self = shared_from_this(), asked, work = asio::make_work_guard(stream_.get_executor())] {
        auto reply = std::make_shared<HttpReply>(self->reply_to(asked));
        asio::post(work.get_executor(), [self, reply = std::move(reply)] {
          self->take([&] { self->answer(std::move(*reply)); });
        });
      });
}

HttpReply HttpSession::reply_to(const HttpCall& asked) const {
  try {
    return site_.handler(asked);
  } catch (const std::bad_alloc&) {
    return {.status = 503,
            .body = "there is no memory for it now\n",
            .headers = {{"Retry-After", "1"}}};
  } catch (...) {
    return {.status = 500, .body = "the server failed at this request\n"};
  }
}

void HttpSession::answer(HttpReply reply) {
  parser_->get().body() = {};
  release_body();
  send(std::move(reply));
}

// What may follow is not read as a request.
void HttpSession::refuse(HttpReply reply) {
  is_last_ = true;
  release_body();
  if (site_.options.json_errors) {
    if (!reply.body.empty() && reply.body.back() == '\n') reply.body.pop_back();
    std::string json = "{\"error\":";
    append_json_string(json, reply.body);
    reply.body = json + "}";
    reply.content_type = "application/json";
  }
  send(std::move(reply));
}

std::string HttpSession::head_of(const HttpReply& reply) const {
  std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " ";
  head += reason_phrase(reply.status);
  head += "\r\nContent-Type: " + reply.content_type;
  if (!reply.stream) head += "\r\nContent-Length: " + std::to_string(reply.body.size());
  for (const auto& [name, value] : reply.headers) head += "\r\n" + name + ": " + value;
  head += kSecurityHeaders;
  if (is_last_) head += "\r\nConnection: close";
  return head + "\r\n\r\n";
}

void HttpSession::send(HttpReply reply) {
  const bool is_head = parser_ && parser_->get().method() == http::verb::head;
  if (reply.stream) {
    is_last_ = true;
    if (site_.feeds >= site_.options.streams_max) {
      return refuse({.status = 503,
                     .body = "all " + std::to_string(site_.options.streams_max) +
                             " places for streams are taken: close one\n",
                     .headers = {{"Retry-After", "5"}}});
    }
    if (!is_head) {
      std::string head = head_of(reply) + reply.body;
      events_.streams(stream_.release_socket(), std::move(reply.stream), std::move(head));
      return finish();
    }
  }
  sending_ = head_of(reply);
  if (!is_head) sending_ += reply.body;
  stream_.expires_after(site_.options.answer_timeout);
  asio::async_write(stream_, asio::buffer(sending_),
                    [self = shared_from_this()](const Error& error, std::size_t) {
                      self->take([&] { self->sent(error); });
                    });
}

void HttpSession::sent(const Error& error) {
  if (error) return finish();
  if (!is_last_) {
    read_head();
    if (is_idle_) events_.idle();
    return;
  }
  Error ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  stream_.expires_after(kLinger);
  lingering_.resize(kLingerBytes);
  linger();
}

// Until the peer has closed its end: what it sent and was not read would otherwise reset the
// connection, and the answer with it.
void HttpSession::linger() {
  stream_.async_read_some(asio::buffer(lingering_),
                          [self = shared_from_this()](const Error& error, std::size_t bytes) {
                            self->lingered_bytes_ += bytes;
                            const bool is_over = error || self->lingered_bytes_ > kLingerBytesMax;
                            self->take([&] { is_over ? self->finish() : self->linger(); });
                          });
}

void HttpSession::end() {
  if (is_idle_) return abort();
  is_last_ = true;
}

void HttpSession::abort() {
  if (events_.over) finish();
}

void HttpSession::release_body() noexcept {
  site_.bodies_bytes -= std::exchange(reserved_bytes_, 0);
}

void HttpSession::finish() {
  release_body();
  stream_.close();
  std::exchange(events_.over, nullptr)(this);
}

}  // namespace v1
}  // namespace tracebus
