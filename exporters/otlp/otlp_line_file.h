// SPDX-License-Identifier: Apache-2.0
//
// OtlpLineFile: a file of one signal in OTLP's JSON Lines (opentelemetry-specification,
// protocol/file-exporter.md): a TracesData or LogsData object a line. batch_file.h says what is
// promised about the file.
//
// Thread safety: one thread at a time.
#ifndef TRACEBUS_EXPORTERS_OTLP_OTLP_LINE_FILE_H_
#define TRACEBUS_EXPORTERS_OTLP_OTLP_LINE_FILE_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/exporters/batch_file.h"
#include "tracebus/exporters/encoded_batch.h"
#include "tracebus/exporters/otlp/otlp_schema.h"
#include "tracebus/exporters/otlp/trace_request.h"

namespace tracebus {
inline namespace v1 {

class OtlpLineFile {
 public:
  // schema: of what frame makes of a batch. Errors as of BatchFile::open.
  static absl::StatusOr<OtlpLineFile> open(const std::string& path, BatchFileOptions options,
                                           const OtlpMessage& schema, TraceRequestFrame frame);

  // How many of the units are in the file. Those of a line are there together or not at all.
  std::size_t write(const EncodedBatch& units);
  absl::Status flush() { return file_->flush(); }
  absl::Status shutdown() { return file_->shutdown(); }
  std::string_view last_error() const noexcept { return file_->last_error(); }

 private:
  OtlpLineFile(std::unique_ptr<BatchFile> file, const OtlpMessage& schema, TraceRequestFrame frame);

  void add_line(const TraceRequest& request, std::size_t units);

  std::unique_ptr<BatchFile> file_;
  const OtlpMessage* schema_;
  TraceRequestFrame frame_;
  EncodedBatch lines_;
  std::vector<std::size_t> units_;  // in each line
  std::string line_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_OTLP_LINE_FILE_H_
