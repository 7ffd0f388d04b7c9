// SPDX-License-Identifier: Apache-2.0
#ifndef TRACEBUS_EXPORTERS_OTLP_GRPC_OTLP_GRPC_OPTIONS_H_
#define TRACEBUS_EXPORTERS_OTLP_GRPC_OTLP_GRPC_OPTIONS_H_

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "tracebus/core/profile.h"
#include "tracebus/exporters/http/retry_schedule.h"
#include "tracebus/exporters/otlp/otlp_limits.h"
#include "tracebus/exporters/otlp/otlp_signal.h"
#include "tracebus/exporters/otlp/resource.h"

namespace tracebus {
inline namespace v1 {

// What is sent with every request, as gRPC's metadata. Values are secrets: no message of ours has
// them.
struct GrpcHeader {
  std::string name;   // sent in lower case; of one that ends in -bin the value may be any bytes
  std::string value;  // otherwise printable ASCII
};

inline constexpr std::size_t kGrpcRequestsMax = 64;

struct OtlpGrpcOptions {
  // http://HOST:PORT in the open, https://HOST:PORT with TLS, HOST:PORT with TLS unless insecure.
  std::string endpoint = "http://localhost:4317";
  bool insecure = false;
  std::vector<GrpcHeader> headers = {};

  // PEM files. Without ca_file the system's own authorities count. A certificate needs its key, and
  // a key its certificate.
  std::string ca_file = {};
  std::string client_certificate_file = {};
  std::string client_key_file = {};

  bool gzip = false;
  // No proxy. Otherwise gRPC's rules: grpc_proxy, https_proxy, http_proxy and no_proxy in the
  // environment.
  bool direct = false;

  std::size_t requests_max = 4;  // at once, over one connection; 1 to kGrpcRequestsMax
  std::chrono::milliseconds connect_timeout{10'000};  // of an attempt; 100 to 3,600,000

  // Of a batch, with all that is sent again: the deadline of each of its requests. 1 to 3,600,000.
  // The bus's own limit of one export_batch, ExporterOptions::export_timeout_ms, holds as well.
  std::chrono::milliseconds timeout{10'000};
  RetryOptions retry = {};
  std::size_t request_spans_max = 0;  // 0: any number
  // Before compression; 4096 to kOtlpRequestBytesMax. A span that is larger alone is not sent, and
  // counts as failed.
  std::size_t request_bytes_max = kOtlpRequestBytesDefault;

  Profile profile = Profile::kGenAi;
  Resource resource = {};

  // The defaults, as changed by OTEL_EXPORTER_OTLP_ENDPOINT, _INSECURE (true or false), _HEADERS,
  // _TIMEOUT (ms), _COMPRESSION (gzip or none), _CERTIFICATE, _CLIENT_KEY and _CLIENT_CERTIFICATE,
  // of which OTEL_EXPORTER_OTLP_TRACES_... wins over each, and by what Resource::from_env reads.
  // Of metrics the same with METRICS in the place of TRACES.
  // Of _PROTOCOL anything but grpc is told: who chose this exporter chose its protocol.
  // As OpenTelemetry has it, what is ill-formed is left out and told to warnings, if there are any;
  // no warning has the value of a header. A process must not change its environment meanwhile.
  static OtlpGrpcOptions from_env(std::vector<std::string>* warnings = nullptr,
                                  OtlpSignal signal = OtlpSignal::kTraces);
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_GRPC_OTLP_GRPC_OPTIONS_H_
