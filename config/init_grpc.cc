// SPDX-License-Identifier: Apache-2.0
#include "tracebus/config/init_grpc.h"

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/config/init_transport.h"
#include "tracebus/exporters/otlp_grpc/otlp_grpc_exporter.h"
#include "tracebus/exporters/otlp_grpc/otlp_grpc_metrics.h"

namespace tracebus {
inline namespace v1 {
namespace {

template <class T>
void set(const std::optional<T>& said, T& to) {
  if (said) to = *said;
}

OtlpGrpcOptions options_of(const OtlpSettings& settings) {
  std::vector<std::string> warnings;
  OtlpGrpcOptions grpc = OtlpGrpcOptions::from_env(
      &warnings, settings.is_metrics ? OtlpSignal::kMetrics : OtlpSignal::kTraces);
  for (const std::string& warning : warnings) {
    std::fprintf(stderr, "tracebus: otlp-grpc: %s\n", warning.c_str());
  }
  if (!settings.endpoint.empty()) grpc.endpoint = settings.endpoint;
  if (!settings.service_name.empty()) grpc.resource.set("service.name", settings.service_name);
  for (const auto& [name, value] : settings.headers) grpc.headers.push_back({name, value});
  for (const auto& [key, value] : settings.resource) grpc.resource.set(key, value);
  set(settings.gzip, grpc.gzip);
  set(settings.insecure, grpc.insecure);
  set(settings.certificate, grpc.ca_file);
  set(settings.client_certificate, grpc.client_certificate_file);
  set(settings.client_key, grpc.client_key_file);
  set(settings.timeout, grpc.timeout);
  set(settings.requests_max, grpc.requests_max);
  set(settings.request_spans_max, grpc.request_spans_max);
  set(settings.request_bytes_max, grpc.request_bytes_max);
  set(settings.profile, grpc.profile);
  return grpc;
}

absl::StatusOr<std::unique_ptr<Exporter>> make_grpc(const OtlpSettings& settings) {
  OtlpGrpcOptions options = options_of(settings);
  if (settings.is_metrics) return make_otlp_grpc_metrics_exporter(std::move(options));
  auto made = OtlpGrpcExporter::create(std::move(options));
  if (!made.ok()) return made.status();
  return *std::move(made);
}

}  // namespace

void enable_grpc() noexcept { set_grpc_transport(&make_grpc); }

}  // namespace v1
}  // namespace tracebus
