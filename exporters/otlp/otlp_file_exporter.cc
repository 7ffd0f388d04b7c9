// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp/otlp_file_exporter.h"

#include <utility>
#include <vector>

#include "tracebus/exporters/processing_exporter.h"
#include "tracebus/exporters/span_pairer.h"

namespace tracebus {
inline namespace v1 {
namespace {

absl::StatusOr<std::unique_ptr<Exporter>> make_otlp_file(std::string_view rest) {
  if (rest.empty()) {
    return absl::InvalidArgumentError("give the path of the file to append to, as otlp-file:PATH");
  }
  auto opened = OtlpFileExporter::open(std::string(rest));
  if (!opened.ok()) return opened.status();
  std::vector<std::unique_ptr<Processor>> chain;
  chain.push_back(std::make_unique<SpanPairer>());
  return std::make_unique<ProcessingExporter>(std::move(chain), *std::move(opened));
}

}  // namespace

absl::StatusOr<std::unique_ptr<OtlpFileExporter>> OtlpFileExporter::open(const std::string& path,
                                                                         OtlpFileOptions options) {
  TraceRequestFrame frame(options.resource, schema_url(options.encoder.profile),
                          {.bytes_max = options.line_bytes_max});
  auto spans = OtlpLineFile::open(path, std::move(options.file), kTracesData, std::move(frame));
  if (!spans.ok()) return spans.status();
  return std::unique_ptr<OtlpFileExporter>(
      new OtlpFileExporter(path, options.encoder, *std::move(spans)));
}

OtlpFileExporter::OtlpFileExporter(const std::string& path, OtlpEncoderOptions encoder,
                                   OtlpLineFile spans)
    : name_("otlp-file:" + path), encoder_(encoder), spans_(std::move(spans)) {}

ExportResult OtlpFileExporter::export_batch(const Batch& batch, const ExportContext&) {
  ExportResult result = encoder_.encode(batch);
  result.failed = encoder_.spans().size() - spans_.write(encoder_.spans());
  return result;
}

void add_otlp_file_exporter(ExporterFactory& factory) {
  factory.add("otlp-file", "otlp-file:PATH  spans as OTLP JSON Lines, appended to PATH",
              make_otlp_file);
}

}  // namespace v1
}  // namespace tracebus
