// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp/otlp_file_exporter.h"

#include <utility>

#include "tracebus/exporters/span_pairer.h"

namespace tracebus {
inline namespace v1 {
namespace {

using Made = absl::StatusOr<std::unique_ptr<Exporter>>;

std::string_view name_of(OtlpSignal signal) noexcept {
  return signal == OtlpSignal::kTraces ? "otlp-file" : "otlp-logs-file";
}

Made make_otlp_file(OtlpSignal signal, std::string_view path) {
  if (path.empty()) {
    std::string message = "give the path of the file to append to, as ";
    message.append(name_of(signal)).append(":PATH");
    return absl::InvalidArgumentError(message);
  }
  OtlpFileOptions options;
  options.signal = signal;
  auto opened = OtlpFileExporter::open(std::string(path), std::move(options));
  if (!opened.ok()) return opened.status();
  if (signal != OtlpSignal::kTraces) return *std::move(opened);
  return behind_pairer(*std::move(opened));
}

}  // namespace

absl::StatusOr<std::unique_ptr<OtlpFileExporter>> OtlpFileExporter::open(const std::string& path,
                                                                         OtlpFileOptions options) {
  const bool is_traces = options.signal == OtlpSignal::kTraces;
  TraceRequestFrame frame(options.resource, schema_url(options.profile),
                          {.bytes_max = options.line_bytes_max});
  auto lines = OtlpLineFile::open(path, std::move(options.file),
                                  is_traces ? kTracesData : kLogsData, std::move(frame));
  if (!lines.ok()) return lines.status();
  std::string name(name_of(options.signal));
  name.append(":").append(path);
  return std::unique_ptr<OtlpFileExporter>(new OtlpFileExporter(
      std::move(name), {.profile = options.profile, .spans = is_traces, .logs = !is_traces},
      *std::move(lines)));
}

OtlpFileExporter::OtlpFileExporter(std::string name, OtlpEncoderOptions encoder, OtlpLineFile lines)
    : name_(std::move(name)), encoder_(encoder), lines_(std::move(lines)) {}

ExportResult OtlpFileExporter::export_batch(const Batch& batch, const ExportContext&) {
  ExportResult result = encoder_.encode(batch);
  const EncodedBatch& units = encoder_.spans().size() != 0 ? encoder_.spans() : encoder_.logs();
  result.failed = units.size() - lines_.write(units);
  return result;
}

void add_otlp_file_exporter(ExporterFactory& factory) {
  factory.add("otlp-file", "otlp-file:PATH  spans as OTLP JSON Lines, appended to PATH",
              [](std::string_view rest) { return make_otlp_file(OtlpSignal::kTraces, rest); });
  factory.add("otlp-logs-file",
              "otlp-logs-file:PATH  events that are no spans as OTLP JSON Lines, appended to PATH",
              [](std::string_view rest) { return make_otlp_file(OtlpSignal::kLogs, rest); });
}

}  // namespace v1
}  // namespace tracebus
