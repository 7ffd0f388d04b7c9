// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp_http/otlp_http_exporter.h"

#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

#include "tracebus/core/version.h"
#include "tracebus/exporters/otlp/otlp_environment.h"
#include "tracebus/exporters/otlp/otlp_requests.h"
#include "tracebus/exporters/otlp_http/otlp_http_sender.h"

namespace tracebus {
inline namespace v1 {
namespace {

bool has_header(const OtlpHttpOptions& options, std::string_view name) {
  const auto& headers = options.http.headers;
  return std::any_of(headers.begin(), headers.end(),
                     [&](const HttpHeader& header) { return lower_case(header.name) == name; });
}

OtlpRequestOptions request_options(const OtlpHttpOptions& options) {
  return {.timeout = options.timeout,
          .requests_max = options.http.requests_max,
          .request_spans_max = options.request_spans_max,
          .request_bytes_max = options.request_bytes_max,
          .profile = options.profile,
          .resource = options.resource};
}

absl::Status check_headers(const OtlpHttpOptions& options) {
  for (const char* const ours : {"Content-Type", "Content-Length", "Content-Encoding",
                                 "Transfer-Encoding", "Expect", "Connection"}) {
    if (has_header(options, lower_case(ours))) {
      return absl::InvalidArgumentError(std::string(ours) + " is no header to choose");
    }
  }
  return absl::OkStatus();
}

void add_own_headers(OtlpHttpOptions& options) {
  options.http.headers.push_back(
      {"Content-Type", options.json ? "application/json" : "application/x-protobuf"});
  if (options.gzip) options.http.headers.push_back({"Content-Encoding", "gzip"});
  if (has_header(options, "user-agent")) return;
  options.http.headers.push_back(
      {"User-Agent", "OTel-OTLP-Exporter-Cpp-tracebus/" + std::string(version())});
}

}  // namespace

absl::StatusOr<std::unique_ptr<OtlpHttpExporter>> OtlpHttpExporter::create(
    OtlpHttpOptions options) {
  const OtlpRequestOptions requests = request_options(options);
  for (const absl::Status& status :
       {check(requests), check(options.retry), check_headers(options)}) {
    if (!status.ok()) return status;
  }
  add_own_headers(options);
  auto client = HttpClient::create(options.http);
  if (!client.ok()) return client.status();
  std::string name = "otlp:" + (*client)->shown_url();
  auto sender =
      std::make_unique<OtlpHttpSender>(options, *std::move(client), new_retry_seed(&options));
  return std::unique_ptr<OtlpHttpExporter>(new OtlpHttpExporter(
      std::move(name), std::make_unique<OtlpRequests>(requests, std::move(sender))));
}

OtlpHttpExporter::OtlpHttpExporter(std::string name, std::unique_ptr<OtlpRequests> requests)
    : name_(std::move(name)), requests_(std::move(requests)) {}
OtlpHttpExporter::~OtlpHttpExporter() = default;

ExportResult OtlpHttpExporter::export_batch(const Batch& batch, const ExportContext& context) {
  if (requests_ == nullptr) {
    last_error_ = "it was shut down";
    return ExportResult::failure(batch.size());
  }
  return requests_->export_batch(batch, context, last_error_);
}

absl::Status OtlpHttpExporter::shutdown(Deadline) {
  requests_.reset();
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Exporter>> make_otlp_http(std::string_view rest) {
  std::vector<std::string> warnings;
  OtlpHttpOptions options = OtlpHttpOptions::from_env(&warnings);
  for (const std::string& warning : warnings) {
    std::fprintf(stderr, "tracebus: otlp: %s\n", warning.c_str());
  }
  if (!rest.empty()) options.http.url = otlp_traces_url(rest);
  auto made = OtlpHttpExporter::create(std::move(options));
  if (!made.ok()) return made.status();
  return *std::move(made);
}

}  // namespace v1
}  // namespace tracebus
