// SPDX-License-Identifier: Apache-2.0
//
// PrometheusOptions: where a PrometheusExporter listens, and how much it keeps.
#ifndef TRACEBUS_EXPORTERS_PROMETHEUS_PROMETHEUS_OPTIONS_H_
#define TRACEBUS_EXPORTERS_PROMETHEUS_PROMETHEUS_OPTIONS_H_

#include <absl/status/statusor.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tracebus {
inline namespace v1 {

struct PrometheusOptions {
  // An IP address, or localhost, which is 127.0.0.1. At another address than this machine's own
  // anybody who reaches it reads the page: there is no password.
  std::string host = "localhost";
  std::uint16_t port = 9464;  // 0: any that is free
  // Sets of labels of each metric, 1 to 1,048,576; what comes with another one has the labels
  // "other".
  std::uint32_t label_sets_max = 2000;

  std::size_t connections_max = 16;                  // 2 to 1,024, at a time
  std::chrono::milliseconds request_timeout{5000};   // for a request to come; up to 3,600,000
  std::chrono::milliseconds answer_timeout{30'000};  // for a page to be taken; likewise

  // The defaults, as changed by OTEL_EXPORTER_PROMETHEUS_HOST and _PORT. As OpenTelemetry has it,
  // what is ill-formed is left out and told to warnings, if there are any. A process must not
  // change its environment meanwhile.
  static PrometheusOptions from_env(std::vector<std::string>* warnings = nullptr);
};

// The defaults as changed by the rest of a SPEC: PORT, HOST:PORT, or nothing. An IPv6 address
// stands in brackets. InvalidArgument for anything else.
absl::StatusOr<PrometheusOptions> parse_prometheus_address(std::string_view rest,
                                                           PrometheusOptions defaults);

// An address and the port behind it, as in a URL.
std::string prometheus_authority(std::string_view address, std::uint16_t port);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_PROMETHEUS_PROMETHEUS_OPTIONS_H_
