// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp_grpc/otlp_grpc_sender.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "tracebus/core/text_cut.h"
#include "tracebus/core/visible_text.h"
#include "tracebus/exporters/otlp/otlp_response.h"

namespace tracebus {
inline namespace v1 {
namespace {

OtlpOutcome outcome_of(const GrpcAnswer& answer) {
  OtlpOutcome outcome = {.request = answer.request};
  if (answer.code != static_cast<int>(GrpcCode::kOk)) {
    outcome.text = name_of_code(answer.code) + ": ";
    append_visible(outcome.text, cut_text(answer.message, kOtlpMessageBytesMax));
    return outcome;
  }
  const OtlpSuccess success = read_otlp_response(answer.response);
  outcome.is_delivered = success.is_well_formed;
  if (!success.is_well_formed) {
    outcome.text = "answered OK, but not as receivers of OTLP do";
    return outcome;
  }
  outcome.rejected = success.rejected;
  append_visible(outcome.text, success.message);
  return outcome;
}

}  // namespace

OtlpGrpcSender::OtlpGrpcSender(const OtlpGrpcOptions& options, std::unique_ptr<GrpcClient> client,
                               std::uint64_t seed)
    : sender_(std::move(client), options.requests_max, options.retry, seed) {}

void OtlpGrpcSender::begin(Deadline deadline, std::stop_token stop) {
  answers_.clear();
  sender_.begin(deadline, std::move(stop));
}

void OtlpGrpcSender::send(std::size_t request, const TraceRequest& pieces) {
  const std::array<std::string_view, 3> body = {pieces.head, pieces.spans, pieces.tail};
  sender_.send(request, body);
}

void OtlpGrpcSender::progress(std::vector<OtlpOutcome>& outcomes) {
  sender_.progress(answers_);
  take_answers(outcomes);
}
void OtlpGrpcSender::wait(std::vector<OtlpOutcome>& outcomes) {
  sender_.wait(answers_);
  take_answers(outcomes);
}

void OtlpGrpcSender::take_answers(std::vector<OtlpOutcome>& outcomes) {
  for (const GrpcAnswer& answer : answers_) outcomes.push_back(outcome_of(answer));
  answers_.clear();
}

}  // namespace v1
}  // namespace tracebus
