// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp_http/otlp_http_metrics.h"

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/exporters/otlp/otlp_metrics_exporter.h"
#include "tracebus/exporters/otlp_http/otlp_http_sender.h"

namespace tracebus {
inline namespace v1 {

absl::StatusOr<std::unique_ptr<Exporter>> make_otlp_http_metrics_exporter(OtlpHttpOptions options) {
  auto sender = OtlpHttpSender::create(OtlpSignal::kMetrics, options);
  if (!sender.ok()) return sender.status();
  OtlpMetricsOptions metrics = {.name = "otlp-metrics:" + (*sender)->shown_url(),
                                .timeout = options.timeout,
                                .request_bytes_max = options.request_bytes_max,
                                .resource = std::move(options.resource)};
  if (absl::Status status = check(metrics); !status.ok()) return status;
  return std::make_unique<OtlpMetricsExporter>(std::move(metrics), *std::move(sender));
}

absl::StatusOr<std::unique_ptr<Exporter>> make_otlp_http_metrics(std::string_view rest) {
  std::vector<std::string> warnings;
  OtlpHttpOptions options = OtlpHttpOptions::from_env(&warnings, OtlpSignal::kMetrics);
  for (const std::string& warning : warnings) {
    std::fprintf(stderr, "tracebus: otlp-metrics: %s\n", warning.c_str());
  }
  if (!rest.empty()) options.http.url = otlp_metrics_url(rest);
  return make_otlp_http_metrics_exporter(std::move(options));
}

}  // namespace v1
}  // namespace tracebus
