// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp_http/otlp_http_sender.h"

#include <utility>

#include "tracebus/core/version.h"
#include "tracebus/core/visible_text.h"
#include "tracebus/exporters/http/http_export.h"
#include "tracebus/exporters/otlp/otlp_json.h"
#include "tracebus/exporters/otlp_http/otlp_answer.h"

namespace tracebus {
inline namespace v1 {
namespace {

std::string answered(int status) { return "answered " + std::to_string(status); }

OtlpOutcome outcome_of(const HttpAnswer& answer) {
  OtlpOutcome outcome = {.request = answer.request};
  if (answer.fate == HttpFate::kTruncated) {
    outcome.text = answered(answer.status) + ", but " + answer.error;
    return outcome;
  }
  if (answer.status / 100 != 2) {
    outcome.text = answer.status == 0
                       ? answer.error
                       : told_answer(answer, read_otlp_error(answer.body, answer.content_type));
    return outcome;
  }
  const OtlpSuccess success = read_otlp_success(answer.body, answer.content_type);
  outcome.is_delivered = success.is_well_formed;
  if (!success.is_well_formed) {
    outcome.text = answered(answer.status) + ", but not as receivers of OTLP do";
    return outcome;
  }
  outcome.rejected = success.rejected;
  append_visible(outcome.text, success.message);
  return outcome;
}

void add_own_headers(OtlpHttpOptions& options) {
  options.http.headers.push_back(
      {"Content-Type", options.json ? "application/json" : "application/x-protobuf"});
  if (options.gzip) options.http.headers.push_back({"Content-Encoding", "gzip"});
  if (has_header(options.http.headers, "User-Agent")) return;
  options.http.headers.push_back(
      {"User-Agent", "OTel-OTLP-Exporter-Cpp-tracebus/" + std::string(version())});
}

}  // namespace

absl::StatusOr<std::unique_ptr<OtlpHttpSender>> OtlpHttpSender::create(OtlpSignal signal,
                                                                       OtlpHttpOptions options) {
  if (absl::Status status = check_export_times(options.timeout, options.retry); !status.ok()) {
    return status;
  }
  if (absl::Status status = check_chosen_headers(options.http.headers); !status.ok()) {
    return status;
  }
  add_own_headers(options);
  auto client = HttpClient::create(options.http);
  if (!client.ok()) return client.status();
  const std::uint64_t seed = new_retry_seed(client->get());
  return std::unique_ptr<OtlpHttpSender>(
      new OtlpHttpSender(signal, options, *std::move(client), seed));
}

OtlpHttpSender::OtlpHttpSender(OtlpSignal signal, const OtlpHttpOptions& options,
                               std::unique_ptr<HttpClient> client, std::uint64_t seed)
    : shown_url_(client->shown_url()), signal_(signal), json_(options.json),
      sender_(std::move(client), options.http.requests_max, options.retry, seed),
      bodies_(options.http.requests_max) {
  if (options.gzip) gzip_.emplace();
}

void OtlpHttpSender::begin(Deadline deadline, std::stop_token stop) {
  answers_.clear();
  sender_.begin(deadline, std::move(stop));
}

void OtlpHttpSender::send(std::size_t request, const TraceRequest& pieces) {
  Body& made = bodies_[request];
  std::vector<std::string_view> body = {pieces.head, pieces.spans, pieces.tail};
  if (json_) {
    made.json.clear();
    append_otlp_json(made.json, data_of(signal_), pieces.joined());
    body = {made.json};
  }
  if (gzip_) {
    gzip_->compress(body, made.compressed);
    body = {made.compressed};
  }
  sender_.send(request, body);
}

void OtlpHttpSender::progress(std::vector<OtlpOutcome>& outcomes) {
  sender_.progress(answers_);
  take_answers(outcomes);
}
void OtlpHttpSender::wait(std::vector<OtlpOutcome>& outcomes) {
  sender_.wait(answers_);
  take_answers(outcomes);
}

void OtlpHttpSender::take_answers(std::vector<OtlpOutcome>& outcomes) {
  for (const HttpAnswer& answer : answers_) outcomes.push_back(outcome_of(answer));
  answers_.clear();
}

}  // namespace v1
}  // namespace tracebus
