// SPDX-License-Identifier: Apache-2.0
//
// OtlpGrpcExporter: spans to any receiver of OTLP over gRPC. otlp_grpc.md says what is sent again,
// what is not, and what counts as what.
//
// One export_batch encodes its events, cuts them into requests and keeps several of them in flight
// at once over one connection; it returns when each has come to its end, or at the deadline.
//
// Memory: requests_max requests of at most request_bytes_max each, as much again in gRPC, and once
// more with gzip.
#ifndef TRACEBUS_EXPORTERS_OTLP_GRPC_OTLP_GRPC_EXPORTER_H_
#define TRACEBUS_EXPORTERS_OTLP_GRPC_OTLP_GRPC_EXPORTER_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>

#include "tracebus/core/exporter.h"
#include "tracebus/exporters/connection_check.h"
#include "tracebus/exporters/otlp_grpc/otlp_grpc_options.h"

namespace tracebus {
inline namespace v1 {

class OtlpRequests;

class OtlpGrpcExporter final : public Exporter, public ConnectionCheck {
 public:
  // Connects to nothing yet. InvalidArgument for an endpoint that is none, a header that cannot be
  // sent or is gRPC's own, a number out of its range, a file that is no PEM; NotFound for one that
  // cannot be read; FailedPrecondition in the child of a process that sent over gRPC here. No
  // message has the value of a header.
  static absl::StatusOr<std::unique_ptr<OtlpGrpcExporter>> create(OtlpGrpcOptions options);
  ~OtlpGrpcExporter() override;

  std::string_view name() const noexcept override { return name_; }
  ExportResult export_batch(const Batch& batch, const ExportContext& context) override;
  // Nothing is kept from one batch to the next, so there is nothing to wait for.
  absl::Status flush(Deadline) override { return absl::OkStatus(); }
  // Closes the connection. What is exported after it fails.
  absl::Status shutdown(Deadline) override;
  std::string_view last_error() const noexcept override { return last_error_; }

  absl::Status check_connection(Deadline deadline) override;

 private:
  OtlpGrpcExporter(std::string name, std::unique_ptr<OtlpRequests> requests);

  const std::string name_;
  std::unique_ptr<OtlpRequests> requests_;  // null after shutdown
  std::string last_error_;
};

// What "otlp-grpc:ENDPOINT" means: rest is the endpoint, as OTEL_EXPORTER_OTLP_ENDPOINT, or empty;
// the environment says all else. Warnings of it are printed on standard error.
absl::StatusOr<std::unique_ptr<Exporter>> make_otlp_grpc(std::string_view rest);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_GRPC_OTLP_GRPC_EXPORTER_H_
