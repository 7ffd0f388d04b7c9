// SPDX-License-Identifier: Apache-2.0
//
// JsonlExporter: one event a line into a file; json_writer.h has the format, batch_file.h says what
// is promised about the file.
//
// Several processes may append to one path; each keeps whole lines, but a torn line is then ended
// instead of taken back. They should not all rotate it.
#ifndef TRACEBUS_EXPORTERS_JSONL_EXPORTER_H_
#define TRACEBUS_EXPORTERS_JSONL_EXPORTER_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>

#include "tracebus/core/exporter.h"
#include "tracebus/exporters/batch_file.h"
#include "tracebus/exporters/encoded_batch.h"

namespace tracebus {
inline namespace v1 {

using JsonlOptions = BatchFileOptions;

class JsonlExporter final : public Exporter {
 public:
  // Errors as of BatchFile::open.
  static absl::StatusOr<std::unique_ptr<JsonlExporter>> open(const std::string& path,
                                                             JsonlOptions options = {});

  std::string_view name() const noexcept override { return name_; }
  ExportResult export_batch(const Batch& batch, const ExportContext& context) override;
  absl::Status flush(Deadline) override { return file_->flush(); }
  absl::Status shutdown(Deadline) override { return file_->shutdown(); }
  std::string_view last_error() const noexcept override { return file_->last_error(); }

 private:
  JsonlExporter(const std::string& path, std::unique_ptr<BatchFile> file);

  const std::string name_;
  const std::unique_ptr<BatchFile> file_;
  EncodedBatch encoded_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_JSONL_EXPORTER_H_
