// SPDX-License-Identifier: Apache-2.0
#include "tracebus/config/otlp_config.h"

#include <cstdio>
#include <optional>
#include <utility>
#include <vector>

#include "tracebus/config/small_file.h"
#include "tracebus/core/profile.h"
#ifdef TRACEBUS_WITH_OTLP_HTTP
#include "tracebus/exporters/otlp_http/otlp_http_exporter.h"
#include "tracebus/exporters/span_pairer.h"
#endif

namespace tracebus {
inline namespace v1 {

#ifdef TRACEBUS_WITH_OTLP_HTTP
namespace {

constexpr std::size_t kSecretBytesMax = std::size_t{64} << 10;

OtlpHttpOptions options_of_environment(const std::string& service_name) {
  std::vector<std::string> warnings;
  OtlpHttpOptions options = OtlpHttpOptions::from_env(&warnings);
  for (const std::string& warning : warnings) {
    std::fprintf(stderr, "tracebus: otlp: %s\n", warning.c_str());
  }
  if (!service_name.empty()) options.resource.set("service.name", service_name);
  return options;
}

ExporterConfig::Make make_from(OtlpHttpOptions options) {
  return [options = std::move(options)]() -> absl::StatusOr<std::unique_ptr<Exporter>> {
    auto made = OtlpHttpExporter::create(options);
    if (!made.ok()) return made.status();
    return behind_pairer(*std::move(made));
  };
}

class OtlpReader {
 public:
  OtlpReader(ConfigObject& object, const ExporterConfigRules& rules)
      : object_(object), rules_(rules), options_(options_of_environment(rules.service_name)) {}

  OtlpHttpOptions read() {
    std::string endpoint;
    if (object_.text("endpoint", endpoint)) options_.http.url = otlp_traces_url(endpoint);
    object_.choice("protocol", options_.json, {{"http/protobuf", false}, {"http/json", true}});
    object_.choice("compression", options_.gzip, {{"none", false}, {"gzip", true}});
    object_.text("certificate", options_.http.ca_file);
    object_.text("client_certificate", options_.http.client_certificate_file);
    object_.text("client_key", options_.http.client_key_file);
    object_.flag("insecure", options_.http.insecure);
    object_.text("unix_socket", options_.http.unix_socket);
    object_.whole("requests_max", options_.http.requests_max, 1, kHttpRequestsMax);
    object_.whole("request_spans_max", options_.request_spans_max, 0, INT64_MAX);
    object_.whole("request_bytes_max", options_.request_bytes_max, 4096, kOtlpRequestBytesMax);
    std::int64_t timeout_ms = options_.timeout.count();
    object_.whole("timeout_ms", timeout_ms, 1, 3'600'000);
    options_.timeout = std::chrono::milliseconds(timeout_ms);
    read_profile();
    read_headers(object_.object("headers"));
    read_resource(object_.object("resource"));
    object_.refuse_others();
    return options_;
  }

 private:
  void read_profile() {
    std::string name;
    if (!object_.text("profile", name)) return;
    if (const std::optional<Profile> profile = profile_called(name)) {
      options_.profile = *profile;
      return;
    }
    object_.bad("profile", "must be gen_ai, gen_ai_dev, plyra, pyagent, exo or tutorial");
  }

  void read_headers(ConfigObject headers) {
    if (!headers.is_there()) return;
    for (const std::string& name : headers.keys()) {
      std::string value;
      if (read_secret(headers, name, value)) options_.http.headers.push_back({name, value});
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
      std::int64_t whole = 0;
      if (value == nullptr) continue;
      if (value->kind == ConfigValue::Kind::kFlag) {
        options_.resource.set(key, value->flag);
      } else if (value->kind != ConfigValue::Kind::kNumber) {
        if (resource.text(key, text)) options_.resource.set(key, text);
      } else if (value->text.find_first_of(".eE") == std::string::npos) {
        if (resource.whole(key, whole, INT64_MIN, INT64_MAX)) options_.resource.set(key, whole);
      } else if (resource.number(key, number, -1e308, 1e308)) {
        options_.resource.set(key, number);
      }
    }
  }

  ConfigObject& object_;
  const ExporterConfigRules& rules_;
  OtlpHttpOptions options_;
};

}  // namespace

ExporterConfig::Make read_otlp(ConfigObject object, const ExporterConfigRules& rules) {
  return make_from(OtlpReader(object, rules).read());
}

ExporterConfig::Make otlp_to(const std::string& endpoint, const std::string& service_name) {
  OtlpHttpOptions options = options_of_environment(service_name);
  if (!endpoint.empty()) options.http.url = otlp_traces_url(endpoint);
  return make_from(std::move(options));
}

#else

ExporterConfig::Make read_otlp(ConfigObject object, const ExporterConfigRules& rules) {
  static_cast<void>(object);
  return otlp_to({}, rules.service_name);
}

ExporterConfig::Make otlp_to(const std::string&, const std::string&) {
  return []() -> absl::StatusOr<std::unique_ptr<Exporter>> {
    return absl::UnimplementedError("this build has no OTLP over HTTP: it needs libcurl and zlib");
  };
}

#endif

}  // namespace v1
}  // namespace tracebus
