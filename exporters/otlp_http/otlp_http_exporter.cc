// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp_http/otlp_http_exporter.h"

#include <cstdio>
#include <utility>
#include <vector>

#include "tracebus/core/version.h"
#include "tracebus/exporters/http/http_export.h"
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

std::unique_ptr<OtlpRequests> make_requests(OtlpSignal signal, const OtlpHttpOptions& options,
                                            std::unique_ptr<HttpClient> client) {
  const std::uint64_t seed = new_retry_seed(client.get());
  return std::make_unique<OtlpRequests>(
      request_options(signal, options),
      std::make_unique<OtlpHttpSender>(signal, options, std::move(client), seed));
}

absl::Status check_all(const OtlpHttpOptions& options) {
  if (absl::Status status = check_export_times(options.timeout, options.retry); !status.ok()) {
    return status;
  }
  if (absl::Status status = check(request_options(OtlpSignal::kTraces, options)); !status.ok()) {
    return status;
  }
  return check_chosen_headers(options.http.headers);
}

void add_own_headers(OtlpHttpOptions& options) {
  options.http.headers.push_back(
      {"Content-Type", options.json ? "application/json" : "application/x-protobuf"});
  if (options.gzip) options.http.headers.push_back({"Content-Encoding", "gzip"});
  if (has_header(options.http.headers, "User-Agent")) return;
  options.http.headers.push_back(
      {"User-Agent", "OTel-OTLP-Exporter-Cpp-tracebus/" + std::string(version())});
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
  if (absl::Status status = check_all(options); !status.ok()) return status;
  add_own_headers(options);
  auto client = HttpClient::create(options.http);
  if (!client.ok()) return client.status();
  std::unique_ptr<OtlpHttpExporter> made(
      new OtlpHttpExporter("otlp:" + (*client)->shown_url(), options.timeout));
  made->spans_ = make_requests(OtlpSignal::kTraces, options, *std::move(client));
  if (options.logs_url.empty()) return made;
  options.http.url = options.logs_url;
  auto logs_client = HttpClient::create(options.http);
  if (!logs_client.ok()) {
    return absl::Status(logs_client.status().code(),
                        "logs_url: " + std::string(logs_client.status().message()));
  }
  made->logs_ = make_requests(OtlpSignal::kLogs, options, *std::move(logs_client));
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
