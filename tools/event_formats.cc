// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/event_formats.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "tracebus/config/exporter_factory.h"
#include "tracebus/readers/jsonl_reader.h"
#include "tracebus/tools/text.h"
#ifdef TRACEBUS_WITH_OTLP_GRPC
#include "tracebus/config/init_grpc.h"
#include "tracebus/exporters/otlp_grpc/otlp_grpc_exporter.h"
#include "tracebus/exporters/otlp_grpc/otlp_grpc_metrics.h"
#endif
#ifdef TRACEBUS_WITH_PROTO
#include "tracebus/readers/open_events.h"
#endif

namespace tracebus {
inline namespace v1 {

ExporterFactory command_exporters() {
  ExporterFactory factory = exporter_factory();
#ifdef TRACEBUS_WITH_OTLP_GRPC
  enable_grpc();  // for config files
  factory.add("otlp-grpc",
              "otlp-grpc[:URL]  spans over OTLP/gRPC, to http[s]://HOST:PORT; the same variables",
              make_otlp_grpc);
  factory.add("otlp-grpc-metrics",
              "otlp-grpc-metrics[:URL]  the bus's own numbers as metrics over OTLP/gRPC, every "
              "TRACEBUS_STATS_INTERVAL_MS",
              make_otlp_grpc_metrics);
#endif
  return factory;
}

BusOptions bus_with_stats() {
  BusOptions options;
  const char* const text = std::getenv("TRACEBUS_STATS_INTERVAL_MS");
  if (text == nullptr || *text == '\0') return options;
  const absl::StatusOr<BusOptions> read = BusOptions::from_env();
  if (read.ok()) {
    options.stats_interval_ms = read->stats_interval_ms;
  } else {
    std::fprintf(stderr, "tracebus: environment: %s\n",
                 visible(std::string(read.status().message())).c_str());
  }
  return options;
}

absl::StatusOr<std::vector<std::unique_ptr<Exporter>>> make_exporters(
    std::string_view option, const std::vector<std::string>& specs) {
  const ExporterFactory factory = command_exporters();
  std::vector<std::unique_ptr<Exporter>> exporters;
  for (const std::string& spec : specs) {
    auto made = factory.make(spec);
    if (!made.ok()) {
      const std::string reason(made.status().message());
      return absl::Status(made.status().code(),
                          std::string(option) + " " + visible_spec(spec) + ": " + reason);
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

absl::StatusOr<std::unique_ptr<EventReader>> read_recorded(std::unique_ptr<ByteSource> source) {
#ifdef TRACEBUS_WITH_PROTO
  return read_events(std::move(source));
#else
  return read_jsonl(std::move(source));
#endif
}

}  // namespace v1
}  // namespace tracebus
