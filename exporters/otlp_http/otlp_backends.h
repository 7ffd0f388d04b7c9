// SPDX-License-Identifier: Apache-2.0
//
// OtlpBackend: receivers of OTLP over HTTP that are known by name, with their addresses, headers
// and variables; backends.md has the table.
//
//   auto options = otlp_backend_options(OtlpBackend::kPhoenix, "http://phoenix:6006");
//   auto exporter = OtlpHttpExporter::create(*std::move(options));
//
// A base address gets the backend's path, a full one stays. Keys come from the environment or from
// files (exporters/http/secret.h) and go to the backend's own address alone: so OTLP's variables of
// addresses and headers, which may be another receiver's, hold for those alone that have no keys
// of their own, Jaeger and Tempo. Its other variables (timeout, compression, certificates,
// protocol, resource) hold for all.
#ifndef TRACEBUS_EXPORTERS_OTLP_HTTP_OTLP_BACKENDS_H_
#define TRACEBUS_EXPORTERS_OTLP_HTTP_OTLP_BACKENDS_H_

#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/exporters/exporter_spec.h"
#include "tracebus/exporters/otlp_http/otlp_http_options.h"

namespace tracebus {
inline namespace v1 {

enum class OtlpBackend : std::uint8_t {
  kJaeger,
  kTempo,
  kPhoenix,
  kLangfuse,  // options alone: langfuse_exporter.h tells spans as Langfuse reads them
  kDatadog,
  kSignoz,
  kGrafanaCloud,
};
inline constexpr std::size_t kOtlpBackends = 7;

// "jaeger", "tempo", "phoenix", "langfuse", "datadog-otlp", "signoz", "grafana-cloud".
std::string_view to_string(OtlpBackend backend) noexcept;

// url: empty, then as the backend's variables say, or its default. InvalidArgument that names the
// variables that are missing, or why an address is none; what secret_from_env says of keys. No
// message has a key. warnings, if there are any: what the environment has ill-formed, and that a
// key is sent in clear text to another machine. A process must not change its environment
// meanwhile.
absl::StatusOr<OtlpHttpOptions> otlp_backend_options(OtlpBackend backend,
                                                     const std::string& url = {},
                                                     std::vector<std::string>* warnings = nullptr);

// Where traces go when base is Langfuse's address: https://cloud.langfuse.com, the same with
// /api/public or /api/public/otel, or the whole.
std::string langfuse_traces_url(std::string_view base);

// Adds NAME[:URL] for all of them. Warnings are printed on standard error.
void add_otlp_backends(ExporterFactory& factory);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_HTTP_OTLP_BACKENDS_H_
