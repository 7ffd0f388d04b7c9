// SPDX-License-Identifier: Apache-2.0
//
// Document 000, "Built-in Exporters" with Langfuse, and "OTel Backend Setup":
//
//   pyagent_backends jaeger|tempo|langfuse|datadog [URL [FILE]]
//
// Without a URL each goes where the document sends it. FILE: JSONL of the same events beside it.
// Keys are never in a program: Langfuse's are LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY.
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/exporters/console_exporter.h"
#include "tracebus/exporters/jsonl_exporter.h"
#include "tracebus/exporters/otlp_http/langfuse_exporter.h"
#include "tracebus/exporters/otlp_http/otlp_http_exporter.h"
#include "tracebus/tools/examples/seeds/backend_run.h"
#ifdef TRACEBUS_WITH_OTLP_GRPC
#include "tracebus/exporters/otlp_grpc/otlp_grpc_exporter.h"
#endif
#ifdef TRACEBUS_WITH_DATADOG
#include "tracebus/exporters/datadog/datadog_exporter.h"
#endif

using namespace tracebus;

namespace {

using Made = absl::StatusOr<std::unique_ptr<Exporter>>;

template <class T>
Made upcast(absl::StatusOr<std::unique_ptr<T>> made) {
  if (!made.ok()) return made.status();
  return *std::move(made);
}

// Jaeger's Thrift port, 6831, is from before it took OTLP; its page is at 16686 as ever.
Made jaeger(const std::string& url) {
  OtlpHttpOptions options;
  options.http.url = otlp_traces_url(url.empty() ? "http://localhost:4318" : url);
  return upcast(OtlpHttpExporter::create(std::move(options)));
}

Made tempo(const std::string& url) {
#ifdef TRACEBUS_WITH_OTLP_GRPC
  OtlpGrpcOptions options;
  options.endpoint = url.empty() ? "http://tempo:4317" : url;
  return upcast(OtlpGrpcExporter::create(std::move(options)));
#else
  return absl::UnimplementedError("this build has no gRPC; Tempo takes HTTP too: jaeger " + url);
#endif
}

// Starts and ends of agents and calls become spans and generations.
Made langfuse(const std::string& url) {
  auto options = LangfuseOptions::from_env(url.empty() ? "https://cloud.langfuse.com" : url);
  if (!options.ok()) return options.status();
  return make_langfuse_exporter(*std::move(options));
}

Made datadog(const std::string& url) {
#ifdef TRACEBUS_WITH_DATADOG
  DatadogOptions options = DatadogOptions::from_env();
  if (!url.empty()) options.http.url = url;
  return upcast(DatadogExporter::create(std::move(options)));
#else
  return absl::UnimplementedError("this build has no Datadog exporter, for " + url);
#endif
}

Made exporter_for(const std::string& backend, const std::string& url) {
  if (backend == "jaeger") return jaeger(url);
  if (backend == "tempo") return tempo(url);
  if (backend == "langfuse") return langfuse(url);
  if (backend == "datadog") return datadog(url);
  return absl::InvalidArgumentError("give jaeger, tempo, langfuse or datadog, and a URL");
}

}  // namespace

int main(int count, char** arguments) {
  const std::string backend = count > 1 ? arguments[1] : "";
  TraceEventBus bus;
  auto exporter = exporter_for(backend, count > 2 ? arguments[2] : "");
  absl::Status status = exporter.status();
  if (status.ok()) status = bus.add_exporter(*std::move(exporter), {.content = true}).status();
  // One bus can have several exporters.
  if (status.ok()) status = bus.add_exporter(std::make_unique<ConsoleExporter>()).status();
  if (status.ok() && count > 3) {
    auto file = JsonlExporter::open(arguments[3]);
    status = file.ok() ? bus.add_exporter(*std::move(file)).status() : file.status();
  }
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
    return 2;
  }
  examples::run_pipeline(Tracer(bus, {.service_name = "investment-analysis"}));
  return examples::end(bus);
}
