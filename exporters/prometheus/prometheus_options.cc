// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/prometheus/prometheus_options.h"

#include <charconv>
#include <cstdlib>
#include <optional>
#include <system_error>
#include <utility>

#include "tracebus/core/visible_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) noexcept {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, port);
  if (text.empty() || read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return port;
}

std::string_view variable(const char* name) noexcept {
  const char* const text = std::getenv(name);
  return text != nullptr ? std::string_view(text) : std::string_view();
}

}  // namespace

PrometheusOptions PrometheusOptions::from_env(std::vector<std::string>* warnings) {
  PrometheusOptions options;
  // An empty variable counts as not set.
  const std::string_view host = variable("OTEL_EXPORTER_PROMETHEUS_HOST");
  if (!host.empty()) options.host = host;
  const std::string_view port = variable("OTEL_EXPORTER_PROMETHEUS_PORT");
  const auto number = parse_port(port);
  if (number) options.port = *number;
  if (!port.empty() && !number && warnings != nullptr) {
    std::string warning = "OTEL_EXPORTER_PROMETHEUS_PORT is ";
    append_visible_quoted(warning, port, '\'');
    warnings->push_back(warning + ", which is not a number from 0 to 65535; it is left out");
  }
  return options;
}

absl::StatusOr<PrometheusOptions> parse_prometheus_address(std::string_view rest,
                                                           PrometheusOptions defaults) {
  if (rest.empty()) return defaults;
  const std::size_t colon = rest.rfind(':');
  const std::string_view port = colon == rest.npos ? rest : rest.substr(colon + 1);
  const std::string_view host = colon == rest.npos ? std::string_view() : rest.substr(0, colon);
  const auto number = parse_port(port);
  const bool is_open = host.starts_with('[') != host.ends_with(']');
  const bool is_bare = host.find(':') != host.npos && !host.starts_with('[');
  if (!number || is_open || is_bare || (colon != rest.npos && host.empty())) {
    std::string shown;
    append_visible_quoted(shown, rest, '"');
    return absl::InvalidArgumentError(
        shown +
        " is no address to listen at: give PORT (0 to 65535; 0: any that is free) or "
        "HOST:PORT, as 9464, 0.0.0.0:9464 or [::1]:9464");
  }
  defaults.port = *number;
  if (host.starts_with('[')) {
    defaults.host = host.substr(1, host.size() - 2);
  } else if (!host.empty()) {
    defaults.host = host;
  }
  return defaults;
}

std::string prometheus_authority(std::string_view address, std::uint16_t port) {
  std::string text(address);
  if (address.find(':') != address.npos) text = "[" + text + "]";
  return text + ":" + std::to_string(port);
}

}  // namespace v1
}  // namespace tracebus
