// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp_grpc/otlp_grpc_exporter.h"

#include <cstdio>
#include <utility>
#include <vector>

#include "tracebus/exporters/otlp/otlp_requests.h"
#include "tracebus/exporters/otlp_grpc/otlp_grpc_sender.h"
#include "tracebus/exporters/span_pairer.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr char kExport[] = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

}  // namespace

absl::StatusOr<std::unique_ptr<OtlpGrpcExporter>> OtlpGrpcExporter::create(
    OtlpGrpcOptions options) {
  const OtlpRequestOptions requests = {.timeout = options.timeout,
                                       .requests_max = options.requests_max,
                                       .request_spans_max = options.request_spans_max,
                                       .request_bytes_max = options.request_bytes_max,
                                       .profile = options.profile,
                                       .resource = options.resource};
  for (const absl::Status& status : {check(requests), check(options.retry)}) {
    if (!status.ok()) return status;
  }
  auto client = GrpcClient::create(options, kExport);
  if (!client.ok()) return client.status();
  std::string name = "otlp-grpc:" + (*client)->shown_url();
  auto sender =
      std::make_unique<OtlpGrpcSender>(options, *std::move(client), new_retry_seed(&options));
  return std::unique_ptr<OtlpGrpcExporter>(new OtlpGrpcExporter(
      std::move(name), std::make_unique<OtlpRequests>(requests, std::move(sender))));
}

OtlpGrpcExporter::OtlpGrpcExporter(std::string name, std::unique_ptr<OtlpRequests> requests)
    : name_(std::move(name)), requests_(std::move(requests)) {}
OtlpGrpcExporter::~OtlpGrpcExporter() = default;

ExportResult OtlpGrpcExporter::export_batch(const Batch& batch, const ExportContext& context) {
  if (requests_ == nullptr) {
    last_error_ = "it was shut down";
    return ExportResult::failure(batch.size());
  }
  return requests_->export_batch(batch, context, last_error_);
}

absl::Status OtlpGrpcExporter::shutdown(Deadline) {
  requests_.reset();
  return absl::OkStatus();
}

absl::Status OtlpGrpcExporter::check_connection(Deadline deadline) {
  if (requests_ == nullptr) return absl::FailedPreconditionError("it was shut down");
  const absl::Status checked = requests_->check(deadline);
  if (checked.ok()) return checked;
  return absl::Status(checked.code(), name_ + ": " + std::string(checked.message()));
}

absl::StatusOr<std::unique_ptr<Exporter>> make_otlp_grpc(std::string_view rest) {
  std::vector<std::string> warnings;
  OtlpGrpcOptions options = OtlpGrpcOptions::from_env(&warnings);
  for (const std::string& warning : warnings) {
    std::fprintf(stderr, "tracebus: otlp-grpc: %s\n", warning.c_str());
  }
  if (!rest.empty()) options.endpoint = rest;
  auto made = OtlpGrpcExporter::create(std::move(options));
  if (!made.ok()) return made.status();
  return behind_pairer(*std::move(made));
}

}  // namespace v1
}  // namespace tracebus
