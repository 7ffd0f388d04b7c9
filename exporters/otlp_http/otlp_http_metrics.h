// SPDX-License-Identifier: Apache-2.0
//
// The bus's own numbers as OTLP's metrics over HTTP, as Protobuf or JSON: see
// otlp_metrics_exporter.h.
#ifndef TRACEBUS_EXPORTERS_OTLP_HTTP_OTLP_HTTP_METRICS_H_
#define TRACEBUS_EXPORTERS_OTLP_HTTP_OTLP_HTTP_METRICS_H_

#include <absl/status/statusor.h>

#include <memory>
#include <string_view>

#include "tracebus/core/exporter.h"
#include "tracebus/exporters/otlp_http/otlp_http_options.h"

namespace tracebus {
inline namespace v1 {

// options: as of from_env(&warnings, OtlpSignal::kMetrics), or http.url = otlp_metrics_url(base);
// logs_url, request_spans_max and profile are for others. Give its subscription
// Filter::types({"bus_stats"}), and the bus BusOptions::stats_interval_ms: without it there is
// nothing to send. Connects to nothing yet. Errors as of OtlpHttpExporter::create.
absl::StatusOr<std::unique_ptr<Exporter>> make_otlp_http_metrics_exporter(OtlpHttpOptions options);

// What "otlp-metrics:URL" means: rest is the address for all signals, or empty; the environment
// says all else. Warnings of it are printed on standard error.
absl::StatusOr<std::unique_ptr<Exporter>> make_otlp_http_metrics(std::string_view rest);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_HTTP_OTLP_HTTP_METRICS_H_
