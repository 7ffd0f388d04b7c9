// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp_http/otlp_http_exporter.h"

#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

#include "tracebus/core/version.h"
#include "tracebus/core/visible_text.h"
#include "tracebus/exporters/otlp_http/otlp_requests.h"

namespace tracebus {
inline namespace v1 {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTimeoutMax{3'600'000};
constexpr std::size_t kRequestBytesMin = 4096;

bool is_same_name(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c + 0; };
    return lower(x) == lower(y);
  });
}

bool has_header(const OtlpHttpOptions& options, std::string_view name) {
  const auto& headers = options.http.headers;
  return std::any_of(headers.begin(), headers.end(),
                     [&](const HttpHeader& header) { return is_same_name(header.name, name); });
}

absl::Status check(const OtlpHttpOptions& options) {
  const auto refuse = [](const std::string& why) { return absl::InvalidArgumentError(why); };
  if (options.timeout.count() < 1 || options.timeout > kTimeoutMax) {
    return refuse("timeout is not from 1 to 3600000 ms");
  }
  const RetryOptions& retry = options.retry;
  if (retry.initial_backoff.count() < 1 || retry.initial_backoff > milliseconds(60'000)) {
    return refuse("initial_backoff is not from 1 to 60000 ms");
  }
  if (retry.max_backoff < retry.initial_backoff || retry.max_backoff > kTimeoutMax) {
    return refuse("max_backoff is not from initial_backoff to 3600000 ms");
  }
  if (options.request_bytes_max < kRequestBytesMin ||
      options.request_bytes_max > kOtlpRequestBytesMax) {
    return refuse("request_bytes_max is not from 4096 to 67108864");
  }
  for (const char* const ours : {"Content-Type", "Content-Length", "Content-Encoding",
                                 "Transfer-Encoding", "Expect", "Connection"}) {
    if (has_header(options, ours)) return refuse(std::string(ours) + " is no header to choose");
  }
  return absl::OkStatus();
}

void add_own_headers(OtlpHttpOptions& options) {
  options.http.headers.push_back(
      {"Content-Type", options.json ? "application/json" : "application/x-protobuf"});
  if (options.gzip) options.http.headers.push_back({"Content-Encoding", "gzip"});
  if (has_header(options, "User-Agent")) return;
  options.http.headers.push_back(
      {"User-Agent", "OTel-OTLP-Exporter-Cpp-tracebus/" + std::string(version())});
}

// Exporters that begin at the same time are not to come again at the same time.
std::uint64_t new_seed(const void* instance) noexcept {
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  return static_cast<std::uint64_t>(now) ^ reinterpret_cast<std::uintptr_t>(instance);
}

absl::StatusOr<std::unique_ptr<Exporter>> make_otlp(std::string_view rest, bool with_logs) {
  std::vector<std::string> warnings;
  OtlpHttpOptions options = OtlpHttpOptions::from_env(&warnings);
  for (const std::string& warning : warnings) {
    std::fprintf(stderr, "tracebus: otlp: %s\n", warning.c_str());
  }
  if (!rest.empty()) options.http.url = otlp_traces_url(rest);
  if (with_logs) options.logs_url = rest.empty() ? otlp_logs_url_from_env() : otlp_logs_url(rest);
  auto made = OtlpHttpExporter::create(std::move(options));
  if (!made.ok()) return made.status();
  return *std::move(made);
}

}  // namespace

absl::StatusOr<std::unique_ptr<OtlpHttpExporter>> OtlpHttpExporter::create(
    OtlpHttpOptions options) {
  if (absl::Status status = check(options); !status.ok()) return status;
  add_own_headers(options);
  auto client = HttpClient::create(options.http);
  if (!client.ok()) return client.status();
  std::unique_ptr<OtlpHttpExporter> made(
      new OtlpHttpExporter("otlp:" + (*client)->shown_url(), options.timeout));
  made->spans_ = std::make_unique<OtlpRequests>(OtlpSignal::kTraces, options, *std::move(client),
                                                new_seed(&options));
  if (options.logs_url.empty()) return made;
  options.http.url = options.logs_url;
  auto logs_client = HttpClient::create(options.http);
  if (!logs_client.ok()) {
    return absl::Status(logs_client.status().code(),
                        "logs_url: " + std::string(logs_client.status().message()));
  }
  made->logs_ = std::make_unique<OtlpRequests>(OtlpSignal::kLogs, options, *std::move(logs_client),
                                               new_seed(made.get()));
  return made;
}

OtlpHttpExporter::OtlpHttpExporter(std::string name, milliseconds timeout)
    : name_(std::move(name)), timeout_(timeout) {}
OtlpHttpExporter::~OtlpHttpExporter() = default;

ExportResult OtlpHttpExporter::export_batch(const Batch& batch, const ExportContext& context) {
  if (spans_ == nullptr) {
    last_error_ = "it was shut down";
    return ExportResult::failure(batch.size());
  }
  const Deadline timeout = std::chrono::steady_clock::now() + timeout_;
  ExportResult result = spans_->export_batch(batch, context, last_error_);
  if (logs_ == nullptr) return result;
  // The timeout is the batch's, whatever it holds.
  result +=
      logs_->export_batch(batch, {std::min(context.deadline, timeout), context.stop}, last_error_);
  // What one of the two has taken, the other counts as processed.
  result.processed -= batch.size();
  return result;
}

absl::Status OtlpHttpExporter::shutdown(Deadline) {
  spans_.reset();
  logs_.reset();
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Exporter>> make_otlp_http(std::string_view rest) {
  return make_otlp(rest, false);
}

absl::StatusOr<std::unique_ptr<Exporter>> make_otlp_http_with_logs(std::string_view rest) {
  return make_otlp(rest, true);
}

}  // namespace v1
}  // namespace tracebus
