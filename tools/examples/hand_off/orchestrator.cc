// SPDX-License-Identifier: Apache-2.0
//
// orchestrator PORT FILE: an agent that hands work on to the researcher, who listens on PORT of
// this machine; what happened here is in FILE. Document 002, "Cross-Process Handoffs".
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/exporters/jsonl_exporter.h"
#include "tracebus/tools/examples/hand_off/beast_headers.h"
#include "tracebus/tools/examples/hand_off/http.h"
#include "tracebus/trace/propagation.h"
#include "tracebus/trace/tracer.h"

namespace {

using namespace tracebus;
using namespace tracebus::examples;

beast::error_code ask(unsigned short port, Request& request, Response& response) {
  asio::io_context io;
  beast::tcp_stream stream(io);
  beast::flat_buffer buffer;
  const tcp::endpoint researcher(asio::ip::address_v4::loopback(), port);
  beast::error_code error =
      finish(io, stream, [&](auto done) { stream.async_connect(researcher, done); });
  if (!error) {
    error = finish(io, stream, [&](auto done) { http::async_write(stream, request, done); });
  }
  if (!error) {
    error =
        finish(io, stream, [&](auto done) { http::async_read(stream, buffer, response, done); });
  }
  return error;
}

bool orchestrate(const Tracer& tracer, unsigned short port) {
  // The session and the user stay in this process unless they are put into the baggage.
  const Baggage baggage = *Baggage()
                               .with("tenant", "acme, inc.")
                               ->with("session.id", "session-abc")
                               ->with("user.id", "user-123");
  const ContextScope scope = Context::current()
                                 .with({.session_id = "session-abc", .user_id = "user-123"})
                                 .with_baggage(baggage)
                                 .attach();
  auto run = tracer.agent("orchestrator");
  auto call = tracer.tool("ask researcher", {attr<"protocol">("http")});
  Request request(http::verb::post, "/task", 11, "What are the top EV companies?");
  BeastHeaders headers(request);
  inject(tracer.current(), headers,
         {.agent_name = "orchestrator", .handoff_reason = "needs research", .protocol = "http"});
  request.prepare_payload();
  Response response;
  const beast::error_code error = ask(port, request, response);
  if (error || response.result() != http::status::ok) {
    call.set_status(SpanStatus::kFailed, error ? error.message() : response.body());
    return false;
  }
  call.set(attr<"answer_bytes">(response.body().size())).set_status(SpanStatus::kOk);
  return true;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  TraceEventBus bus;
  auto file = JsonlExporter::open(arguments[2]);
  if (!file.ok() || !bus.add_exporter(*std::move(file)).ok()) return 3;
  const Tracer tracer(bus, {.service_name = "orchestration"});
  const auto port = static_cast<unsigned short>(std::atoi(arguments[1]));
  const bool answered = orchestrate(tracer, port);
  return bus.shutdown(kPatience).ok() && answered ? 0 : 1;
}
