// SPDX-License-Identifier: Apache-2.0
//
// DatadogExporter: spans to a Datadog agent, PUT to /v0.4/traces as MessagePack, over TCP or a Unix
// socket. datadog.md says what becomes of attributes, what is sent again, and what counts as what.
//
// One export_batch groups its spans by trace, encodes them and keeps several requests in flight at
// once; it returns when each has come to its end, or at the deadline.
//
// Memory: requests_max requests of at most request_bytes_max each, and one span beyond.
#ifndef TRACEBUS_EXPORTERS_DATADOG_DATADOG_EXPORTER_H_
#define TRACEBUS_EXPORTERS_DATADOG_DATADOG_EXPORTER_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>

#include "tracebus/core/exporter.h"
#include "tracebus/exporters/connection_check.h"
#include "tracebus/exporters/datadog/datadog_options.h"

namespace tracebus {
inline namespace v1 {

class DatadogRequests;

class DatadogExporter final : public Exporter, public ConnectionCheck {
 public:
  // Connects to nothing yet. InvalidArgument for an address that is none, a header that cannot be
  // sent or is ours (Content-Type and the like), a number out of its range; NotFound for a file
  // that cannot be read. No message has the value of a header, or a name or password of the URL.
  static absl::StatusOr<std::unique_ptr<DatadogExporter>> create(DatadogOptions options);
  ~DatadogExporter() override;

  std::string_view name() const noexcept override { return name_; }
  // Events that are not the end of a span are counted as processed.
  ExportResult export_batch(const Batch& batch, const ExportContext& context) override;
  // Nothing is kept from one batch to the next, so there is nothing to wait for.
  absl::Status flush(Deadline) override { return absl::OkStatus(); }
  // Closes the connections. What is exported after it fails.
  absl::Status shutdown(Deadline) override;
  std::string_view last_error() const noexcept override { return last_error_; }

  absl::Status check_connection(Deadline deadline) override;

 private:
  DatadogExporter(std::string name, std::unique_ptr<DatadogRequests> requests);

  const std::string name_;
  std::unique_ptr<DatadogRequests> requests_;  // null after shutdown
  std::string last_error_;
};

// What "datadog:URL" means: rest is the address of the agent, as DD_TRACE_AGENT_URL, or empty; the
// environment says all else. Warnings of it are printed on standard error. A SpanPairer stands
// before it, so that what others emit as starts and ends is told as well.
absl::StatusOr<std::unique_ptr<Exporter>> make_datadog(std::string_view rest);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_DATADOG_DATADOG_EXPORTER_H_
