// SPDX-License-Identifier: Apache-2.0
#ifndef TRACEBUS_EXPORTERS_OTLP_GRPC_OTLP_GRPC_SENDER_H_
#define TRACEBUS_EXPORTERS_OTLP_GRPC_OTLP_GRPC_SENDER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <vector>

#include "tracebus/exporters/http/retrying_sender.h"
#include "tracebus/exporters/otlp/otlp_sender.h"
#include "tracebus/exporters/otlp_grpc/grpc_client.h"
#include "tracebus/exporters/otlp_grpc/grpc_rules.h"

namespace tracebus {
inline namespace v1 {

// Carries requests over gRPC, and tells what answers mean.
class OtlpGrpcSender final : public OtlpSender {
 public:
  OtlpGrpcSender(const OtlpGrpcOptions& options, std::unique_ptr<GrpcClient> client,
                 std::uint64_t seed);

  void begin(Deadline deadline, std::stop_token stop) override;
  bool is_over() const override { return sender_.is_over(); }
  std::size_t outstanding() const noexcept override { return sender_.outstanding(); }
  bool has_room() const noexcept override { return sender_.has_room(); }
  void send(std::size_t request, const TraceRequest& pieces) override;
  void progress(std::vector<OtlpOutcome>& outcomes) override;
  void wait(std::vector<OtlpOutcome>& outcomes) override;

 private:
  void take_answers(std::vector<OtlpOutcome>& outcomes);

  RetryingSender<GrpcClient, GrpcAnswer, GrpcRetryRules> sender_;
  std::vector<GrpcAnswer> answers_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_GRPC_OTLP_GRPC_SENDER_H_
