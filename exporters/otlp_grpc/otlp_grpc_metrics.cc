// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp_grpc/otlp_grpc_metrics.h"

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/exporters/otlp/otlp_metrics_exporter.h"
#include "tracebus/exporters/otlp_grpc/otlp_grpc_sender.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr char kExport[] = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

}  // namespace

absl::StatusOr<std::unique_ptr<Exporter>> make_otlp_grpc_metrics_exporter(OtlpGrpcOptions options) {
  OtlpMetricsOptions metrics = {.timeout = options.timeout,
                                .request_bytes_max = options.request_bytes_max,
                                .resource = options.resource};
  for (const absl::Status& status : {check(metrics), check(options.retry)}) {
    if (!status.ok()) return status;
  }
  auto client = GrpcClient::create(options, kExport);
  if (!client.ok()) return client.status();
  metrics.name = "otlp-grpc-metrics:" + (*client)->shown_url();
  auto sender =
      std::make_unique<OtlpGrpcSender>(options, *std::move(client), new_retry_seed(&options));
  return std::make_unique<OtlpMetricsExporter>(std::move(metrics), std::move(sender));
}

absl::StatusOr<std::unique_ptr<Exporter>> make_otlp_grpc_metrics(std::string_view rest) {
  std::vector<std::string> warnings;
  OtlpGrpcOptions options = OtlpGrpcOptions::from_env(&warnings, OtlpSignal::kMetrics);
  for (const std::string& warning : warnings) {
    std::fprintf(stderr, "tracebus: otlp-grpc-metrics: %s\n", warning.c_str());
  }
  if (!rest.empty()) options.endpoint = rest;
  return make_otlp_grpc_metrics_exporter(std::move(options));
}

}  // namespace v1
}  // namespace tracebus
