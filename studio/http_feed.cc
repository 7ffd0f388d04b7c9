// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/http_feed.h"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace tracebus {
inline namespace v1 {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

HttpFeed::HttpFeed(tcp::socket socket, std::shared_ptr<HttpStream> stream,
                   const HttpServerOptions& options, const std::weak_ptr<void>& owner)
    : socket_(std::move(socket)), timer_(socket_.get_executor()), stream_(std::move(stream)),
      piece_timeout_(options.answer_timeout), silence_(options.silence), owner_(owner) {
  Error ignored;
  socket_.set_option(tcp::socket::send_buffer_size(kSendBufferBytes), ignored);
}

// The feed may be gone by the time that it is called, and so may all that it runs on.
HttpStream::Wake HttpFeed::make_wake() {
  return [owner = owner_, weak = weak_from_this(), executor = timer_.get_executor()] {
    const std::shared_ptr<void> alive = owner.lock();
    if (!alive) return;
    asio::post(executor, [weak] {
      const std::shared_ptr<HttpFeed> self = weak.lock();
      if (self && self->is_waiting_) self->pull();
    });
  };
}

void HttpFeed::start(std::string begin, std::function<void(HttpFeed*)> over) {
  over_ = std::move(over);
  wake_ = make_wake();
  piece_ = std::move(begin);
  watch_peer();
  write();
}

void HttpFeed::pull() {
  if (!over_) return;
  is_waiting_ = false;
  piece_.clear();
  HttpStream::Next next = HttpStream::Next::kEnd;
  try {
    next = stream_->next(piece_, wake_);
  } catch (const std::bad_alloc&) {
  }
  is_last_ = next == HttpStream::Next::kEnd;
  if (!piece_.empty()) {
    // Asked anew once it is written; a wake that was kept meanwhile does no harm.
    write();
  } else if (is_last_) {
    end();
  } else if (next == HttpStream::Next::kWait) {
    wait();
  } else {
    asio::post(timer_.get_executor(), [self = shared_from_this()] { self->pull(); });
  }
}

void HttpFeed::write() {
  expect(piece_timeout_);
  asio::async_write(socket_, asio::buffer(piece_),
                    [self = shared_from_this()](const Error& error, std::size_t) {
                      if (!self->over_) return;
                      error || self->is_last_ ? self->end() : self->pull();
                    });
}

void HttpFeed::wait() {
  is_waiting_ = true;
  expect(silence_);
}

// Whatever comes first; what was expected before no longer is.
void HttpFeed::expect(std::chrono::milliseconds time) {
  timer_.expires_after(time);
  timer_.async_wait([self = shared_from_this()](const Error& error) {
    if (error || !self->over_) return;
    if (std::chrono::steady_clock::now() < self->timer_.expiry()) return;  // was on its way
    if (!self->is_waiting_) return self->end();
    self->is_waiting_ = false;
    self->piece_ = self->stream_->sign_of_life();
    self->write();
  });
}

// It has no more to say, but that it goes away.
void HttpFeed::watch_peer() {
  socket_.async_read_some(asio::buffer(unwanted_),
                          [self = shared_from_this()](const Error& error, std::size_t) {
                            if (!self->over_) return;
                            error ? self->end() : self->watch_peer();
                          });
}

void HttpFeed::end() {
  if (!over_) return;
  Error ignored;
  timer_.cancel();
  socket_.shutdown(tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
  stream_.reset();
  std::exchange(over_, nullptr)(this);
}

}  // namespace v1
}  // namespace tracebus
