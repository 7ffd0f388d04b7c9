// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/examples/agents/replay_endpoint.h"

#include <absl/status/status.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <exception>
#include <thread>

#include "tracebus/tools/examples/agents/chat_json.h"
#include "tracebus/tools/examples/agents/http_chat_client.h"
#include "tracebus/tools/examples/agents/replay_answers.h"

namespace tracebus::examples {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

constexpr auto kIdleLimit = std::chrono::seconds(30);
constexpr std::uint64_t kRequestBytesMax = std::uint64_t{4} << 20;
constexpr unsigned kHttp11 = 11;  // as Beast counts versions

using Clock = std::chrono::steady_clock;

using Request = http::request<http::string_body>;

absl::Status unavailable(const std::exception& error) {
  return absl::UnavailableError("the endpoint that replays could not be started: " +
                                std::string(error.what()));
}

std::string_view view_of(beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

class ReplayEndpoint::Server {
 public:
  Server(std::shared_ptr<const ReplaySource> source, const ReplayEndpointOptions& options)
      : answers_(std::move(source), replay_options(options)),
        acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), options.port)),
        port_(acceptor_.local_endpoint().port()) {
    asio::co_spawn(io_, accept(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Server() {
    io_.stop();
    thread_.join();
  }

  std::uint16_t port() const { return port_; }

 private:
  static ReplayOptions replay_options(const ReplayEndpointOptions& options) {
    ReplayOptions replay;
    replay.check_requests = options.check_requests;
    replay.latency_factor = options.latency_factor;
    return replay;
  }

  asio::awaitable<void> accept() {
    for (;;) {
      boost::system::error_code error;
      tcp::socket socket =
          co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
      // Such as too many open files: the next one may go better.
      if (!error) asio::co_spawn(io_, serve(beast::tcp_stream(std::move(socket))), asio::detached);
    }
  }

  // Ends by an exception, which nobody hears of, where the client has gone or says no HTTP.
  asio::awaitable<void> serve(beast::tcp_stream stream) {
    stream.socket().set_option(tcp::no_delay(true));  // each event at once
    beast::flat_buffer buffer;
    for (bool goes_on = true; goes_on;) {
      http::request_parser<http::string_body> parser;
      parser.body_limit(kRequestBytesMax);
      stream.expires_after(kIdleLimit);
      co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
      const Clock::time_point asked = Clock::now();
      const HttpAnswer answer = answer_to(parser.get());
      goes_on = co_await give(stream, parser.get(), answer, asked);
    }
  }

  // Whether the connection stays.
  static asio::awaitable<bool> give(beast::tcp_stream& stream, const Request& request,
                                    const HttpAnswer& answer, Clock::time_point asked) {
    // Where there are no chunks, a stream ends with its connection.
    const bool in_chunks = answer.is_stream && request.version() >= kHttp11;
    http::response<http::empty_body> head(static_cast<http::status>(answer.status),
                                          request.version());
    head.keep_alive(request.keep_alive() && answer.is_stream == in_chunks);
    if (answer.is_stream) {
      head.set(http::field::content_type, "text/event-stream");
      head.set(http::field::cache_control, "no-cache");
      head.chunked(in_chunks);
    } else {
      head.set(http::field::content_type, "application/json");
      head.content_length(answer.parts.front().size());
      co_await wait_until(stream, asked + answer.due(0));
    }
    http::response_serializer<http::empty_body> serializer(head);
    stream.expires_after(kIdleLimit);
    co_await http::async_write_header(stream, serializer, asio::use_awaitable);
    for (std::size_t i = 0; i < answer.parts.size(); ++i) {
      co_await wait_until(stream, asked + answer.due(i));
      stream.expires_after(kIdleLimit);
      co_await write_part(stream, answer.parts[i], in_chunks);
    }
    if (in_chunks) co_await asio::async_write(stream, http::make_chunk_last(), asio::use_awaitable);
    co_return head.keep_alive();
  }

  static asio::awaitable<void> write_part(beast::tcp_stream& stream, const std::string& part,
                                          bool in_chunks) {
    const asio::const_buffer bytes = asio::buffer(part);
    if (in_chunks) {
      co_await asio::async_write(stream, http::make_chunk(bytes), asio::use_awaitable);
    } else {
      co_await asio::async_write(stream, bytes, asio::use_awaitable);
    }
  }

  static asio::awaitable<void> wait_until(beast::tcp_stream& stream, Clock::time_point time) {
    if (time <= Clock::now()) co_return;
    stream.expires_never();
    asio::steady_timer timer(stream.get_executor(), time);
    co_await timer.async_wait(asio::use_awaitable);
  }

  HttpAnswer answer_to(const Request& request) {
    constexpr std::string_view kWrong = "invalid_request_error";
    if (request.target() != "/v1/chat/completions") {
      return {404, {error_json("there is /v1/chat/completions alone", kWrong)}};
    }
    if (request.method() != http::verb::post) return {405, {error_json("ask by POST", kWrong)}};
    return answers_.answer(view_of(request[kAgentHeader]), request.body());
  }

  ReplayAnswers answers_;  // of the thread alone
  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  const std::uint16_t port_;
  std::thread thread_;
};

ReplayEndpoint::ReplayEndpoint(std::unique_ptr<Server> server) : server_(std::move(server)) {}
ReplayEndpoint::~ReplayEndpoint() = default;

absl::StatusOr<std::unique_ptr<ReplayEndpoint>> ReplayEndpoint::start(
    std::shared_ptr<const ReplaySource> source, const ReplayEndpointOptions& options) {
  try {
    auto server = std::make_unique<Server>(std::move(source), options);
    return std::unique_ptr<ReplayEndpoint>(new ReplayEndpoint(std::move(server)));
  } catch (const boost::system::system_error& error) {
    if (error.code() != asio::error::address_in_use) return unavailable(error);
    return absl::AlreadyExistsError("port " + std::to_string(options.port) +
                                    " is in use; give another, or 0 for a free one");
  } catch (const std::exception& error) {
    return unavailable(error);
  }
}

std::string ReplayEndpoint::url() const {
  return "http://127.0.0.1:" + std::to_string(server_->port());
}

}  // namespace tracebus::examples
