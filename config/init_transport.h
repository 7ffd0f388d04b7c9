// SPDX-License-Identifier: Apache-2.0
#ifndef TRACEBUS_CONFIG_INIT_TRANSPORT_H_
#define TRACEBUS_CONFIG_INIT_TRANSPORT_H_

#include <absl/status/statusor.h>

#include <memory>

#include "tracebus/config/otlp_settings.h"
#include "tracebus/core/exporter.h"

namespace tracebus {
inline namespace v1 {

// How init and config files make the exporter of a protocol that is in a library of its own.
using InitTransport = absl::StatusOr<std::unique_ptr<Exporter>> (*)(const OtlpSettings& settings);

// Of "grpc". Thread safety: any thread.
void set_grpc_transport(InitTransport transport) noexcept;
bool has_grpc_transport() noexcept;
// Unimplemented, with what to do about it, if there is none.
absl::StatusOr<std::unique_ptr<Exporter>> make_by_grpc(const OtlpSettings& settings);

// What is to be done where there is no gRPC.
inline constexpr char kNoGrpc[] =
    "grpc is not in this program: link tracebus::config_grpc and call enable_grpc() of "
    "config/init_grpc.h first (a tracebus without it was built without libgrpc++-dev), or give "
    "http/protobuf and the receiver's port for it";

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CONFIG_INIT_TRANSPORT_H_
