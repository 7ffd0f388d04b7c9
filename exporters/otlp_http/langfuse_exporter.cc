// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp_http/langfuse_exporter.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "tracebus/core/visible_text.h"
#include "tracebus/exporters/cost_joiner.h"
#include "tracebus/exporters/otlp_http/otlp_backends.h"
#include "tracebus/exporters/otlp_http/otlp_http_exporter.h"
#include "tracebus/exporters/processing_exporter.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kEnvironmentBytesMax = 40;

std::string variable(const char* name) {
  const char* const text = std::getenv(name);
  return text == nullptr ? std::string() : std::string(text);
}

// As Langfuse's documentation of environments has it.
absl::Status check_environment(std::string_view name) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-_";
  if (name.size() <= kEnvironmentBytesMax && !name.starts_with("langfuse") &&
      name.find_first_not_of(kAllowed) == std::string_view::npos) {
    return absl::OkStatus();
  }
  std::string message = "the environment '";
  append_visible(message, name);
  return absl::InvalidArgumentError(message +
                                    "' (LANGFUSE_TRACING_ENVIRONMENT) is not at most 40 of a-z, "
                                    "0-9, - and _, or begins with langfuse");
}

}  // namespace

absl::StatusOr<LangfuseOptions> LangfuseOptions::from_env(const std::string& url,
                                                          std::vector<std::string>* warnings) {
  auto otlp = otlp_backend_options(OtlpBackend::kLangfuse, url, warnings);
  if (!otlp.ok()) return otlp.status();
  LangfuseOptions options;
  options.otlp = *std::move(otlp);
  options.spans.environment = variable("LANGFUSE_TRACING_ENVIRONMENT");
  options.spans.release = variable("LANGFUSE_RELEASE");
  if (absl::Status status = check_environment(options.spans.environment); !status.ok()) {
    return status;
  }
  return options;
}

absl::StatusOr<std::unique_ptr<Exporter>> make_langfuse_exporter(LangfuseOptions options) {
  if (absl::Status status = check_environment(options.spans.environment); !status.ok()) {
    return status;
  }
  auto exporter = OtlpHttpExporter::create(std::move(options.otlp));
  if (!exporter.ok()) return exporter.status();
  std::vector<std::unique_ptr<Processor>> chain;
  chain.push_back(std::make_unique<SpanPairer>(std::move(options.pairing)));
  chain.push_back(std::make_unique<CostJoiner>());
  chain.push_back(std::make_unique<LangfuseProcessor>(std::move(options.spans)));
  return std::make_unique<ProcessingExporter>(std::move(chain), *std::move(exporter));
}

absl::StatusOr<std::unique_ptr<Exporter>> make_langfuse(std::string_view rest) {
  std::vector<std::string> warnings;
  auto options = LangfuseOptions::from_env(std::string(rest), &warnings);
  for (const std::string& warning : warnings) {
    std::fprintf(stderr, "tracebus: langfuse: %s\n", warning.c_str());
  }
  if (!options.ok()) return options.status();
  return make_langfuse_exporter(*std::move(options));
}

}  // namespace v1
}  // namespace tracebus
