// SPDX-License-Identifier: Apache-2.0
//
// ProtoFileExporter: events as length-delimited Protobuf messages into a file. The format stands in
// core/proto/README.md; batch_file.h says what is promised about the file. A torn last message is
// cut off when the file is opened: at most that one event is lost.
//
// One process at a time may append to a path: messages cannot be told apart in the middle of a
// file, so one that is torn by an error must be taken back before another is written.
#ifndef TRACEBUS_EXPORTERS_PROTO_FILE_EXPORTER_H_
#define TRACEBUS_EXPORTERS_PROTO_FILE_EXPORTER_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>

#include "tracebus/core/exporter.h"
#include "tracebus/core/proto/event_encoder.h"
#include "tracebus/exporters/batch_file.h"
#include "tracebus/exporters/encoded_batch.h"

namespace tracebus {
inline namespace v1 {

using ProtoFileOptions = BatchFileOptions;

class ProtoFileExporter final : public Exporter {
 public:
  // Appends to an existing file after reading it once. Errors as of BatchFile::open, and
  // FailedPrecondition for a file that holds something else, is of a later version, or is damaged.
  static absl::StatusOr<std::unique_ptr<ProtoFileExporter>> open(const std::string& path,
                                                                 ProtoFileOptions options = {});

  std::string_view name() const noexcept override { return name_; }
  ExportResult export_batch(const Batch& batch, const ExportContext& context) override;
  absl::Status flush(Deadline) override { return file_->flush(); }
  absl::Status shutdown(Deadline) override { return file_->shutdown(); }
  std::string_view last_error() const noexcept override { return file_->last_error(); }

 private:
  ProtoFileExporter(const std::string& path, std::unique_ptr<BatchFile> file);

  const std::string name_;
  const std::unique_ptr<BatchFile> file_;
  EventEncoder encoder_;
  EncodedBatch encoded_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_PROTO_FILE_EXPORTER_H_
