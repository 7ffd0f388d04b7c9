// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp_http/otlp_http_exporter.h"

#include <cstdio>
#include <utility>
#include <vector>

#include "tracebus/core/version.h"
#include "tracebus/exporters/http/http_export.h"
#include "tracebus/exporters/otlp_http/otlp_requests.h"
#include "tracebus/exporters/span_pairer.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kRequestBytesMin = 4096;

absl::Status check(const OtlpHttpOptions& options) {
  if (absl::Status status = check_export_times(options.timeout, options.retry); !status.ok()) {
    return status;
  }
  if (options.request_bytes_max < kRequestBytesMin ||
      options.request_bytes_max > kOtlpRequestBytesMax) {
    return absl::InvalidArgumentError("request_bytes_max is not from 4096 to 67108864");
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

}  // namespace

absl::StatusOr<std::unique_ptr<OtlpHttpExporter>> OtlpHttpExporter::create(
    OtlpHttpOptions options) {
  if (absl::Status status = check(options); !status.ok()) return status;
  add_own_headers(options);
  auto client = HttpClient::create(options.http);
  if (!client.ok()) return client.status();
  std::string name = "otlp:" + (*client)->shown_url();
  auto requests =
      std::make_unique<OtlpRequests>(options, *std::move(client), new_retry_seed(&options));
  return std::unique_ptr<OtlpHttpExporter>(
      new OtlpHttpExporter(std::move(name), std::move(requests)));
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

absl::Status OtlpHttpExporter::check_connection(Deadline deadline) {
  if (requests_ == nullptr) return absl::FailedPreconditionError("it was shut down");
  const absl::Status checked = requests_->check(deadline);
  if (checked.ok()) return checked;
  return absl::Status(checked.code(), name_ + ": " + std::string(checked.message()));
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
  return behind_pairer(*std::move(made));
}

}  // namespace v1
}  // namespace tracebus
