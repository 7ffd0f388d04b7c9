// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/examples/agents/replay_endpoint.h"

#include <absl/status/status.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <condition_variable>
#include <exception>
#include <mutex>
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

using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

std::string_view view_of(beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

class ReplayEndpoint::Server {
 public:
  Server(std::shared_ptr<const ReplaySource> source, const ReplayEndpointOptions& options)
      : answers_(std::move(source), replay_options(options)),
        acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        port_(acceptor_.local_endpoint().port()) {
    asio::co_spawn(io_, accept(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Server() {
    {
      const std::lock_guard lock(mutex_);
      is_stopped_ = true;
    }
    stopped_.notify_all();
    io_.stop();
    thread_.join();
  }

  unsigned short port() const { return port_; }

 private:
  ReplayOptions replay_options(const ReplayEndpointOptions& options) {
    ReplayOptions replay;
    replay.check_requests = options.check_requests;
    replay.latency_factor = options.latency_factor;
    replay.sleep = [this](std::chrono::nanoseconds time) {
      std::unique_lock lock(mutex_);
      stopped_.wait_for(lock, time, [this] { return is_stopped_; });
    };
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

  asio::awaitable<void> serve(beast::tcp_stream stream) {
    beast::flat_buffer buffer;
    boost::system::error_code error;
    for (bool goes_on = true; goes_on && !error;) {
      http::request_parser<http::string_body> parser;
      parser.body_limit(kRequestBytesMax);
      stream.expires_after(kIdleLimit);
      co_await http::async_read(stream, buffer, parser,
                                asio::redirect_error(asio::use_awaitable, error));
      if (error) break;
      Response response = respond(parser.get());
      goes_on = response.keep_alive();
      stream.expires_after(kIdleLimit);
      co_await http::async_write(stream, response,
                                 asio::redirect_error(asio::use_awaitable, error));
    }
    stream.socket().shutdown(tcp::socket::shutdown_both, error);
  }

  Response respond(const Request& request) {
    const HttpAnswer answer = answer_to(request);
    Response response(static_cast<http::status>(answer.status), request.version());
    response.set(http::field::content_type, "application/json");
    response.keep_alive(request.keep_alive());
    response.body() = answer.body;
    response.prepare_payload();
    return response;
  }

  HttpAnswer answer_to(const Request& request) {
    constexpr std::string_view kWrong = "invalid_request_error";
    if (request.target() != "/v1/chat/completions") {
      return {404, error_json("there is /v1/chat/completions alone", kWrong)};
    }
    if (request.method() != http::verb::post) return {405, error_json("ask by POST", kWrong)};
    return answers_.answer(view_of(request[kAgentHeader]), request.body());
  }

  std::mutex mutex_;
  std::condition_variable stopped_;
  bool is_stopped_ = false;  // under mutex_
  ReplayAnswers answers_;    // of the thread alone
  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  const unsigned short port_;
  std::thread thread_;
};

ReplayEndpoint::ReplayEndpoint(std::unique_ptr<Server> server) : server_(std::move(server)) {}
ReplayEndpoint::~ReplayEndpoint() = default;

absl::StatusOr<std::unique_ptr<ReplayEndpoint>> ReplayEndpoint::start(
    std::shared_ptr<const ReplaySource> source, const ReplayEndpointOptions& options) {
  try {
    auto server = std::make_unique<Server>(std::move(source), options);
    return std::unique_ptr<ReplayEndpoint>(new ReplayEndpoint(std::move(server)));
  } catch (const std::exception& error) {
    return absl::UnavailableError("the endpoint that replays could not be started: " +
                                  std::string(error.what()));
  }
}

std::string ReplayEndpoint::url() const {
  return "http://127.0.0.1:" + std::to_string(server_->port());
}

}  // namespace tracebus::examples
