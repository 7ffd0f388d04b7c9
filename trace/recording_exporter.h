// SPDX-License-Identifier: Apache-2.0
//
// RecordingExporter: records what happens on a bus into one file, as it happens.
//
// Promises
//  1. A batch is one write of whole lines, made before export_batch returns: after a crash or a
//     kill of the process every line that was written loads, and at most the last one is torn
//     (batch_file.h says what disks may do, and how the next start mends it).
//  2. Each line says its run, so runs that go on side by side in one file are kept apart. (Lines of
//     the seed's exporter have no place for it.)
//  3. Memory is bounded: in our own format and the exporter's nothing is kept between batches; in
//     the other two what JoinOptions says, and what is let go of is counted by reason.
//
// Content. Add it with ExporterOptions::content, or by BusRecording, which does: else the recording
// is without requests and responses, and nothing can be replayed from it.
#ifndef TRACEBUS_TRACE_RECORDING_EXPORTER_H_
#define TRACEBUS_TRACE_RECORDING_EXPORTER_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/exporter.h"
#include "tracebus/exporters/batch_file.h"
#include "tracebus/exporters/encoded_batch.h"
#include "tracebus/trace/recording_joiner.h"
#include "tracebus/trace/recording_line.h"

namespace tracebus {
inline namespace v1 {

struct RecordingOptions {
  // None: our own lines, which hold all of each event (core/json_writer.h), can be replayed onto a
  // bus, and cost what the JsonlExporter costs. Those of the seed hold what it knows: kRecorder one
  // line for each call, written when it ends, and kStudio two.
  std::optional<RecordingFormat> format = {};
  BatchFileOptions file = {};
  std::size_t open_runs_max = JoinOptions().open_runs_max;
  std::size_t open_bytes_max = JoinOptions().open_bytes_max;
};

class RecordingExporter final : public Exporter {
 public:
  // Appends to path. Errors as of BatchFile::open.
  static absl::StatusOr<std::unique_ptr<RecordingExporter>> open(const std::string& path,
                                                                 RecordingOptions options = {});
  ~RecordingExporter() override;

  std::string_view name() const noexcept override { return name_; }
  // Where lines are not written, as many events count as failed. An event that is kept to be joined
  // counts as delivered.
  ExportResult export_batch(const Batch& batch, const ExportContext& context) override;
  absl::Status flush(Deadline) override { return file_->flush(); }
  // Calls that have not ended are written as they are, too.
  absl::Status shutdown(Deadline) override;
  std::string_view last_error() const noexcept override { return file_->last_error(); }

  // May outlive the exporter.
  std::shared_ptr<const JoinCounters> counters() const noexcept { return counters_; }

 private:
  RecordingExporter(const std::string& path, const RecordingOptions& options,
                    std::unique_ptr<BatchFile> file);

  void encode_own(const Batch& batch);
  void encode_seeds(const Batch& batch);
  void join(const EventView& event);
  void encode_joined();
  void add_line();  // line_, with its line feed

  const std::string name_;
  const std::optional<RecordingFormat> format_;
  const std::unique_ptr<BatchFile> file_;
  const std::shared_ptr<JoinCounters> counters_;
  CallJoiner joiner_;
  std::vector<RecordedEntry> joined_;
  std::string line_;
  EncodedBatch encoded_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_RECORDING_EXPORTER_H_
