// SPDX-License-Identifier: Apache-2.0
#include "tracebus/config/init.h"

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tracebus/config/init_transport.h"
#include "tracebus/config/tracing_builder.h"
#include "tracebus/exporters/console_exporter.h"
#include "tracebus/exporters/processing_exporter.h"
#ifdef TRACEBUS_WITH_OTLP_HTTP
#include "tracebus/exporters/otlp_http/otlp_http_exporter.h"
#endif

namespace tracebus {
inline namespace v1 {
namespace {

// Bytes bound a batch, not a count: requests are cut from it as they need be.
constexpr std::size_t kOtlpBatchEvents = 8192;

std::string variable(const char* name) {
  const char* const text = std::getenv(name);
  return text == nullptr ? std::string() : std::string(text);
}

bool has_endpoint(const InitOptions& options) {
  return !options.endpoint.empty() || !variable("OTEL_EXPORTER_OTLP_ENDPOINT").empty() ||
         !variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").empty();
}

absl::StatusOr<std::unique_ptr<Exporter>> make_otlp(const InitOptions& options) {
#ifdef TRACEBUS_WITH_OTLP_HTTP
  std::vector<std::string> warnings;
  OtlpHttpOptions http = OtlpHttpOptions::from_env(&warnings);
  for (const std::string& warning : warnings) {
    std::fprintf(stderr, "tracebus: otlp: %s\n", warning.c_str());
  }
  if (!options.endpoint.empty()) http.http.url = otlp_traces_url(options.endpoint);
  if (!options.protocol.empty()) http.json = options.protocol == "http/json";
  if (!options.service_name.empty()) http.resource.set("service.name", options.service_name);
  for (const auto& [name, value] : options.headers) http.http.headers.push_back({name, value});
  auto made = OtlpHttpExporter::create(std::move(http));
  if (!made.ok()) return made.status();
  return *std::move(made);
#else
  static_cast<void>(options);
  return absl::UnimplementedError("this build has no OTLP over HTTP: it needs libcurl and zlib");
#endif
}

OtlpSettings settings_of(const InitOptions& options) {
  OtlpSettings settings;
  if (!options.protocol.empty()) settings.protocol = OtlpProtocol::kGrpc;
  settings.endpoint = options.endpoint;
  settings.service_name = options.service_name;
  settings.headers = options.headers;
  return settings;
}

absl::StatusOr<std::unique_ptr<Exporter>> make_exporter(const InitOptions& options) {
  const std::string& protocol = options.protocol;
  if (protocol == "memory") return std::make_unique<MemoryExporter>();
  if (protocol == "console" || (protocol.empty() && !has_endpoint(options))) {
    return std::make_unique<ConsoleExporter>();
  }
  const bool environment_says_grpc =
      protocol.empty() && otlp_protocol_of_environment(false) == OtlpProtocol::kGrpc;
  if (protocol == "grpc" || environment_says_grpc) return make_by_grpc(settings_of(options));
  if (protocol.empty() || protocol == "http/protobuf" || protocol == "http/json") {
    return make_otlp(options);
  }
  return absl::InvalidArgumentError(
      "protocol '" + protocol + "' is none of http/protobuf, http/json, grpc, console and memory");
}

}  // namespace

Tracing::~Tracing() { shutdown().IgnoreError(); }

absl::Status Tracing::shutdown(std::chrono::milliseconds timeout) {
  if (tracer_ && default_tracer() == &*tracer_) set_default_tracer(nullptr);
  return bus_.shutdown(timeout);
}

absl::StatusOr<std::unique_ptr<Tracing>> init(InitOptions options) {
  std::string service_name = options.service_name;
  if (service_name.empty()) service_name = variable("OTEL_SERVICE_NAME");
  TracingBuilder builder(options.bus);
  if (options.enabled) {
    auto exporter = make_exporter(options);
    if (!exporter.ok()) return exporter.status();
    if (!options.processors.empty()) {
      *exporter =
          std::make_unique<ProcessingExporter>(std::move(options.processors), *std::move(exporter));
    }
    builder.add(*std::move(exporter), {.batch = {.events_max = kOtlpBatchEvents}});
  }
  return builder.build({.service_name = std::move(service_name)});
}

}  // namespace v1
}  // namespace tracebus
