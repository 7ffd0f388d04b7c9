// SPDX-License-Identifier: Apache-2.0
//
// ViewerFileExporter: the traces of a bus as a file that a viewer opens (render/trace_format.h).
//
// Such files are not written piece by piece: spans are kept in memory, and each flush and shutdown
// replaces the file by all of them. What would exceed bytes_max is refused and counted as failed,
// never what was kept before. A run that may crash is better recorded as JSONL, and converted.
//
// Thread safety: as Exporter.
#ifndef TRACEBUS_EXPORTERS_VIEWER_VIEWER_FILE_EXPORTER_H_
#define TRACEBUS_EXPORTERS_VIEWER_VIEWER_FILE_EXPORTER_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "tracebus/core/exporter.h"
#include "tracebus/exporters/exporter_spec.h"
#include "tracebus/exporters/file_system.h"
#include "tracebus/render/trace_format.h"
#include "tracebus/trace/trace_collector.h"

namespace tracebus {
inline namespace v1 {

struct ViewerFileOptions {
  std::size_t bytes_max = std::size_t{256} << 20;  // of spans in memory, about
  FileSystem* file_system = nullptr;               // null: the process's own
};

class ViewerFileExporter final : public Exporter {
 public:
  // Writes an empty file at once, so that a path that cannot be written is an error here.
  static absl::StatusOr<std::unique_ptr<ViewerFileExporter>> open(
      const std::string& path, TraceFormat format, const ViewerFileOptions& options = {});

  std::string_view name() const noexcept override { return name_; }
  ExportResult export_batch(const Batch& batch, const ExportContext& context) override;
  absl::Status flush(Deadline) override { return write(); }
  absl::Status shutdown(Deadline) override { return write(); }
  std::string_view last_error() const noexcept override { return last_error_; }

 private:
  ViewerFileExporter(const std::string& path, TraceFormat format, const ViewerFileOptions& options);
  absl::Status write();

  const std::string path_;
  const std::string name_;
  const TraceFormat format_;
  const std::size_t bytes_max_;
  FileSystem& file_system_;
  TraceCollector collector_;
  bool changed_ = true;  // since the file was written
  std::string last_error_;
};

// Adds jaeger-file:PATH, chrome:PATH, perfetto:PATH, folded:PATH, folded-tokens:PATH and
// folded-cost:PATH.
void add_viewer_files(ExporterFactory& factory);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_VIEWER_VIEWER_FILE_EXPORTER_H_
