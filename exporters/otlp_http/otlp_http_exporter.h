// SPDX-License-Identifier: Apache-2.0
//
// OtlpHttpExporter: spans to any receiver of OTLP over HTTP, as Protobuf or JSON; and with a
// logs_url the events that are of no span beside them, as log records. otlp_http.md says what is
// sent again, what is not, and what counts as what.
//
// One export_batch encodes its events, cuts them into requests and keeps several of them in flight
// at once; it returns when each has come to its end, or at the deadline. A batch is at most
// kBlockBytesMax of records: ExporterOptions::batch with 8,192 events leaves it at that, where the
// default of 512 cuts it short.
//
// Memory: requests_max requests of at most request_bytes_max each, as much again with gzip, and
// several times as much with JSON; twice that with logs.
#ifndef TRACEBUS_EXPORTERS_OTLP_HTTP_OTLP_HTTP_EXPORTER_H_
#define TRACEBUS_EXPORTERS_OTLP_HTTP_OTLP_HTTP_EXPORTER_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "tracebus/core/exporter.h"
#include "tracebus/exporters/connection_check.h"
#include "tracebus/exporters/otlp_http/otlp_http_options.h"

namespace tracebus {
inline namespace v1 {

class OtlpRequests;

class OtlpHttpExporter final : public Exporter, public ConnectionCheck {
 public:
  // Connects to nothing yet. InvalidArgument for a URL that is none, a header that cannot be sent
  // or is ours (Content-Type and the like), a number out of its range; NotFound for a file that
  // cannot be read. No message has the value of a header, or a name or password of the URL.
  static absl::StatusOr<std::unique_ptr<OtlpHttpExporter>> create(OtlpHttpOptions options);
  ~OtlpHttpExporter() override;

  std::string_view name() const noexcept override { return name_; }
  ExportResult export_batch(const Batch& batch, const ExportContext& context) override;
  // Nothing is kept from one batch to the next, so there is nothing to wait for.
  absl::Status flush(Deadline) override { return absl::OkStatus(); }
  // Closes the connections. What is exported after it fails.
  absl::Status shutdown(Deadline) override;
  std::string_view last_error() const noexcept override { return last_error_; }

  absl::Status check_connection(Deadline deadline) override;

 private:
  OtlpHttpExporter(std::string name, std::chrono::milliseconds timeout);

  const std::string name_;
  const std::chrono::milliseconds timeout_;
  std::unique_ptr<OtlpRequests> spans_;  // null after shutdown
  std::unique_ptr<OtlpRequests> logs_;   // null if they go nowhere
  std::string last_error_;
};

// What "otlp:URL" means, with a SpanPairer in front for what others emit: rest is the address for
// all signals, as OTEL_EXPORTER_OTLP_ENDPOINT, or empty; the environment says all else. Warnings of
// it are printed on standard error.
absl::StatusOr<std::unique_ptr<Exporter>> make_otlp_http(std::string_view rest);
// "otlp-with-logs:URL": the same, and events that are of no span beside them, as log records.
absl::StatusOr<std::unique_ptr<Exporter>> make_otlp_http_with_logs(std::string_view rest);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_HTTP_OTLP_HTTP_EXPORTER_H_
