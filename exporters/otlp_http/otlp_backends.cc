// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp_http/otlp_backends.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <utility>

#include "tracebus/exporters/http/http_url.h"
#include "tracebus/exporters/http/secret.h"
#include "tracebus/exporters/otlp/key_value_list.h"
#include "tracebus/exporters/otlp_http/langfuse_exporter.h"
#include "tracebus/exporters/otlp_http/otlp_http_exporter.h"
#include "tracebus/exporters/span_pairer.h"

namespace tracebus {
inline namespace v1 {
namespace {

struct Row {
  std::string_view name;
  std::string_view address;  // the variables of it, for messages
  std::string_view help;
};

constexpr std::array<Row, kOtlpBackends> kRows = {{
    {"jaeger", "OTEL_EXPORTER_OTLP_ENDPOINT",
     "jaeger[:URL]  spans to Jaeger by OTLP/HTTP; default http://localhost:4318"},
    {"tempo", "OTEL_EXPORTER_OTLP_ENDPOINT",
     "tempo[:URL]  spans to Grafana Tempo by OTLP/HTTP; default http://localhost:4318"},
    {"phoenix", "PHOENIX_COLLECTOR_ENDPOINT",
     "phoenix[:URL]  spans to Arize Phoenix, as OpenInference; PHOENIX_..."},
    {"langfuse", "LANGFUSE_BASE_URL or LANGFUSE_HOST",
     "langfuse[:URL]  spans to Langfuse; LANGFUSE_PUBLIC_KEY, LANGFUSE_SECRET_KEY, ..."},
    {"datadog-otlp", "DD_SITE",
     "datadog-otlp[:URL]  spans to Datadog's LLM Observability; DD_API_KEY, DD_SITE"},
    {"signoz", "",
     "signoz[:URL]  spans to SigNoz by OTLP/HTTP; SIGNOZ_INGESTION_KEY for its cloud"},
    {"grafana-cloud", "GRAFANA_CLOUD_OTLP_ENDPOINT",
     "grafana-cloud[:URL]  spans to Grafana Cloud; GRAFANA_CLOUD_..."},
}};

std::string variable(const char* name) {
  const char* const text = std::getenv(name);
  return text == nullptr ? std::string() : std::string(text);
}

std::string first_of(std::initializer_list<std::string> texts) {
  for (const std::string& text : texts) {
    if (!text.empty()) return text;
  }
  return {};
}

// The values of variables that must be set, in their order.
absl::StatusOr<std::vector<std::string>> keys(std::initializer_list<const char*> names) {
  std::vector<std::string> found;
  std::string missing;
  for (const char* const name : names) {
    auto key = secret_from_env(name);
    if (!key.ok()) return key.status();
    if (key->empty()) missing.append(missing.empty() ? "" : " and ").append(name);
    found.push_back(*std::move(key));
  }
  if (missing.empty()) return found;
  return absl::InvalidArgumentError(missing + " must be set, or the same with _FILE to the path " +
                                    "of a file of mode 0600");
}

// The host of an address as it may be shown.
std::string_view host_of(std::string_view shown) noexcept {
  shown.remove_prefix(std::min(shown.find("://") + 3, shown.size()));
  shown = shown.substr(0, shown.find('/'));
  if (shown.starts_with('[')) return shown.substr(0, shown.find(']') + 1);
  return shown.substr(0, shown.find(':'));
}

bool is_this_machine(std::string_view host) noexcept {
  return host == "localhost" || host.starts_with("127.") || host == "[::1]";
}

// A path below which traces go, unless the address says more than its host already.
std::string with_path(std::string_view base, std::string_view path) {
  const std::size_t query = std::min(base.find_first_of("?#"), base.size());
  std::string_view address = base.substr(0, query);
  while (address.ends_with('/')) address.remove_suffix(1);
  const std::size_t host = address.find("://");
  const bool has_path =
      host != std::string_view::npos && address.find('/', host + 3) != std::string_view::npos;
  return std::string(address).append(has_path ? "" : path).append(base.substr(query));
}

// --- What each is sent to, and with which headers; url: as it was given, or empty ---

absl::Status to_phoenix(OtlpHttpOptions& options, const std::string& url,
                        std::vector<std::string>* warnings) {
  options.http.url = otlp_traces_url(
      first_of({url, variable("PHOENIX_COLLECTOR_ENDPOINT"), "http://localhost:6006"}));
  options.profile = Profile::kPlyra;
  const KeyValueList headers = parse_key_value_list(variable("PHOENIX_CLIENT_HEADERS"));
  for (const auto& member : headers.members) {
    options.http.headers.push_back({member.key, member.value});
  }
  for (const std::string& fault : headers.faults) {
    if (warnings != nullptr) warnings->push_back("PHOENIX_CLIENT_HEADERS: " + fault);
  }
  if (const std::string project = variable("PHOENIX_PROJECT_NAME"); !project.empty()) {
    options.resource.set("openinference.project.name", project);
  }
  auto key = secret_from_env("PHOENIX_API_KEY");
  if (!key.ok()) return key.status();
  if (!key->empty()) options.http.headers.push_back({"Authorization", "Bearer " + *key});
  return absl::OkStatus();
}

absl::Status to_langfuse(OtlpHttpOptions& options, const std::string& url) {
  options.http.url =
      langfuse_traces_url(first_of({url, variable("LANGFUSE_BASE_URL"), variable("LANGFUSE_HOST"),
                                    "https://cloud.langfuse.com"}));
  const auto pair = keys({"LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY"});
  if (!pair.ok()) return pair.status();
  if (pair->front().find(':') != std::string::npos) {
    return absl::InvalidArgumentError("LANGFUSE_PUBLIC_KEY holds a colon, which no key has");
  }
  options.http.headers = {basic_authorization(pair->front(), pair->back()),
                          {"x-langfuse-ingestion-version", "4"}};
  return absl::OkStatus();
}

// Without an address into LLM Observability; with one perhaps into an Agent, which has the key.
absl::Status to_datadog(OtlpHttpOptions& options, const std::string& url) {
  const std::string site = first_of({variable("DD_SITE"), "datadoghq.com"});
  constexpr std::string_view kOfNames = "abcdefghijklmnopqrstuvwxyz0123456789.-";
  if (site.find_first_not_of(kOfNames) != std::string::npos) {
    return absl::InvalidArgumentError("DD_SITE is no name of a site, such as datadoghq.eu");
  }
  options.http.url = otlp_traces_url(url.empty() ? "https://otlp." + site : url);
  auto key = secret_from_env("DD_API_KEY");
  if (url.empty() && key.ok() && key->empty()) return keys({"DD_API_KEY"}).status();
  if (!key.ok()) return key.status();
  if (key->empty()) return absl::OkStatus();
  options.http.headers = {{"dd-api-key", *std::move(key)}, {"dd-otlp-source", "llmobs"}};
  return absl::OkStatus();
}

absl::Status to_signoz(OtlpHttpOptions& options, const std::string& url) {
  options.http.url = otlp_traces_url(first_of({url, "http://localhost:4318"}));
  auto key = secret_from_env("SIGNOZ_INGESTION_KEY");
  if (!key.ok()) return key.status();
  if (!key->empty() && url.empty()) {
    return absl::InvalidArgumentError(
        "SIGNOZ_INGESTION_KEY is set, so give the address of its region, as "
        "signoz:https://ingest.REGION.signoz.cloud");
  }
  if (key->empty() && url.find(".signoz.cloud") != std::string::npos) {
    return keys({"SIGNOZ_INGESTION_KEY"}).status();
  }
  if (!key->empty()) options.http.headers = {{"signoz-ingestion-key", *std::move(key)}};
  return absl::OkStatus();
}

absl::Status to_grafana_cloud(OtlpHttpOptions& options, const std::string& url) {
  const std::string gateway = first_of({url, variable("GRAFANA_CLOUD_OTLP_ENDPOINT")});
  if (gateway.empty()) {
    return absl::InvalidArgumentError(
        "GRAFANA_CLOUD_OTLP_ENDPOINT must be set, or the address of the gateway given, as "
        "grafana-cloud:https://otlp-gateway-ZONE.grafana.net/otlp");
  }
  options.http.url = otlp_traces_url(with_path(gateway, "/otlp"));
  const auto pair = keys({"GRAFANA_CLOUD_INSTANCE_ID", "GRAFANA_CLOUD_API_KEY"});
  if (!pair.ok()) return pair.status();
  if (pair->front().find(':') != std::string::npos) {
    return absl::InvalidArgumentError("GRAFANA_CLOUD_INSTANCE_ID holds a colon: it is a number");
  }
  options.http.headers = {basic_authorization(pair->front(), pair->back())};
  return absl::OkStatus();
}

absl::Status fill(OtlpHttpOptions& options, OtlpBackend backend, const std::string& url,
                  std::vector<std::string>* warnings) {
  switch (backend) {
    case OtlpBackend::kPhoenix:
      return to_phoenix(options, url, warnings);
    case OtlpBackend::kLangfuse:
      return to_langfuse(options, url);
    case OtlpBackend::kDatadog:
      return to_datadog(options, url);
    case OtlpBackend::kSignoz:
      return to_signoz(options, url);
    case OtlpBackend::kGrafanaCloud:
      return to_grafana_cloud(options, url);
    default:
      if (!url.empty()) options.http.url = otlp_traces_url(url);
      return absl::OkStatus();
  }
}

bool has_variables_of_its_own(OtlpBackend backend) noexcept {
  return backend != OtlpBackend::kJaeger && backend != OtlpBackend::kTempo;
}

// Which address it was, for messages.
std::string said_by(OtlpBackend backend) {
  const Row& row = kRows[static_cast<std::size_t>(backend)];
  std::string text("the address of ");
  text.append(row.name);
  if (!row.address.empty()) text.append(" (its URL, or ").append(row.address).append(")");
  return text;
}

absl::Status check_address(OtlpBackend backend, const OtlpHttpOptions& options,
                           std::vector<std::string>* warnings) {
  const auto url = HttpUrl::parse(options.http.url);
  if (!url.ok()) {
    return absl::InvalidArgumentError(said_by(backend) + " is no http:// or https:// URL");
  }
  if (!url->user.empty() || !url->password.empty()) {
    return absl::InvalidArgumentError(
        said_by(backend) +
        " holds a name or a password, which others can read on a command line: put keys into the "
        "environment, or into files of mode 0600");
  }
  const std::string_view host = host_of(url->shown);
  if (warnings != nullptr && !options.http.headers.empty() && !url->is_https &&
      !is_this_machine(host)) {
    warnings->push_back("keys are sent to " + std::string(host) +
                        " in clear text: give an https:// address");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Exporter>> make(OtlpBackend backend, std::string_view rest) {
  std::vector<std::string> warnings;
  auto options = otlp_backend_options(backend, std::string(rest), &warnings);
  for (const std::string& warning : warnings) {
    std::fprintf(stderr, "tracebus: %s: %s\n", std::string(to_string(backend)).c_str(),
                 warning.c_str());
  }
  if (!options.ok()) return options.status();
  auto made = OtlpHttpExporter::create(*std::move(options));
  if (!made.ok()) return made.status();
  return behind_pairer(*std::move(made));
}

}  // namespace

std::string_view to_string(OtlpBackend backend) noexcept {
  return kRows[static_cast<std::size_t>(backend)].name;
}

absl::StatusOr<OtlpHttpOptions> otlp_backend_options(OtlpBackend backend, const std::string& url,
                                                     std::vector<std::string>* warnings) {
  OtlpHttpOptions options = OtlpHttpOptions::from_env(warnings);
  if (has_variables_of_its_own(backend)) options.http.headers.clear();
  if (absl::Status status = fill(options, backend, url, warnings); !status.ok()) return status;
  if (absl::Status status = check_address(backend, options, warnings); !status.ok()) return status;
  return options;
}

std::string langfuse_traces_url(std::string_view base) {
  const std::size_t query = std::min(base.find_first_of("?#"), base.size());
  std::string_view path = base.substr(0, query);
  while (path.ends_with('/')) path.remove_suffix(1);
  std::string url(path);
  if (!path.ends_with("/v1/traces")) {
    if (path.ends_with("/api/public")) {
      url += "/otel";
    } else if (!path.ends_with("/api/public/otel")) {
      url += "/api/public/otel";
    }
    url += "/v1/traces";
  }
  return url.append(base.substr(query));
}

void add_otlp_backends(ExporterFactory& factory) {
  for (std::size_t i = 0; i < kOtlpBackends; ++i) {
    const auto backend = static_cast<OtlpBackend>(i);
    if (backend == OtlpBackend::kLangfuse) {
      factory.add(kRows[i].name, kRows[i].help, make_langfuse);
    } else {
      factory.add(kRows[i].name, kRows[i].help,
                  [backend](std::string_view rest) { return make(backend, rest); });
    }
  }
}

}  // namespace v1
}  // namespace tracebus
