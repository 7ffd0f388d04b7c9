// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp_http/otlp_http_options.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <system_error>
#include <utility>

#include "tracebus/core/visible_text.h"
#include "tracebus/exporters/otlp/key_value_list.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::int64_t kTimeoutMsMax = 3'600'000;
constexpr std::string_view kTracesPath = "/v1/traces";
constexpr std::string_view kLogsPath = "/v1/logs";

struct Variable {
  std::string name;
  std::string value;
};

class Environment {
 public:
  explicit Environment(std::vector<std::string>* warnings) noexcept : warnings_(warnings) {}

  // The one of traces alone, else the one of all signals. An empty variable counts as not set.
  std::optional<Variable> find(const std::string& what) const {
    if (auto traces = find_as("OTEL_EXPORTER_OTLP_TRACES_" + what)) return traces;
    return find_as("OTEL_EXPORTER_OTLP_" + what);
  }
  static std::optional<Variable> find_as(const std::string& name) {
    const char* const text = std::getenv(name.c_str());
    if (text == nullptr || *text == '\0') return std::nullopt;
    return Variable{name, text};
  }

  void set_text(const std::string& what, std::string& to) const {
    if (auto variable = find(what)) to = std::move(variable->value);
  }

  void warn(const std::string& text) const {
    if (warnings_ != nullptr) warnings_->push_back(text);
  }
  void warn_of(const Variable& variable, const std::string& expected) const {
    std::string text = variable.name + " is '";
    append_visible(text, variable.value);
    warn(text + "', which is not " + expected + "; it is left out");
  }

 private:
  std::vector<std::string>* const warnings_;
};

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

void read_endpoint(OtlpHttpOptions& options) {
  if (auto traces = Environment::find_as("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")) {
    options.http.url = std::move(traces->value);
  } else if (const auto base = Environment::find_as("OTEL_EXPORTER_OTLP_ENDPOINT")) {
    options.http.url = otlp_traces_url(base->value);
  }
}

void read_protocol(const Environment& environment, OtlpHttpOptions& options) {
  const auto protocol = environment.find("PROTOCOL");
  if (!protocol) return;
  const std::string value = lower(protocol->value);
  if (value != "http/protobuf" && value != "http/json") {
    environment.warn_of(*protocol, "http/protobuf or http/json");
    return;
  }
  options.json = value == "http/json";
}

void read_headers(const Environment& environment, OtlpHttpOptions& options) {
  const auto headers = environment.find("HEADERS");
  if (!headers) return;
  KeyValueList list = parse_key_value_list(headers->value);
  for (KeyValueList::Member& member : list.members) {
    options.http.headers.push_back({std::move(member.key), std::move(member.value)});
  }
  for (const std::string& fault : list.faults) environment.warn(headers->name + ": " + fault);
}

void read_timeout(const Environment& environment, OtlpHttpOptions& options) {
  const auto timeout = environment.find("TIMEOUT");
  if (!timeout) return;
  std::int64_t count = 0;
  const char* const end = timeout->value.data() + timeout->value.size();
  const auto parsed = std::from_chars(timeout->value.data(), end, count);
  if (parsed.ec != std::errc() || parsed.ptr != end || count < 1 || count > kTimeoutMsMax) {
    environment.warn_of(*timeout, "a number of milliseconds from 1 to 3600000");
    return;
  }
  options.timeout = std::chrono::milliseconds(count);
}

void read_compression(const Environment& environment, OtlpHttpOptions& options) {
  const auto compression = environment.find("COMPRESSION");
  if (!compression) return;
  const std::string value = lower(compression->value);
  if (value != "gzip" && value != "none") {
    environment.warn_of(*compression, "gzip or none");
    return;
  }
  options.gzip = value == "gzip";
}

// Base with the path of a signal below it, in the place of another signal's.
std::string signal_url(std::string_view base, std::string_view path) {
  const std::size_t query = std::min(base.find_first_of("?#"), base.size());
  std::string_view address = base.substr(0, query);
  while (address.ends_with('/')) address.remove_suffix(1);
  for (const std::string_view signal : {kTracesPath, kLogsPath}) {
    if (address.ends_with(signal)) address.remove_suffix(signal.size());
  }
  return std::string(address).append(path).append(base.substr(query));
}

}  // namespace

OtlpHttpOptions OtlpHttpOptions::from_env(std::vector<std::string>* warnings) {
  const Environment environment(warnings);
  OtlpHttpOptions options;
  options.resource = Resource::from_env(warnings);
  read_endpoint(options);
  read_protocol(environment, options);
  read_headers(environment, options);
  read_timeout(environment, options);
  read_compression(environment, options);
  environment.set_text("CERTIFICATE", options.http.ca_file);
  environment.set_text("CLIENT_CERTIFICATE", options.http.client_certificate_file);
  environment.set_text("CLIENT_KEY", options.http.client_key_file);
  return options;
}

std::string otlp_traces_url(std::string_view base) { return signal_url(base, kTracesPath); }

std::string otlp_logs_url(std::string_view base) { return signal_url(base, kLogsPath); }

std::string otlp_logs_url_from_env() {
  if (const auto logs = Environment::find_as("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT")) {
    return logs->value;
  }
  const auto base = Environment::find_as("OTEL_EXPORTER_OTLP_ENDPOINT");
  return otlp_logs_url(base ? base->value : "http://localhost:4318");
}

}  // namespace v1
}  // namespace tracebus
