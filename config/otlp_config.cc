// SPDX-License-Identifier: Apache-2.0
#include "tracebus/config/otlp_config.h"

#include <cstdio>
#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

#include "tracebus/config/init_transport.h"
#include "tracebus/config/small_file.h"
#include "tracebus/core/profile.h"
#include "tracebus/exporters/otlp/otlp_limits.h"
#include "tracebus/exporters/span_pairer.h"
#ifdef TRACEBUS_WITH_OTLP_HTTP
#include "tracebus/exporters/otlp_http/otlp_http_exporter.h"
#include "tracebus/exporters/otlp_http/otlp_http_metrics.h"
#endif

namespace tracebus {
inline namespace v1 {
namespace {

using Made = absl::StatusOr<std::unique_ptr<Exporter>>;

constexpr std::size_t kSecretBytesMax = std::size_t{64} << 10;
constexpr std::size_t kRequestsMax = 64;  // over HTTP and over gRPC

#ifdef TRACEBUS_WITH_OTLP_HTTP
template <class T>
void set(const std::optional<T>& said, T& to) {
  if (said) to = *said;
}

OtlpHttpOptions http_options_of(const OtlpSettings& settings) {
  std::vector<std::string> warnings;
  OtlpHttpOptions options = OtlpHttpOptions::from_env(
      &warnings, settings.is_metrics ? OtlpSignal::kMetrics : OtlpSignal::kTraces);
  for (const std::string& warning : warnings) {
    std::fprintf(stderr, "tracebus: otlp: %s\n", warning.c_str());
  }
  if (!settings.endpoint.empty()) {
    options.http.url = settings.is_metrics ? otlp_metrics_url(settings.endpoint)
                                           : otlp_traces_url(settings.endpoint);
  }
  if (settings.protocol) options.json = *settings.protocol == OtlpProtocol::kHttpJson;
  if (!settings.service_name.empty()) options.resource.set("service.name", settings.service_name);
  for (const auto& [name, value] : settings.headers) options.http.headers.push_back({name, value});
  for (const auto& [key, value] : settings.resource) options.resource.set(key, value);
  set(settings.gzip, options.gzip);
  set(settings.insecure, options.http.insecure);
  set(settings.certificate, options.http.ca_file);
  set(settings.client_certificate, options.http.client_certificate_file);
  set(settings.client_key, options.http.client_key_file);
  set(settings.unix_socket, options.http.unix_socket);
  set(settings.timeout, options.timeout);
  set(settings.requests_max, options.http.requests_max);
  set(settings.request_spans_max, options.request_spans_max);
  set(settings.request_bytes_max, options.request_bytes_max);
  set(settings.profile, options.profile);
  return options;
}

Made make_by_http(OtlpHttpOptions options, bool is_metrics) {
  if (is_metrics) return make_otlp_http_metrics_exporter(std::move(options));
  auto made = OtlpHttpExporter::create(std::move(options));
  if (!made.ok()) return made.status();
  return *std::move(made);
}
#endif

class OtlpReader {
 public:
  OtlpReader(ConfigObject& object, const ExporterConfigRules& rules)
      : object_(object), rules_(rules) {}

  OtlpSettings read() {
    settings_.service_name = rules_.service_name;
    object_.text("endpoint", settings_.endpoint);
    object_.choice("signal", settings_.is_metrics, {{"traces", false}, {"metrics", true}});
    choice("protocol", settings_.protocol,
           {{"http/protobuf", OtlpProtocol::kHttpProtobuf},
            {"http/json", OtlpProtocol::kHttpJson},
            {"grpc", OtlpProtocol::kGrpc}});
    choice("compression", settings_.gzip, {{"none", false}, {"gzip", true}});
    text("certificate", settings_.certificate);
    text("client_certificate", settings_.client_certificate);
    text("client_key", settings_.client_key);
    if (bool flag = false; object_.flag("insecure", flag)) settings_.insecure = flag;
    text("unix_socket", settings_.unix_socket);
    whole("requests_max", settings_.requests_max, 1, kRequestsMax);
    whole("request_spans_max", settings_.request_spans_max, 0, INT64_MAX);
    whole("request_bytes_max", settings_.request_bytes_max, 4096, kOtlpRequestBytesMax);
    std::int64_t timeout_ms = 0;
    if (object_.whole("timeout_ms", timeout_ms, 1, 3'600'000)) {
      settings_.timeout = std::chrono::milliseconds(timeout_ms);
    }
    read_profile();
    read_headers(object_.object("headers"));
    read_resource(object_.object("resource"));
    check_protocol();
    object_.refuse_others();
    return settings_;
  }

 private:
  template <class T>
  void choice(std::string_view key, std::optional<T>& to,
              std::initializer_list<std::pair<std::string_view, T>> words) {
    if (T said{}; object_.choice(key, said, words)) to = said;
  }
  void text(std::string_view key, std::optional<std::string>& to) {
    if (std::string said; object_.text(key, said)) to = std::move(said);
  }
  void whole(std::string_view key, std::optional<std::size_t>& to, std::int64_t min,
             std::uint64_t max) {
    if (std::size_t said = 0; object_.whole(key, said, min, max)) to = said;
  }

  void check_protocol() {
    if (settings_.protocol != OtlpProtocol::kGrpc) return;
    if (!has_grpc_transport()) object_.bad("protocol", kNoGrpc);
    if (settings_.unix_socket) {
      object_.bad("unix_socket", "is for HTTP; give \"endpoint\" the address of the receiver");
    }
  }

  void read_profile() {
    std::string name;
    if (!object_.text("profile", name)) return;
    settings_.profile = profile_called(name);
    if (!settings_.profile) {
      object_.bad("profile", "must be gen_ai, gen_ai_dev, plyra, pyagent, exo or tutorial");
    }
  }

  void read_headers(ConfigObject headers) {
    if (!headers.is_there()) return;
    for (const std::string& name : headers.keys()) {
      std::string value;
      if (read_secret(headers, name, value)) settings_.headers.emplace_back(name, value);
    }
  }

  // A text with a variable in it, {"file": PATH}, or in a private file any text.
  bool read_secret(ConfigObject& headers, const std::string& name, std::string& secret) {
    const ConfigValue* const value = headers.value(name);
    if (value == nullptr) return false;
    if (value->kind == ConfigValue::Kind::kObject) {
      return read_secret_file(headers.object(name), secret);
    }
    const bool is_literal = value->text.find("${") == std::string::npos;
    if (value->kind == ConfigValue::Kind::kText && is_literal && !rules_.may_hold_secrets) {
      headers.bad(name,
                  "may be a secret, and others may read this file; give \"${NAME}\" for a variable "
                  "of the environment, or {\"file\": PATH}, or make this file 0600");
      return false;
    }
    return headers.text(name, secret);
  }

  static bool read_secret_file(ConfigObject object, std::string& secret) {
    std::string path;
    const bool has_path = object.text("file", path);
    object.refuse_others();
    if (!has_path) return false;
    auto file = read_small_file(path, kSecretBytesMax);
    if (!file.ok()) {
      object.bad("file", std::string(file.status().message()));
      return false;
    }
    if (!file->is_private) {
      object.bad("file", "may be read by others than its owner; make it 0600");
      return false;
    }
    secret = std::move(file->text);
    while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret.pop_back();
    return true;
  }

  void read_resource(ConfigObject resource) {
    if (!resource.is_there()) return;
    for (const std::string& key : resource.keys()) {
      const ConfigValue* const value = resource.value(key);
      std::string text;
      double number = 0;
      std::int64_t n = 0;
      if (value == nullptr) continue;
      if (value->kind == ConfigValue::Kind::kFlag) {
        settings_.resource.emplace_back(key, value->flag);
      } else if (value->kind != ConfigValue::Kind::kNumber) {
        if (resource.text(key, text)) settings_.resource.emplace_back(key, text);
      } else if (value->text.find_first_of(".eE") == std::string::npos) {
        if (resource.whole(key, n, INT64_MIN, INT64_MAX)) settings_.resource.emplace_back(key, n);
      } else if (resource.number(key, number, -1e308, 1e308)) {
        settings_.resource.emplace_back(key, number);
      }
    }
  }

  ConfigObject& object_;
  const ExporterConfigRules& rules_;
  OtlpSettings settings_;
};

}  // namespace

ExporterConfig::Make make_otlp(const OtlpSettings& settings) {
  const auto protocol =
      settings.protocol ? settings.protocol : otlp_protocol_of_environment(settings.is_metrics);
  const bool is_metrics = settings.is_metrics;
  const auto paired = [is_metrics](Made made) {
    return made.ok() && !is_metrics ? Made(behind_pairer(*std::move(made))) : std::move(made);
  };
  if (protocol == OtlpProtocol::kGrpc) {
    return [settings, paired] { return paired(make_by_grpc(settings)); };
  }
#ifdef TRACEBUS_WITH_OTLP_HTTP
  return [options = http_options_of(settings), is_metrics, paired] {
    return paired(make_by_http(options, is_metrics));
  };
#else
  return []() -> Made {
    return absl::UnimplementedError("this build has no OTLP over HTTP: it needs libcurl and zlib");
  };
#endif
}

OtlpSettings read_otlp(ConfigObject object, const ExporterConfigRules& rules) {
  return OtlpReader(object, rules).read();
}

}  // namespace v1
}  // namespace tracebus
