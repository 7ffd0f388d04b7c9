// SPDX-License-Identifier: Apache-2.0
//
// Langfuse over OTLP: POST {host}/api/public/otel/v1/traces, with basic authentication.
//
//   events -> SpanPairer -> CostJoiner -> LangfuseProcessor -> OtlpHttpExporter -> Langfuse
//
// The pairer makes spans of the starts and ends that others than trace/span.h emit; the processor
// tells spans as Langfuse reads them. Ids are those of the events, never names: agents of one name,
// and runs of one pattern, stay apart. Inputs and outputs go along where the subscription was
// granted content. Events that are no spans are left out, and count as processed.
//
// Memory: what SpanPairerOptions and OtlpHttpOptions bound.
#ifndef TRACEBUS_EXPORTERS_OTLP_HTTP_LANGFUSE_EXPORTER_H_
#define TRACEBUS_EXPORTERS_OTLP_HTTP_LANGFUSE_EXPORTER_H_

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/exporter.h"
#include "tracebus/exporters/langfuse_processor.h"
#include "tracebus/exporters/otlp_http/otlp_http_options.h"
#include "tracebus/exporters/span_pairer.h"

namespace tracebus {
inline namespace v1 {

struct LangfuseOptions {
  // Where to, and by whose keys: with those at hand, basic_authorization(public, secret) of
  // exporters/http/secret.h among its headers, and langfuse_traces_url(host) as its URL.
  OtlpHttpOptions otlp = {};
  LangfuseProcessorOptions spans = {};
  SpanPairerOptions pairing = {};

  // By LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY (or files: ..._FILE), LANGFUSE_BASE_URL or
  // LANGFUSE_HOST unless there is a url, LANGFUSE_TRACING_ENVIRONMENT, LANGFUSE_RELEASE, and
  // what otlp_backends.h says of OTLP's own. InvalidArgument names what is missing or ill-formed.
  static absl::StatusOr<LangfuseOptions> from_env(const std::string& url = {},
                                                  std::vector<std::string>* warnings = nullptr);
};

// InvalidArgument for an environment that Langfuse does not take (at most 40 of a-z, 0-9, - and _,
// and it does not begin with langfuse); else what OtlpHttpExporter::create says.
absl::StatusOr<std::unique_ptr<Exporter>> make_langfuse_exporter(LangfuseOptions options);

// What "langfuse[:URL]" means; the environment says all else. Warnings are printed on standard
// error.
absl::StatusOr<std::unique_ptr<Exporter>> make_langfuse(std::string_view rest);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_HTTP_LANGFUSE_EXPORTER_H_
