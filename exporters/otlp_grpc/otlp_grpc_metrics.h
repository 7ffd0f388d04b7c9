// SPDX-License-Identifier: Apache-2.0
//
// The bus's own numbers as OTLP's metrics over gRPC: see otlp_metrics_exporter.h.
#ifndef TRACEBUS_EXPORTERS_OTLP_GRPC_OTLP_GRPC_METRICS_H_
#define TRACEBUS_EXPORTERS_OTLP_GRPC_OTLP_GRPC_METRICS_H_

#include <absl/status/statusor.h>

#include <memory>
#include <string_view>

#include "tracebus/core/exporter.h"
#include "tracebus/exporters/otlp_grpc/otlp_grpc_options.h"

namespace tracebus {
inline namespace v1 {

// options: request_spans_max and profile are for others. Give its subscription
// Filter::types({"bus_stats"}), and the bus BusOptions::stats_interval_ms: without it there is
// nothing to send. Connects to nothing yet. Errors as of OtlpGrpcExporter::create.
absl::StatusOr<std::unique_ptr<Exporter>> make_otlp_grpc_metrics_exporter(OtlpGrpcOptions options);

// What "otlp-grpc-metrics:ENDPOINT" means: rest is the endpoint, or empty; the environment says all
// else. Warnings of it are printed on standard error.
absl::StatusOr<std::unique_ptr<Exporter>> make_otlp_grpc_metrics(std::string_view rest);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_GRPC_OTLP_GRPC_METRICS_H_
