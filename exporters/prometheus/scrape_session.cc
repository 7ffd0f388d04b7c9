// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/prometheus/scrape_session.h"

#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <cstdio>
#include <limits>
#include <new>
#include <utility>

namespace tracebus {
inline namespace v1 {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

std::string_view view(beast::string_view text) noexcept { return {text.data(), text.size()}; }

// All lines of that name, with commas between (RFC 9110, section 5.3).
template <class Fields>
std::string all_lines(const Fields& fields, http::field name, int& count) {
  std::string all;
  const auto [begin, end] = fields.equal_range(name);
  for (auto line = begin; line != end; ++line) {
    if (count++ != 0) all += ", ";
    all += view(line->value());
  }
  return all;
}

}  // namespace

ScrapeSession::ScrapeSession(asio::ip::tcp::socket socket, const Site& site)
    : site_(site), stream_(std::move(socket)) {
  parser_.header_limit(kHeadBytesMax);
  parser_.body_limit(std::numeric_limits<std::uint64_t>::max());  // no body is read
}

void ScrapeSession::start(std::function<void(ScrapeSession*)> over) {
  over_ = std::move(over);
  read();
}

template <class Step>
void ScrapeSession::take(const Step& step) {
  if (!over_) return;  // it gave way
  try {
    step();
  } catch (const std::bad_alloc&) {
    if (over_) finish("broken");
  }
}

void ScrapeSession::read() {
  // Of the whole head, however many bytes at a time it comes in.
  stream_.expires_after(site_.options.request_timeout);
  http::async_read_header(stream_, head_, parser_,
                          [self = shared_from_this()](const Error& error, std::size_t) {
                            self->is_reading_ = false;
                            self->take([&] { self->answer(error); });
                          });
}

void ScrapeSession::answer(const Error& error) {
  if (error == beast::error::timeout) return finish("late");
  const bool is_of_http = error.category() == Error(http::error::bad_method).category();
  if (error && (!is_of_http || error == http::error::end_of_stream ||
                error == http::error::partial_message)) {
    return finish("broken");
  }
  const ScrapeAnswer answer = answer_to_head(error);
  site_.metrics.count_response(std::to_string(answer.status));
  if (answer.has_page) page_ = site_.metrics.page(answer.format);
  send_head(answer);
  stream_.expires_after(site_.options.answer_timeout);  // of the whole answer
  send();
}

ScrapeAnswer ScrapeSession::answer_to_head(const Error& error) const {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return {.status = 431, .text = "the head of a request is at most 8192 bytes\n"};
  }
  if (error) return {.status = 400, .text = "this is no request of HTTP/1.1\n"};
  const auto& head = parser_.get();
  int hosts = 0;
  int others = 0;
  const std::string host = all_lines(head, http::field::host, hosts);
  const std::string accept = all_lines(head, http::field::accept, others);
  return answer_to({.method = view(head.method_string()),
                    .target = view(head.target()),
                    .is_http_1_0 = head.version() < 11,
                    .hosts = hosts,
                    .host = host,
                    .origin = view(head[http::field::origin]),
                    .accept = accept},
                   site_.site);
}

// By hand, as it is the same for every answer but for its length, which a page does not know.
void ScrapeSession::send_head(const ScrapeAnswer& answer) {
  const auto& head = parser_.get();
  const bool is_head = head.method() == http::verb::head;
  is_chunked_ = answer.has_page && head.version() >= 11;  // before that, the end is the end
  sending_ = "HTTP/1.1 " + std::to_string(answer.status) + " ";
  sending_ += reason_phrase_of(answer.status);
  sending_ += "\r\nContent-Type: ";
  sending_ += answer.has_page ? content_type_of(answer.format) : "text/plain; charset=utf-8";
  if (answer.status == 405) sending_ += "\r\nAllow: GET, HEAD";
  if (is_chunked_) sending_ += "\r\nTransfer-Encoding: chunked";
  if (!answer.has_page) sending_ += "\r\nContent-Length: " + std::to_string(answer.text.size());
  sending_ +=
      "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff"
      "\r\nConnection: close\r\n\r\n";
  if (is_head) {
    page_ = nullptr;
  } else {
    sending_ += answer.text;
  }
}

void ScrapeSession::send() {
  asio::async_write(stream_, asio::buffer(sending_),
                    [self = shared_from_this()](const Error& error, std::size_t) {
                      self->take([&] { self->sent(error); });
                    });
}

void ScrapeSession::sent(const Error& error) {
  if (error) return finish(error == beast::error::timeout ? "late" : "broken");
  if (page_ == nullptr) return linger();
  piece_.clear();
  const bool has_more = page_->append_piece(piece_);
  sending_.clear();
  if (has_more && is_chunked_) {
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", piece_.size());
    sending_ += size;
  }
  sending_ += piece_;
  if (is_chunked_) sending_ += has_more ? "\r\n" : "0\r\n\r\n";
  if (!has_more) page_ = nullptr;
  send();
}

// Until the peer has closed its end: what it sent and we did not read would otherwise reset the
// connection, and the answer with it. It also leaves the port without a memory of the connection.
void ScrapeSession::linger() {
  if (!std::exchange(is_lingering_, true)) {
    Error ignored;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    stream_.expires_after(kLinger);
  }
  stream_.async_read_some(
      asio::buffer(lingering_), [self = shared_from_this()](const Error& error, std::size_t bytes) {
        self->lingered_bytes_ += bytes;
        const bool is_over = error || self->lingered_bytes_ > kLingerBytesMax;
        self->take([&] { is_over ? self->finish("answered") : self->linger(); });
      });
}

void ScrapeSession::give_way() {
  if (over_) finish(is_lingering_ ? "answered" : "gave_way");
}

void ScrapeSession::finish(std::string_view fate) {
  site_.metrics.count_connection(fate);
  stream_.close();
  std::exchange(over_, nullptr)(this);
}

}  // namespace v1
}  // namespace tracebus
