// SPDX-License-Identifier: Apache-2.0
#include "tracebus/config/exporter_factory.h"

#include <absl/status/status.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "tracebus/exporters/otlp/otlp_file_exporter.h"
#include "tracebus/exporters/spool/spool_exporter.h"
#ifdef TRACEBUS_WITH_VIEWER_FILE
#include "tracebus/exporters/viewer/viewer_file_exporter.h"
#endif
#ifdef TRACEBUS_WITH_DATADOG
#include "tracebus/exporters/datadog/datadog_exporter.h"
#endif
#ifdef TRACEBUS_WITH_OTLP_HTTP
#include "tracebus/exporters/otlp_http/otlp_backends.h"
#include "tracebus/exporters/otlp_http/otlp_http_exporter.h"
#include "tracebus/exporters/otlp_http/otlp_http_metrics.h"
#endif
#ifdef TRACEBUS_WITH_PROMETHEUS
#include "tracebus/exporters/prometheus/prometheus_exporter.h"
#endif
#ifdef TRACEBUS_WITH_PROTO_FILE
#include "tracebus/exporters/proto_file_exporter.h"
#endif

namespace tracebus {
inline namespace v1 {
namespace {

#ifdef TRACEBUS_WITH_PROTO_FILE
absl::StatusOr<std::unique_ptr<Exporter>> make_proto(std::string_view rest) {
  if (rest.empty()) {
    return absl::InvalidArgumentError("give the path of the file to append to, as proto:PATH");
  }
  auto opened = ProtoFileExporter::open(std::string(rest));
  if (!opened.ok()) return opened.status();
  return *std::move(opened);
}
#endif

}  // namespace

ExporterFactory exporter_factory() {
  ExporterFactory factory = ExporterFactory::with_builtin();
  add_otlp_file_exporter(factory);
  add_spool(factory);
#ifdef TRACEBUS_WITH_PROTO_FILE
  factory.add("proto", "proto:PATH  length-delimited Protobuf messages, appended to PATH",
              make_proto);
#endif
#ifdef TRACEBUS_WITH_VIEWER_FILE
  add_viewer_files(factory);
#endif
#ifdef TRACEBUS_WITH_OTLP_HTTP
  factory.add("otlp",
              "otlp[:URL]  spans over OTLP/HTTP, to URL/v1/traces; OTEL_EXPORTER_OTLP_... holds",
              make_otlp_http);
  factory.add(
      "otlp-with-logs",
      "otlp-with-logs[:URL]  the same, and events of no span as log records, to URL/v1/logs",
      make_otlp_http_with_logs);
  factory.add("otlp-metrics",
              "otlp-metrics[:URL]  the bus's own numbers as metrics, to URL/v1/metrics, every "
              "TRACEBUS_STATS_INTERVAL_MS",
              make_otlp_http_metrics);
  add_otlp_backends(factory);
#endif
#ifdef TRACEBUS_WITH_PROMETHEUS
  factory.add("prometheus",
              "prometheus[:[HOST:]PORT]  metrics at http://HOST:PORT/metrics, for Prometheus to "
              "scrape; localhost:9464",
              make_prometheus);
#endif
#ifdef TRACEBUS_WITH_DATADOG
  factory.add("datadog",
              "datadog[:URL]  spans to a Datadog agent at URL, http://host:8126 or unix:///path; "
              "DD_... holds",
              make_datadog);
#endif
  return factory;
}

}  // namespace v1
}  // namespace tracebus
