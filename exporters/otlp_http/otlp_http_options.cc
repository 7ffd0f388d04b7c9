// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp_http/otlp_http_options.h"

#include <algorithm>
#include <utility>

#include "tracebus/exporters/otlp/otlp_environment.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::string_view kTracesPath = "/v1/traces";
constexpr std::string_view kLogsPath = "/v1/logs";
constexpr std::string_view kMetricsPath = "/v1/metrics";

void read_endpoint(OtlpHttpOptions& options, OtlpSignal signal) {
  const bool is_metrics = signal == OtlpSignal::kMetrics;
  if (is_metrics) options.http.url = otlp_metrics_url(options.http.url);
  if (auto own = OtlpEnvironment::find_as(is_metrics ? "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"
                                                     : "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")) {
    options.http.url = std::move(own->value);
  } else if (const auto base = OtlpEnvironment::find_as("OTEL_EXPORTER_OTLP_ENDPOINT")) {
    options.http.url = is_metrics ? otlp_metrics_url(base->value) : otlp_traces_url(base->value);
  }
}

void read_protocol(const OtlpEnvironment& environment, OtlpHttpOptions& options) {
  const auto protocol = environment.find("PROTOCOL");
  if (!protocol) return;
  const std::string value = lower_case(protocol->value);
  if (value != "http/protobuf" && value != "http/json") {
    environment.warn_of(*protocol, "http/protobuf or http/json, which this exporter speaks");
    return;
  }
  options.json = value == "http/json";
}

// Base with the path of a signal below it, in the place of another signal's.
std::string signal_url(std::string_view base, std::string_view path) {
  const std::size_t query = std::min(base.find_first_of("?#"), base.size());
  std::string_view address = base.substr(0, query);
  while (address.ends_with('/')) address.remove_suffix(1);
  for (const std::string_view signal : {kTracesPath, kLogsPath, kMetricsPath}) {
    if (address.ends_with(signal)) address.remove_suffix(signal.size());
  }
  return std::string(address).append(path).append(base.substr(query));
}

}  // namespace

OtlpHttpOptions OtlpHttpOptions::from_env(std::vector<std::string>* warnings, OtlpSignal signal) {
  const OtlpEnvironment environment(warnings, signal);
  OtlpHttpOptions options;
  options.resource = Resource::from_env(warnings);
  read_endpoint(options, signal);
  read_protocol(environment, options);
  for (KeyValueList::Member& member : environment.headers()) {
    options.http.headers.push_back({std::move(member.key), std::move(member.value)});
  }
  environment.set_timeout(options.timeout);
  environment.set_gzip(options.gzip);
  environment.set_text("CERTIFICATE", options.http.ca_file);
  environment.set_text("CLIENT_CERTIFICATE", options.http.client_certificate_file);
  environment.set_text("CLIENT_KEY", options.http.client_key_file);
  return options;
}

std::string otlp_traces_url(std::string_view base) { return signal_url(base, kTracesPath); }

std::string otlp_logs_url(std::string_view base) { return signal_url(base, kLogsPath); }

std::string otlp_metrics_url(std::string_view base) { return signal_url(base, kMetricsPath); }

std::string otlp_logs_url_from_env() {
  if (const auto logs = OtlpEnvironment::find_as("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT")) {
    return logs->value;
  }
  const auto base = OtlpEnvironment::find_as("OTEL_EXPORTER_OTLP_ENDPOINT");
  return otlp_logs_url(base ? base->value : "http://localhost:4318");
}

}  // namespace v1
}  // namespace tracebus
