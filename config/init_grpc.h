// SPDX-License-Identifier: Apache-2.0
//
// init, and config files, over gRPC. In a library of its own, tracebus::config_grpc, so that only
// those who want it link gRPC:
//
//   tracebus::enable_grpc();
//   auto tracing = tracebus::init({.endpoint = "http://localhost:4317", .protocol = "grpc"});
#ifndef TRACEBUS_CONFIG_INIT_GRPC_H_
#define TRACEBUS_CONFIG_INIT_GRPC_H_

#include "tracebus/config/init.h"

namespace tracebus {
inline namespace v1 {

// From now on init knows "grpc", as InitOptions::protocol and of OTEL_EXPORTER_OTLP_PROTOCOL, and
// config files that are read know it as otlp.protocol. Its endpoint is OtlpGrpcOptions::endpoint.
// Thread safety: any thread.
void enable_grpc() noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CONFIG_INIT_GRPC_H_
