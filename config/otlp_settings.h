// SPDX-License-Identifier: Apache-2.0
//
// OtlpSettings: what a config file, or InitOptions, says of OTLP whoever carries it. What it does
// not say is as the OTEL_EXPORTER_OTLP_ variables have it.
#ifndef TRACEBUS_CONFIG_OTLP_SETTINGS_H_
#define TRACEBUS_CONFIG_OTLP_SETTINGS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tracebus/core/profile.h"

namespace tracebus {
inline namespace v1 {

enum class OtlpProtocol : std::uint8_t { kHttpProtobuf, kHttpJson, kGrpc };

struct OtlpSettings {
  using ResourceValue = std::variant<std::string, bool, std::int64_t, double>;

  bool is_metrics = false;               // the bus's own numbers in the place of spans
  std::optional<OtlpProtocol> protocol;  // of this program, or of the environment
  std::string endpoint;                  // for all signals; empty: as the environment has it
  std::string service_name;              // empty: likewise
  // After those of the environment; values are secrets.
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<std::pair<std::string, ResourceValue>> resource;

  std::optional<bool> gzip;
  std::optional<bool> insecure;
  std::optional<std::string> certificate;
  std::optional<std::string> client_certificate;
  std::optional<std::string> client_key;
  std::optional<std::string> unix_socket;  // over HTTP alone
  std::optional<std::chrono::milliseconds> timeout;
  std::optional<std::size_t> requests_max;
  std::optional<std::size_t> request_spans_max;
  std::optional<std::size_t> request_bytes_max;
  std::optional<Profile> profile;
};

// What the environment says of the protocol of spans, or of metrics; nothing for what it does not
// say or what nobody knows. A process must not change its environment meanwhile.
std::optional<OtlpProtocol> otlp_protocol_of_environment(bool is_metrics);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CONFIG_OTLP_SETTINGS_H_
