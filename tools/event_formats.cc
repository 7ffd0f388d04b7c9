// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/event_formats.h"

#include <utility>

#include "tracebus/exporters/otlp/otlp_file_exporter.h"
#include "tracebus/exporters/spool/spool_exporter.h"
#include "tracebus/readers/jsonl_reader.h"
#include "tracebus/tools/text.h"
#ifdef TRACEBUS_WITH_RENDER
#include "tracebus/exporters/viewer/viewer_file_exporter.h"
#endif
#ifdef TRACEBUS_WITH_OTLP_HTTP
#include "tracebus/exporters/otlp_http/otlp_http_exporter.h"
#endif
#ifdef TRACEBUS_WITH_PROMETHEUS
#include "tracebus/exporters/prometheus/prometheus_exporter.h"
#endif
#ifdef TRACEBUS_WITH_PROTO
#include "tracebus/exporters/proto_file_exporter.h"
#include "tracebus/readers/open_events.h"
#endif

namespace tracebus {
inline namespace v1 {
namespace {

#ifdef TRACEBUS_WITH_PROTO
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
#ifdef TRACEBUS_WITH_PROTO
  factory.add("proto", "proto:PATH  length-delimited Protobuf messages, appended to PATH",
              make_proto);
#endif
#ifdef TRACEBUS_WITH_RENDER
  add_viewer_files(factory);
#endif
#ifdef TRACEBUS_WITH_OTLP_HTTP
  factory.add("otlp",
              "otlp[:URL]  spans over OTLP/HTTP, to URL/v1/traces; OTEL_EXPORTER_OTLP_... holds",
              make_otlp_http);
#endif
#ifdef TRACEBUS_WITH_PROMETHEUS
  factory.add("prometheus",
              "prometheus[:[HOST:]PORT]  metrics at http://HOST:PORT/metrics, for Prometheus to "
              "scrape; localhost:9464",
              make_prometheus);
#endif
  return factory;
}

absl::StatusOr<std::vector<std::unique_ptr<Exporter>>> make_exporters(
    std::string_view option, const std::vector<std::string>& specs) {
  const ExporterFactory factory = exporter_factory();
  std::vector<std::unique_ptr<Exporter>> exporters;
  for (const std::string& spec : specs) {
    auto made = factory.make(spec);
    if (!made.ok()) {
      const std::string reason(made.status().message());
      return absl::Status(made.status().code(),
                          std::string(option) + " " + visible(spec) + ": " + reason);
    }
    exporters.push_back(*std::move(made));
  }
  return exporters;
}

absl::StatusOr<std::unique_ptr<EventReader>> open_recorded(const std::string& path) {
#ifdef TRACEBUS_WITH_PROTO
  return open_events(path);
#else
  return open_jsonl(path);
#endif
}

}  // namespace v1
}  // namespace tracebus
