// SPDX-License-Identifier: Apache-2.0
//
// Document 002, "Quickstart" with and without an endpoint, and "OTLP Backend Compatibility":
//
//   plyra_backends console|otlp|grpc|grafana [ENDPOINT]     init, as the document has it
//   plyra_backends jaeger|tempo|phoenix|langfuse|datadog-otlp|signoz|grafana-cloud [URL]
//
// The second line is the document's table: by a backend's name its address, path and keys are known
// (exporters/otlp_http/backends.md). Keys come from the environment.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "tracebus/config/init.h"
#include "tracebus/exporters/otlp_http/otlp_backends.h"
#include "tracebus/exporters/otlp_http/otlp_http_exporter.h"
#include "tracebus/tools/examples/seeds/backend_run.h"
#include "tracebus/trace/traced.h"
#ifdef TRACEBUS_WITH_OTLP_GRPC
#include "tracebus/config/init_grpc.h"
#endif

using namespace tracebus;

namespace {

int fail(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return 2;
}

InitOptions options_for(const std::string& way, const std::string& endpoint) {
  InitOptions options = {.service_name = "my-agent", .endpoint = endpoint};
  if (way == "console") options.protocol = "console";
  if (way == "otlp") options.protocol = "http/protobuf";
  if (way == "grpc") options.protocol = "grpc";
  if (way == "grafana") {
    const char* const api_key = std::getenv("GRAFANA_API_KEY");
    options.headers = {{"Authorization", "Basic " + std::string(api_key ? api_key : "")}};
  }
  return options;
}

int run_by_init(const std::string& way, const std::string& endpoint) {
#ifdef TRACEBUS_WITH_OTLP_GRPC
  enable_grpc();
#endif
  auto tracing = init(options_for(way, endpoint));
  if (!tracing.ok()) return fail(tracing.status());
  {
    const ContextScope session = Context::current().with({.session_id = "session-abc"}).attach();
    traced({.name = "researcher", .kind = SpanKind::kAgent},
           [] { traced({.name = "web-search", .kind = SpanKind::kTool}, [] {}); });
  }
  return examples::end((*tracing)->bus());
}

int run_by_name(OtlpBackend backend, const std::string& url) {
  auto options = otlp_backend_options(backend, url);
  if (!options.ok()) return fail(options.status());
  options->resource.set("service.name", "my-agent");
  auto exporter = OtlpHttpExporter::create(*std::move(options));
  if (!exporter.ok()) return fail(exporter.status());
  TraceEventBus bus;
  if (const auto added = bus.add_exporter(*std::move(exporter)); !added.ok()) {
    return fail(added.status());
  }
  examples::run_pipeline(Tracer(bus));
  return examples::end(bus);
}

}  // namespace

int main(int count, char** arguments) {
  const std::string name = count > 1 ? arguments[1] : "console";
  const std::string endpoint = count > 2 ? arguments[2] : "";
  for (std::size_t i = 0; i < kOtlpBackends; ++i) {
    const auto backend = static_cast<OtlpBackend>(i);
    if (name == to_string(backend)) return run_by_name(backend, endpoint);
  }
  return run_by_init(name, endpoint);
}
