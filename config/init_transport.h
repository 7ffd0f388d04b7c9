// SPDX-License-Identifier: Apache-2.0
#ifndef TRACEBUS_CONFIG_INIT_TRANSPORT_H_
#define TRACEBUS_CONFIG_INIT_TRANSPORT_H_

#include <absl/status/statusor.h>

#include <memory>

#include "tracebus/config/init.h"
#include "tracebus/core/exporter.h"

namespace tracebus {
inline namespace v1 {

// How init makes the exporter of a protocol that is in a library of its own.
using InitTransport = absl::StatusOr<std::unique_ptr<Exporter>> (*)(const InitOptions& options);

// Of "grpc". Thread safety: any thread.
void set_grpc_transport(InitTransport transport) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CONFIG_INIT_TRANSPORT_H_
