// SPDX-License-Identifier: Apache-2.0
#include "tracebus/config/init_grpc.h"

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/config/init_transport.h"
#include "tracebus/exporters/otlp_grpc/otlp_grpc_exporter.h"

namespace tracebus {
inline namespace v1 {
namespace {

absl::StatusOr<std::unique_ptr<Exporter>> make_grpc(const InitOptions& options) {
  std::vector<std::string> warnings;
  OtlpGrpcOptions grpc = OtlpGrpcOptions::from_env(&warnings);
  for (const std::string& warning : warnings) {
    std::fprintf(stderr, "tracebus: otlp-grpc: %s\n", warning.c_str());
  }
  if (!options.endpoint.empty()) grpc.endpoint = options.endpoint;
  if (!options.service_name.empty()) grpc.resource.set("service.name", options.service_name);
  for (const auto& [name, value] : options.headers) grpc.headers.push_back({name, value});
  auto made = OtlpGrpcExporter::create(std::move(grpc));
  if (!made.ok()) return made.status();
  return *std::move(made);
}

}  // namespace

void enable_grpc() noexcept { set_grpc_transport(&make_grpc); }

}  // namespace v1
}  // namespace tracebus
