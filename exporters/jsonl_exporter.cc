// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/jsonl_exporter.h"

#include <utility>

#include "tracebus/core/json_writer.h"

namespace tracebus {
inline namespace v1 {

absl::StatusOr<std::unique_ptr<JsonlExporter>> JsonlExporter::open(const std::string& path,
                                                                   JsonlOptions options) {
  auto file = BatchFile::open(path, std::move(options), line_framing());
  if (!file.ok()) return file.status();
  return std::unique_ptr<JsonlExporter>(new JsonlExporter(path, *std::move(file)));
}

JsonlExporter::JsonlExporter(const std::string& path, std::unique_ptr<BatchFile> file)
    : name_("jsonl:" + path), file_(std::move(file)) {}

ExportResult JsonlExporter::export_batch(const Batch& batch, const ExportContext&) {
  encoded_.clear();
  for (const EventView& event : batch) {
    char* const end = write_json_event(encoded_.room(json_event_bytes_max(event) + 1), event);
    *end = '\n';
    encoded_.end_unit(end + 1);
  }
  return ExportResult::failure(batch.size() - file_->write(encoded_));
}

}  // namespace v1
}  // namespace tracebus
