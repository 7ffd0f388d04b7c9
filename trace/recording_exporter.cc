// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/recording_exporter.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "tracebus/core/json_writer.h"

namespace tracebus {
inline namespace v1 {
namespace {

JoinOptions join_options(const RecordingOptions& options) {
  return {.open_runs_max = options.open_runs_max,
          .open_bytes_max = options.open_bytes_max,
          .pass_starts = options.format == RecordingFormat::kStudio};
}

// The seed's line has no place for ids; its metadata has. A run's first one says the pattern there.
void complete_metadata(RecordedEntry& entry) {
  std::vector<Attribute> members = entry.metadata.members();
  const auto add = [&](std::string_view key, std::string_view id) {
    if (!id.empty() && !entry.metadata.find(key)) members.push_back({key, id});
  };
  if (entry.event_type == "pattern_start") add("pattern_type", entry.pattern_type);
  add("run_id", entry.run_id);
  add("span_id", entry.span_id);
  std::optional<RecordedObject> metadata = RecordedObject::of(std::move(members));
  if (metadata) entry.metadata = *std::move(metadata);
}

}  // namespace

absl::StatusOr<std::unique_ptr<RecordingExporter>> RecordingExporter::open(
    const std::string& path, RecordingOptions options) {
  auto file = BatchFile::open(path, options.file, line_framing());
  if (!file.ok()) return file.status();
  return std::unique_ptr<RecordingExporter>(new RecordingExporter(path, options, *std::move(file)));
}

RecordingExporter::RecordingExporter(const std::string& path, const RecordingOptions& options,
                                     std::unique_ptr<BatchFile> file)
    : name_("recording:" + path), format_(options.format), file_(std::move(file)),
      counters_(std::make_shared<JoinCounters>()), joiner_(join_options(options), *counters_) {}

RecordingExporter::~RecordingExporter() = default;

ExportResult RecordingExporter::export_batch(const Batch& batch, const ExportContext&) {
  encoded_.clear();
  if (!format_) {
    encode_own(batch);
  } else {
    encode_seeds(batch);
  }
  const std::size_t lost = encoded_.size() == 0 ? 0 : encoded_.size() - file_->write(encoded_);
  return ExportResult::failure(std::min(lost, batch.size()));
}

// As the JsonlExporter does, and as cheaply: nothing is decided for each event.
void RecordingExporter::encode_own(const Batch& batch) {
  for (const EventView& event : batch) {
    char* const end = write_json_event(encoded_.room(json_event_bytes_max(event) + 1), event);
    *end = '\n';
    encoded_.end_unit(end + 1);
  }
}

void RecordingExporter::encode_seeds(const Batch& batch) {
  for (const EventView& event : batch) {
    if (*format_ == RecordingFormat::kEvents) {
      append_event_line(line_, event);
      add_line();
    } else {
      join(event);
    }
  }
}

void RecordingExporter::join(const EventView& event) {
  const TraceEvent whole = event.to_event();
  absl::StatusOr<RecordedEntry> entry = entry_of(whole);
  if (!entry.ok()) return;  // no record can be that large
  entry->timestamp = event.timestamp();
  joiner_.add(*std::move(entry), joined_);
  encode_joined();
}

void RecordingExporter::encode_joined() {
  for (RecordedEntry& entry : joined_) {
    if (*format_ == RecordingFormat::kRecorder) complete_metadata(entry);
    append_recording_line(line_, entry, *format_);
    add_line();
  }
  joined_.clear();
}

void RecordingExporter::add_line() {
  line_ += '\n';
  char* const room = encoded_.room(line_.size());
  std::memcpy(room, line_.data(), line_.size());
  encoded_.end_unit(room + line_.size());
  line_.clear();
}

absl::Status RecordingExporter::shutdown(Deadline) {
  encoded_.clear();
  joiner_.finish(joined_);
  encode_joined();
  const std::size_t lines = encoded_.size();
  const bool wrote = lines == 0 || file_->write(encoded_) == lines;
  const std::string error(file_->last_error());
  const absl::Status ended = file_->shutdown();
  return wrote || !ended.ok() ? ended : absl::DataLossError(error);
}

}  // namespace v1
}  // namespace tracebus
