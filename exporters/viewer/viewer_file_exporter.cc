// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/viewer/viewer_file_exporter.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "tracebus/exporters/whole_file.h"

namespace tracebus {
inline namespace v1 {

absl::StatusOr<std::unique_ptr<ViewerFileExporter>> ViewerFileExporter::open(
    const std::string& path, TraceFormat format, const ViewerFileOptions& options) {
  if (path.empty()) return absl::InvalidArgumentError("give the path of the file to write");
  std::unique_ptr<ViewerFileExporter> exporter(new ViewerFileExporter(path, format, options));
  const absl::Status written = exporter->write();
  if (!written.ok()) return written;
  return exporter;
}

ViewerFileExporter::ViewerFileExporter(const std::string& path, TraceFormat format,
                                       const ViewerFileOptions& options)
    : path_(path), name_("viewer:" + path), format_(format), bytes_max_(options.bytes_max),
      file_system_(options.file_system != nullptr ? *options.file_system : FileSystem::posix()),
      collector_({.bytes_max = ~std::size_t{0}}) {}

ExportResult ViewerFileExporter::export_batch(const Batch& batch, const ExportContext&) {
  std::uint64_t refused = 0;
  for (const EventView& event : batch) {
    if (collector_.stats().bytes >= bytes_max_) {
      ++refused;
    } else {
      collector_.add(event);
      changed_ = true;
    }
  }
  if (refused != 0) {
    last_error_ = absl::StrCat(path_, ": ", bytes_max_,
                               " bytes of spans are in memory, which is the limit; record as JSONL "
                               "and convert, or filter");
  }
  return ExportResult::failure(refused);
}

absl::Status ViewerFileExporter::write() {
  if (!changed_) return absl::OkStatus();
  const absl::Status written =
      write_whole_file(file_system_, path_, render(collector_.traces(), format_));
  changed_ = !written.ok();
  if (!written.ok()) last_error_ = std::string(written.message());
  return written;
}

void add_viewer_files(ExporterFactory& factory) {
  struct Entry {
    std::string_view name;
    std::string_view help;
    TraceFormat format;
  };
  static constexpr Entry kEntries[] = {
      {"chrome", "chrome:PATH  for chrome://tracing and speedscope", TraceFormat::kChrome},
      {"folded", "folded:PATH  folded stacks of time, for flame graphs", TraceFormat::kFolded},
      {"folded-cost", "folded-cost:PATH  folded stacks of costs", TraceFormat::kFoldedCost},
      {"folded-tokens", "folded-tokens:PATH  folded stacks of tokens", TraceFormat::kFoldedTokens},
      {"jaeger-file", "jaeger-file:PATH  for Jaeger's user interface", TraceFormat::kJaeger},
      {"perfetto", "perfetto:PATH  for ui.perfetto.dev", TraceFormat::kPerfetto}};
  for (const Entry& entry : kEntries) {
    factory.add(entry.name, entry.help,
                [format = entry.format](
                    std::string_view rest) -> absl::StatusOr<std::unique_ptr<Exporter>> {
                  auto opened = ViewerFileExporter::open(std::string(rest), format);
                  if (!opened.ok()) return opened.status();
                  return *std::move(opened);
                });
  }
}

}  // namespace v1
}  // namespace tracebus
