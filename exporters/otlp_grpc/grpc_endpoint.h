// SPDX-License-Identifier: Apache-2.0
#ifndef TRACEBUS_EXPORTERS_OTLP_GRPC_GRPC_ENDPOINT_H_
#define TRACEBUS_EXPORTERS_OTLP_GRPC_GRPC_ENDPOINT_H_

#include <absl/status/statusor.h>

#include <string>
#include <string_view>

namespace tracebus {
inline namespace v1 {

// Where a receiver of gRPC is: http://HOST:PORT in the open, https://HOST:PORT with TLS, HOST:PORT
// as insecure says. Without a port it is that of the scheme, 80 or 443. IPv6 addresses stand in
// brackets.
struct GrpcEndpoint {
  bool with_tls = false;
  std::string target;  // as gRPC has it
  std::string shown;   // the URL; safe to print

  // InvalidArgument for what is none: another scheme, a path, a name and password, which gRPC has
  // no place for, a port beyond 65535. No message has a name or password.
  static absl::StatusOr<GrpcEndpoint> parse(std::string_view text, bool insecure);
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_GRPC_GRPC_ENDPOINT_H_
