// SPDX-License-Identifier: Apache-2.0
#include "tracebus/config/otlp_settings.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace tracebus {
inline namespace v1 {
namespace {

// An empty variable counts as not set.
std::string variable(const char* name) {
  const char* const text = std::getenv(name);
  return text == nullptr ? std::string() : std::string(text);
}

}  // namespace

std::optional<OtlpProtocol> otlp_protocol_of_environment(bool is_metrics) {
  std::string protocol = variable(is_metrics ? "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL"
                                             : "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL");
  if (protocol.empty()) protocol = variable("OTEL_EXPORTER_OTLP_PROTOCOL");
  // Of values of variables OpenTelemetry says that their case does not matter.
  std::ranges::transform(protocol, protocol.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (protocol == "grpc") return OtlpProtocol::kGrpc;
  if (protocol == "http/protobuf") return OtlpProtocol::kHttpProtobuf;
  if (protocol == "http/json") return OtlpProtocol::kHttpJson;
  return std::nullopt;
}

}  // namespace v1
}  // namespace tracebus
