// SPDX-License-Identifier: Apache-2.0
#ifndef TRACEBUS_EXPORTERS_OTLP_GRPC_GRPC_HEADERS_H_
#define TRACEBUS_EXPORTERS_OTLP_GRPC_GRPC_HEADERS_H_

#include <absl/status/status.h>

#include <vector>

#include "tracebus/exporters/otlp_grpc/otlp_grpc_options.h"

namespace tracebus {
inline namespace v1 {

// InvalidArgument for what gRPC does not send (its PROTOCOL-HTTP2.md, "Custom-Metadata"), where it
// would end the process, and for what is its own: names of it, and values with control characters
// or anything beyond ASCII in them, but for names that end in -bin. No message has a value.
absl::Status check_headers(const std::vector<GrpcHeader>& headers);

// As they are sent: the names in lower case.
std::vector<GrpcHeader> sent_headers(std::vector<GrpcHeader> headers);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_GRPC_GRPC_HEADERS_H_
