// SPDX-License-Identifier: Apache-2.0
#ifndef TRACEBUS_EXPORTERS_OTLP_HTTP_OTLP_HTTP_OPTIONS_H_
#define TRACEBUS_EXPORTERS_OTLP_HTTP_OTLP_HTTP_OPTIONS_H_

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/profile.h"
#include "tracebus/exporters/http/http_options.h"
#include "tracebus/exporters/http/retry_schedule.h"
#include "tracebus/exporters/otlp/otlp_limits.h"
#include "tracebus/exporters/otlp/otlp_signal.h"
#include "tracebus/exporters/otlp/resource.h"

namespace tracebus {
inline namespace v1 {

struct OtlpHttpOptions {
  // url is the one of the signal, as it is; headers go along with ours.
  HttpOptions http = {.url = "http://localhost:4318/v1/traces"};
  // Where events that are of no span go, as log records, with the same headers and limits:
  // otlp_logs_url(base). Empty: nowhere, and they count as processed.
  std::string logs_url = {};
  bool json = false;  // otherwise Protobuf, which takes a fraction of the time and the bytes
  bool gzip = false;
  // Of a batch, with all that is sent again; 1 to 3,600,000. The bus's own limit of one
  // export_batch, ExporterOptions::export_timeout_ms, holds as well.
  std::chrono::milliseconds timeout{10'000};
  RetryOptions retry = {};
  std::size_t request_spans_max = 0;  // 0: any number
  // As Protobuf, before compression; 4096 to kOtlpRequestBytesMax. A span that is larger alone is
  // not sent, and counts as failed.
  std::size_t request_bytes_max = kOtlpRequestBytesDefault;

  Profile profile = Profile::kGenAi;
  Resource resource = {};

  // The defaults, as changed by OTEL_EXPORTER_OTLP_ENDPOINT (v1/traces is appended), _HEADERS,
  // _TIMEOUT (ms), _COMPRESSION (gzip or none), _CERTIFICATE, _CLIENT_KEY, _CLIENT_CERTIFICATE and
  // _PROTOCOL (http/protobuf or http/json), of which OTEL_EXPORTER_OTLP_TRACES_... wins over each
  // (and its ENDPOINT is used as it is), and by what Resource::from_env reads. _INSECURE is for
  // gRPC alone: here the scheme says. logs_url stays empty.
  // Of metrics the same with METRICS in the place of TRACES, and v1/metrics.
  // As OpenTelemetry has it, what is ill-formed is left out and told to warnings, if there are any;
  // no warning has the value of a header. A process must not change its environment meanwhile.
  static OtlpHttpOptions from_env(std::vector<std::string>* warnings = nullptr,
                                  OtlpSignal signal = OtlpSignal::kTraces);
};

// Where traces go when base is the address for all signals: base and v1/traces below its path, in
// front of a query; as it is if it ends so already.
std::string otlp_traces_url(std::string_view base);
// The same of logs, v1/logs, and of metrics; of the address of traces it is the one beside it.
std::string otlp_logs_url(std::string_view base);
std::string otlp_metrics_url(std::string_view base);
// OTEL_EXPORTER_OTLP_LOGS_ENDPOINT as it is, else of OTEL_EXPORTER_OTLP_ENDPOINT, else this
// machine's. A process must not change its environment meanwhile.
std::string otlp_logs_url_from_env();

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_HTTP_OTLP_HTTP_OPTIONS_H_
