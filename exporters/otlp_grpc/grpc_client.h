// SPDX-License-Identifier: Apache-2.0
//
// GrpcClient: calls of one method of one receiver, several at once over a connection that is kept,
// by gRPC's C++ library. Nothing of gRPC shows in here, so that nobody else compiles its headers.
//
//   start(request, body, deadline) ... -> wait(until, stop, answers) -> answers, in any order
//
// Promises
//  1. wait returns by `until`, and as soon as stop is requested.
//  2. A response has at most kOtlpResponseBytesMax bytes; who sends more has failed, says gRPC.
//  3. gRPC itself sends nothing again, and takes no configuration from name servers.
//  4. With TLS, chain and host are verified; nothing is tried in the open instead.
//  5. The connection is this client's alone: other users of gRPC in the process neither share it
//     nor keep it open.
//  6. No text of ours has a header's value.
//
// gRPC has threads of its own, of which none gets a signal that begins in here. It writes to
// standard error what it is told to (GRPC_VERBOSITY). It does not survive a fork: in a child whose
// parent had a client, create refuses, and a client that was inherited is leaked.
// Thread safety: one thread at a time; only the request to stop may come from another.
#ifndef TRACEBUS_EXPORTERS_OTLP_GRPC_GRPC_CLIENT_H_
#define TRACEBUS_EXPORTERS_OTLP_GRPC_GRPC_CLIENT_H_

#include <absl/status/statusor.h>

#include <cstddef>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/exporter.h"
#include "tracebus/exporters/otlp_grpc/grpc_rules.h"
#include "tracebus/exporters/otlp_grpc/otlp_grpc_options.h"

namespace tracebus {
inline namespace v1 {

class GrpcClient {
 public:
  // method: "/package.Service/Method". InvalidArgument for an endpoint that is none, headers that
  // cannot be sent, a number out of its range, a file that is no PEM; NotFound for one that cannot
  // be read; FailedPrecondition in a child of a process that had a client. Connects to nothing yet.
  static absl::StatusOr<std::unique_ptr<GrpcClient>> create(const OtlpGrpcOptions& options,
                                                            std::string method);
  GrpcClient(const GrpcClient&) = delete;
  GrpcClient& operator=(const GrpcClient&) = delete;
  ~GrpcClient();

  // Begins to send the pieces of body, one behind the other, of which gRPC gets a copy. After
  // deadline it ends as DEADLINE_EXCEEDED.
  void start(std::size_t request, std::span<const std::string_view> body, Deadline deadline);

  // Sends on what can be sent now, and takes what answers are there.
  void progress(std::vector<GrpcAnswer>& answers);
  // The same until there is an answer, or the time has come, or stop is requested.
  void wait(Deadline until, const std::stop_token& stop, std::vector<GrpcAnswer>& answers);

  void cancel_all() noexcept;

  // The URL.
  const std::string& shown_url() const noexcept;

 private:
  class Calls;
  explicit GrpcClient(std::unique_ptr<Calls> calls) noexcept;

  std::unique_ptr<Calls> calls_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_GRPC_GRPC_CLIENT_H_
