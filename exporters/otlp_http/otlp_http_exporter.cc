// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp_http/otlp_http_exporter.h"

#include <cstdio>
#include <utility>
#include <vector>

#include "tracebus/exporters/otlp/otlp_requests.h"
#include "tracebus/exporters/otlp_http/otlp_http_sender.h"
#include "tracebus/exporters/span_pairer.h"

namespace tracebus {
inline namespace v1 {
namespace {

OtlpRequestOptions request_options(OtlpSignal signal, const OtlpHttpOptions& options) {
  return {.signal = signal,
          .timeout = options.timeout,
          .requests_max = options.http.requests_max,
          .request_spans_max = options.request_spans_max,
          .request_bytes_max = options.request_bytes_max,
          .profile = options.profile,
          .resource = options.resource};
}

absl::StatusOr<std::unique_ptr<Exporter>> make_otlp(std::string_view rest, bool with_logs) {
  std::vector<std::string> warnings;
  OtlpHttpOptions options = OtlpHttpOptions::from_env(&warnings);
  for (const std::string& warning : warnings) {
    std::fprintf(stderr, "tracebus: otlp: %s\n", warning.c_str());
  }
  if (!rest.empty()) options.http.url = otlp_traces_url(rest);
  if (with_logs) options.logs_url = rest.empty() ? otlp_logs_url_from_env() : otlp_logs_url(rest);
  auto made = OtlpHttpExporter::create(std::move(options));
  if (!made.ok()) return made.status();
  return behind_pairer(*std::move(made));
}

}  // namespace

absl::StatusOr<std::unique_ptr<OtlpHttpExporter>> OtlpHttpExporter::create(
    OtlpHttpOptions options) {
  auto sender = OtlpHttpSender::create(OtlpSignal::kTraces, options);
  if (!sender.ok()) return sender.status();
  const OtlpRequestOptions spans = request_options(OtlpSignal::kTraces, options);
  if (absl::Status status = check(spans); !status.ok()) return status;
  std::unique_ptr<OtlpHttpExporter> made(
      new OtlpHttpExporter("otlp:" + (*sender)->shown_url(), options.timeout));
  made->spans_ = std::make_unique<OtlpRequests>(spans, *std::move(sender));
  if (options.logs_url.empty()) return made;
  options.http.url = options.logs_url;
  auto logs_sender = OtlpHttpSender::create(OtlpSignal::kLogs, options);
  if (!logs_sender.ok()) {
    return absl::Status(logs_sender.status().code(),
                        "logs_url: " + std::string(logs_sender.status().message()));
  }
  made->logs_ = std::make_unique<OtlpRequests>(request_options(OtlpSignal::kLogs, options),
                                               *std::move(logs_sender));
  return made;
}

OtlpHttpExporter::OtlpHttpExporter(std::string name, std::chrono::milliseconds timeout)
    : name_(std::move(name)), timeout_(timeout) {}
OtlpHttpExporter::~OtlpHttpExporter() = default;

ExportResult OtlpHttpExporter::export_batch(const Batch& batch, const ExportContext& context) {
  if (spans_ == nullptr) {
    last_error_ = "it was shut down";
    return ExportResult::failure(batch.size());
  }
  const Deadline timeout = std::chrono::steady_clock::now() + timeout_;
  ExportResult result = spans_->export_batch(batch, context, last_error_);
  if (logs_ == nullptr) return result;
  // The timeout is the batch's, whatever it holds.
  result +=
      logs_->export_batch(batch, {std::min(context.deadline, timeout), context.stop}, last_error_);
  // What one of the two has taken, the other counts as processed.
  result.processed -= batch.size();
  return result;
}

absl::Status OtlpHttpExporter::shutdown(Deadline) {
  spans_.reset();
  logs_.reset();
  return absl::OkStatus();
}

absl::Status OtlpHttpExporter::check_connection(Deadline deadline) {
  if (spans_ == nullptr) return absl::FailedPreconditionError("it was shut down");
  absl::Status checked = spans_->check(deadline);
  if (checked.ok() && logs_ != nullptr) checked = logs_->check(deadline);
  if (checked.ok()) return checked;
  return absl::Status(checked.code(), name_ + ": " + std::string(checked.message()));
}

absl::StatusOr<std::unique_ptr<Exporter>> make_otlp_http(std::string_view rest) {
  return make_otlp(rest, false);
}

absl::StatusOr<std::unique_ptr<Exporter>> make_otlp_http_with_logs(std::string_view rest) {
  return make_otlp(rest, true);
}

}  // namespace v1
}  // namespace tracebus
