// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/proto_file_exporter.h"

#include <google/protobuf/arena.h>

#include <utility>

#include "tracebus/core/proto/event_proto.h"
#include "tracebus/core/proto/proto_file_format.h"
#include "tracebus/exporters/message_framing.h"

namespace tracebus {
inline namespace v1 {

// Builds messages in memory that it uses again and again.
class ProtoFileExporter::Encoder {
 public:
  Encoder() : arena_(first_block_, sizeof first_block_) {}

  // False, with nothing appended, if the message would be too large for a file.
  bool append(std::string& out, const EventView& event) {
    arena_.Reset();
    auto* message = google::protobuf::Arena::CreateMessage<proto::v1::TraceEvent>(&arena_);
    to_proto(event, message);
    return append_delimited(out, *message);
  }

 private:
  alignas(8) char first_block_[16 << 10];
  google::protobuf::Arena arena_;
};

absl::StatusOr<std::unique_ptr<ProtoFileExporter>> ProtoFileExporter::open(
    const std::string& path, ProtoFileOptions options) {
  auto file = BatchFile::open(path, std::move(options), message_framing());
  if (!file.ok()) return file.status();
  return std::unique_ptr<ProtoFileExporter>(new ProtoFileExporter(path, *std::move(file)));
}

ProtoFileExporter::ProtoFileExporter(const std::string& path, std::unique_ptr<BatchFile> file)
    : name_("proto:" + path), file_(std::move(file)), encoder_(std::make_unique<Encoder>()) {}

ProtoFileExporter::~ProtoFileExporter() = default;

ExportResult ProtoFileExporter::export_batch(const Batch& batch, const ExportContext&) {
  encoded_.clear();
  std::string text;
  for (const EventView& event : batch) {
    text.clear();
    if (!encoder_->append(text, event)) continue;
    char* const begin = encoded_.room(text.size());
    encoded_.end_unit(begin + text.copy(begin, text.size()));
  }
  return ExportResult::failure(batch.size() - file_->write(encoded_));
}

}  // namespace v1
}  // namespace tracebus
