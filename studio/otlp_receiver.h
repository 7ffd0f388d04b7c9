// SPDX-License-Identifier: Apache-2.0
//
// OtlpReceiver: OTLP over HTTP (opentelemetry-proto, docs/specification.md, "OTLP/HTTP") from
// anybody on this machine onto a bus, as if it had been emitted here.
//
//   POST /v1/traces   spans as the ends of spans, in our words (readers/read_span.h)
//   POST /v1/logs     log records as events of the type that they are named
//
// In Protocol Buffers or JSON, with gzip or without. What is answered:
//   200   taken, or nobody on the bus wants it. Spans without ids are rejected, and told by
//         partialSuccess
//   400   the body is damaged; nothing of it was taken
//   415   another Content-Type or Content-Encoding
//   503   with Retry-After: is_overloaded, or the bus had no room for room_timeout. What the
//         request began with may have been taken then: spans that come again have the same ids
// and what HttpServer answers by itself.
//
// Thread safety: any thread; shutdown and the destructor one at a time.
#ifndef TRACEBUS_STUDIO_OTLP_RECEIVER_H_
#define TRACEBUS_STUDIO_OTLP_RECEIVER_H_

#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/studio/http_server.h"

namespace tracebus {
inline namespace v1 {

inline constexpr std::uint16_t kOtlpHttpPort = 4318;

struct OtlpReceiverOptions {
  HttpServerOptions http = {.port = kOtlpHttpPort};
  // How long a request waits for room in the bus, and with it all others.
  std::chrono::milliseconds room_timeout{1'000};
  // Asked before each request, on the server's thread, and not after shutdown: while it says true,
  // 503 is the answer. So a queue that is nearly full holds senders up, rather than the server or
  // the bus. It must not wait. None: never.
  std::function<bool()> is_overloaded = {};
};

struct OtlpReceiverStats {
  std::uint64_t requests = 0;          // that were understood
  std::uint64_t bad_requests = 0;      // answered 400, 404, 405, 413 or 415
  std::uint64_t refused_requests = 0;  // answered 503 for want of room in the bus
  std::uint64_t received = 0;          // spans and log records of understood requests
  std::uint64_t emitted = 0;           // of these: onto the bus
  std::uint64_t unwanted = 0;          // of these: nobody subscribed to such events
  std::uint64_t rejected = 0;          // of these: without ids, or too large for the bus
  std::uint64_t no_room = 0;           // of these: of requests that were refused
};

class OtlpReceiver {
 public:
  // Errors as of HttpServer::start. REQUIRES: the bus outlives the receiver.
  static absl::StatusOr<std::unique_ptr<OtlpReceiver>> start(TraceEventBus& bus,
                                                             const OtlpReceiverOptions& options);
  // Without a server: whoever has one calls answer.
  static std::unique_ptr<OtlpReceiver> without_server(TraceEventBus& bus,
                                                      const OtlpReceiverOptions& options);
  OtlpReceiver(const OtlpReceiver&) = delete;
  OtlpReceiver& operator=(const OtlpReceiver&) = delete;
  ~OtlpReceiver();

  // As its own server answers. One call at a time: who waits for another longer than room_timeout
  // is told 503.
  HttpReply answer(const HttpCall& call);

  std::uint16_t port() const noexcept;  // 0: there is no server
  std::string url() const;              // empty: likewise
  OtlpReceiverStats stats() const;
  // Once it has returned OK nothing of the receiver touches the bus, not even a thread that is left
  // behind: what it has still to emit is answered by 503. DeadlineExceeded as of HttpServer, or if
  // one emit lasts so long, of a subscription that blocks.
  absl::Status shutdown(Deadline deadline);

 private:
  class Desk;
  OtlpReceiver(std::shared_ptr<Desk> desk, std::unique_ptr<HttpServer> server);

  const std::shared_ptr<Desk> desk_;
  const std::unique_ptr<HttpServer> server_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_OTLP_RECEIVER_H_
