// SPDX-License-Identifier: Apache-2.0
//
// researcher FILE: an agent behind HTTP, on a free port of this machine, which it prints first.
// What happened is in FILE. It ends after a request for /stop, or when nobody came for a minute.
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/exporters/jsonl_exporter.h"
#include "tracebus/tools/examples/hand_off/beast_headers.h"
#include "tracebus/tools/examples/hand_off/http.h"
#include "tracebus/trace/propagation.h"
#include "tracebus/trace/tracer.h"

namespace {

using namespace tracebus;
using namespace tracebus::examples;

// Of all headers of a request. One that is 64 KiB long by itself, Beast does not count but throws.
constexpr std::uint32_t kHeaderBytesMax = 60 * 1024;

// What the caller's baggage says of whom this is for. Anybody may say anything: this server stands
// behind the orchestrator.
Context on_behalf_of(const Context& context) {
  const Baggage& baggage = context.baggage();
  return context.with({.session_id = baggage.get("session.id").value_or(""),
                       .user_id = baggage.get("user.id").value_or("")});
}

Response research(const Tracer& tracer, const Request& request) {
  Extracted extracted = extract(BeastHeaders(request));
  const std::size_t dropped = extracted.dropped_baggage_members;
  const ContinuedTrace trace = continue_trace(tracer, std::move(extracted));
  const ContextScope scope = on_behalf_of(trace.context()).attach();
  auto agent = tracer.agent("researcher");
  agent.set(attr<"question_bytes">(request.body().size()))
      .set(attr<"sampled">(trace.context().is_sampled()))
      .set(attr<"tenant">(trace.context().baggage().get("tenant").value_or("")))
      .set(attr<"baggage_members">(trace.context().baggage().members().size()))
      .set(attr<"dropped_baggage_members">(dropped));
  auto search = tracer.tool("web-search");
  search.set(attr<"results">(1)).set_status(SpanStatus::kOk);
  Response response(http::status::ok, request.version());
  response.body() = "Result 1";
  return response;
}

class Server {
 public:
  explicit Server(const Tracer& tracer)
      : tracer_(tracer), acceptor_(io_, {asio::ip::address_v4::loopback(), 0}) {}

  unsigned short port() const { return acceptor_.local_endpoint().port(); }

  // Serves one request after the other.
  void run() {
    while (std::optional<tcp::socket> socket = accept()) {
      if (serve(*std::move(socket))) return;
      // What a request brought is gone with it: this event is nobody's.
      const Context& left = Context::current();
      const std::string baggage = left.baggage().text();
      tracer_.bus().emit({.event_type = "request_served",
                          .payload = {{"baggage", baggage}, {"session", left.session_id()}},
                          .ids = left.ids()});
    }
  }

 private:
  // Nothing when nobody has come for a while.
  std::optional<tcp::socket> accept() {
    std::optional<tcp::socket> accepted;
    asio::steady_timer end(io_, 3 * kPatience);
    end.async_wait([this](beast::error_code error) {
      if (!error) acceptor_.cancel();
    });
    acceptor_.async_accept([&](beast::error_code error, tcp::socket socket) {
      if (!error) accepted.emplace(std::move(socket));
      end.cancel();
    });
    io_.restart();
    io_.run();
    return accepted;
  }

  // Whether it was asked to stop.
  bool serve(tcp::socket socket) {
    beast::tcp_stream stream(std::move(socket));
    beast::flat_buffer buffer;
    http::request_parser<http::string_body> parser;
    parser.header_limit(kHeaderBytesMax);
    const beast::error_code error =
        finish(io_, stream, [&](auto done) { http::async_read(stream, buffer, parser, done); });
    Response response = error ? Response(http::status::bad_request, 11) : answer(parser.get());
    response.keep_alive(false);
    response.prepare_payload();
    (void)finish(io_, stream, [&](auto done) { http::async_write(stream, response, done); });
    beast::error_code closed;
    stream.socket().shutdown(tcp::socket::shutdown_send, closed);
    return !error && parser.get().target() == "/stop";
  }

  Response answer(const Request& request) {
    if (request.target() == "/stop") return Response(http::status::ok, request.version());
    return research(tracer_, request);
  }

  const Tracer& tracer_;
  asio::io_context io_;
  tcp::acceptor acceptor_;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  TraceEventBus bus;
  auto file = JsonlExporter::open(arguments[1]);
  if (!file.ok() || !bus.add_exporter(*std::move(file)).ok()) return 3;
  const Tracer tracer(bus, {.service_name = "research"});
  Server server(tracer);
  std::printf("listening on %d\n", int{server.port()});
  std::fflush(stdout);
  server.run();
  return bus.shutdown(kPatience).ok() ? 0 : 1;
}
