// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/datadog/datadog_exporter.h"

#include <sys/un.h>

#include <cstdio>
#include <utility>
#include <vector>

#include "tracebus/core/version.h"
#include "tracebus/core/visible_text.h"
#include "tracebus/exporters/datadog/datadog_requests.h"
#include "tracebus/exporters/http/http_export.h"
#include "tracebus/exporters/span_pairer.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::string_view kUnixScheme = "unix://";
constexpr std::string_view kTracesPath = "/v0.4/traces";
constexpr std::size_t kRequestBytesMin = 4096;
constexpr std::size_t kValueBytesMin = 64;
constexpr std::size_t kValueBytesMax = std::size_t{1} << 20;

absl::Status refuse(const std::string& why) { return absl::InvalidArgumentError(why); }

absl::Status check(const DatadogOptions& options) {
  if (absl::Status status = check_export_times(options.timeout, options.retry); !status.ok()) {
    return status;
  }
  if (options.request_bytes_max < kRequestBytesMin ||
      options.request_bytes_max > kDatadogRequestBytesMax) {
    return refuse("request_bytes_max is not from 4096 to 52428800");
  }
  if (options.value_bytes_max < kValueBytesMin || options.value_bytes_max > kValueBytesMax) {
    return refuse("value_bytes_max is not from 64 to 1048576");
  }
  if (options.sampling_priority < -1 || options.sampling_priority > 2) {
    return refuse("sampling_priority is not from -1 to 2");
  }
  for (const char* const ours : {"X-Datadog-Trace-Count", "Datadog-Meta-Lang"}) {
    if (has_header(options.http.headers, ours)) {
      return refuse(std::string(ours) + " is no header to choose");
    }
  }
  return check_chosen_headers(options.http.headers);
}

// What is below the path of the agent's URL, or at its socket.
absl::Status set_address(HttpOptions& http) {
  std::string& url = http.url;
  if (url.starts_with(kUnixScheme)) {
    http.unix_socket = url.substr(kUnixScheme.size());
    if (http.unix_socket.size() < 2 || http.unix_socket.front() != '/') {
      return refuse("the address of the Datadog agent is no unix:///path of a socket");
    }
    if (http.unix_socket.size() >= sizeof(sockaddr_un::sun_path)) {
      return refuse("the path of the Datadog agent's socket is longer than a socket's can be");
    }
    url = "http://localhost";
  }
  const std::size_t host = url.starts_with("http://") ? 7 : url.starts_with("https://") ? 8 : 0;
  if (host == 0 || host == url.size() || url[host] == '/') {
    return refuse(
        "the address of the Datadog agent is none; give http://host:8126 or unix:///path");
  }
  while (url.ends_with('/')) url.pop_back();
  url += kTracesPath;
  return absl::OkStatus();
}

void add_own_headers(std::vector<HttpHeader>& headers) {
  headers.push_back({"Content-Type", "application/msgpack"});
  headers.push_back({"Datadog-Meta-Lang", "cpp"});
  headers.push_back({"Datadog-Meta-Lang-Version", std::to_string(__cplusplus)});
  headers.push_back({"Datadog-Meta-Tracer-Version", std::string(version())});
  // Otherwise an agent that is too busy says 200 all the same.
  headers.push_back({"Datadog-Send-Real-Http-Status", "true"});
}

}  // namespace

absl::StatusOr<std::unique_ptr<DatadogExporter>> DatadogExporter::create(DatadogOptions options) {
  if (absl::Status status = check(options); !status.ok()) return status;
  if (absl::Status status = set_address(options.http); !status.ok()) return status;
  options.http.put = true;
  add_own_headers(options.http.headers);
  auto client = HttpClient::create(options.http);
  if (!client.ok()) return client.status();
  std::string name = "datadog:";
  if (options.http.unix_socket.empty()) {
    name += (*client)->shown_url();
  } else {
    append_visible(name.append(kUnixScheme), options.http.unix_socket);
  }
  auto requests =
      std::make_unique<DatadogRequests>(options, *std::move(client), new_retry_seed(&options));
  return std::unique_ptr<DatadogExporter>(
      new DatadogExporter(std::move(name), std::move(requests)));
}

DatadogExporter::DatadogExporter(std::string name, std::unique_ptr<DatadogRequests> requests)
    : name_(std::move(name)), requests_(std::move(requests)) {}
DatadogExporter::~DatadogExporter() = default;

ExportResult DatadogExporter::export_batch(const Batch& batch, const ExportContext& context) {
  if (requests_ == nullptr) {
    last_error_ = "it was shut down";
    return ExportResult::failure(batch.size());
  }
  return requests_->export_batch(batch, context, last_error_);
}

absl::Status DatadogExporter::shutdown(Deadline) {
  requests_.reset();
  return absl::OkStatus();
}

absl::Status DatadogExporter::check_connection(Deadline deadline) {
  if (requests_ == nullptr) return absl::FailedPreconditionError("it was shut down");
  const absl::Status checked = requests_->check(deadline);
  if (checked.ok()) return checked;
  return absl::Status(checked.code(), name_ + ": " + std::string(checked.message()));
}

absl::StatusOr<std::unique_ptr<Exporter>> make_datadog(std::string_view rest) {
  std::vector<std::string> warnings;
  DatadogOptions options = DatadogOptions::from_env(&warnings);
  for (const std::string& warning : warnings) {
    std::fprintf(stderr, "tracebus: datadog: %s\n", warning.c_str());
  }
  if (!rest.empty()) options.http.url = rest;
  auto made = DatadogExporter::create(std::move(options));
  if (!made.ok()) return made.status();
  return behind_pairer(*std::move(made));
}

}  // namespace v1
}  // namespace tracebus
