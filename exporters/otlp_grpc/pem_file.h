// SPDX-License-Identifier: Apache-2.0
#ifndef TRACEBUS_EXPORTERS_OTLP_GRPC_PEM_FILE_H_
#define TRACEBUS_EXPORTERS_OTLP_GRPC_PEM_FILE_H_

#include <absl/status/status.h>

#include <string>

namespace tracebus {
inline namespace v1 {

// A file of certificates or a key, as text (RFC 7468), of at most kPemBytesMax.
struct PemFile {
  const char* what;  // for errors
  const std::string& path;
  std::string* text;

  // Nothing for an empty path. NotFound for a file that cannot be read; InvalidArgument for one
  // that is too large or has no such text in it, of which gRPC says that a connection failed.
  absl::Status read() const;
};

inline constexpr std::size_t kPemBytesMax = std::size_t{4} << 20;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_GRPC_PEM_FILE_H_
