// SPDX-License-Identifier: Apache-2.0
//
// OtlpFileExporter: spans, or other events as log records, as OTLP's JSON Lines into a file, which
// collectors, Jaeger and others import. A file holds one signal. A line holds what a batch had of
// it, or a part of that.
#ifndef TRACEBUS_EXPORTERS_OTLP_OTLP_FILE_EXPORTER_H_
#define TRACEBUS_EXPORTERS_OTLP_OTLP_FILE_EXPORTER_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "tracebus/core/exporter.h"
#include "tracebus/exporters/batch_file.h"
#include "tracebus/exporters/exporter_spec.h"
#include "tracebus/exporters/otlp/otlp_encoder.h"
#include "tracebus/exporters/otlp/otlp_line_file.h"
#include "tracebus/exporters/otlp/otlp_signal.h"
#include "tracebus/exporters/otlp/resource.h"

namespace tracebus {
inline namespace v1 {

struct OtlpFileOptions {
  Resource resource = Resource::from_env();
  BatchFileOptions file = {};
  OtlpSignal signal = OtlpSignal::kTraces;
  Profile profile = Profile::kGenAi;
  // Of a line, as Protocol Buffers; its JSON takes two to three times as many, of control
  // characters up to six times. What is larger alone is counted as failed.
  std::size_t line_bytes_max = std::size_t{1} << 20;
};

class OtlpFileExporter final : public Exporter {
 public:
  // Errors as of BatchFile::open.
  static absl::StatusOr<std::unique_ptr<OtlpFileExporter>> open(const std::string& path,
                                                                OtlpFileOptions options = {});

  std::string_view name() const noexcept override { return name_; }
  // Events that are no part of the signal are counted as processed.
  ExportResult export_batch(const Batch& batch, const ExportContext& context) override;
  absl::Status flush(Deadline) override { return lines_.flush(); }
  absl::Status shutdown(Deadline) override { return lines_.shutdown(); }
  std::string_view last_error() const noexcept override { return lines_.last_error(); }

 private:
  OtlpFileExporter(std::string name, OtlpEncoderOptions encoder, OtlpLineFile lines);

  const std::string name_;
  OtlpEncoder encoder_;
  OtlpLineFile lines_;
};

// Adds "otlp-file:PATH", with a SpanPairer before it, and "otlp-logs-file:PATH" to what a factory
// can make.
void add_otlp_file_exporter(ExporterFactory& factory);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_OTLP_FILE_EXPORTER_H_
