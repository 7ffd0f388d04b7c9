// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/proto_file_exporter.h"

#include <utility>

#include "tracebus/exporters/message_framing.h"

namespace tracebus {
inline namespace v1 {

absl::StatusOr<std::unique_ptr<ProtoFileExporter>> ProtoFileExporter::open(
    const std::string& path, ProtoFileOptions options) {
  auto file = BatchFile::open(path, std::move(options), message_framing());
  if (!file.ok()) return file.status();
  return std::unique_ptr<ProtoFileExporter>(new ProtoFileExporter(path, *std::move(file)));
}

ProtoFileExporter::ProtoFileExporter(const std::string& path, std::unique_ptr<BatchFile> file)
    : name_("proto:" + path), file_(std::move(file)) {}

ExportResult ProtoFileExporter::export_batch(const Batch& batch, const ExportContext&) {
  encoded_.clear();
  for (const EventView& event : batch) {
    char* const room = encoded_.room(EventEncoder::bytes_max(event));
    if (const char* const end = encoder_.write(room, event)) encoded_.end_unit(end);
  }
  return ExportResult::failure(batch.size() - file_->write(encoded_));
}

}  // namespace v1
}  // namespace tracebus
