// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/exporters/file_kinds.h"

#include <gtest/gtest.h>

#include <utility>

#include "tracebus/core/json_writer.h"
#include "tracebus/exporters/jsonl_exporter.h"
#include "tracebus/readers/jsonl_reader.h"
#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/tests/proto/written_record.h"

namespace tracebus::testing {
namespace {

std::string line_of(const EventView& event) {
  std::string line;
  append_json_event(line, event);
  return line;
}

absl::StatusOr<std::unique_ptr<Exporter>> open_exporter(const std::string& path,
                                                        BatchFileOptions options) {
  auto opened = JsonlExporter::open(path, std::move(options));
  if (!opened.ok()) return opened.status();
  return *std::move(opened);
}

}  // namespace

const FileKind& jsonl_kind() {
  static const FileKind kind = {"jsonl", open_exporter, open_jsonl};
  return kind;
}

FileContent read_content(const FileKind& kind, const std::string& path) {
  FileContent content;
  const auto reader = kind.read(path);
  EXPECT_TRUE(reader.ok()) << reader.status();
  if (!reader.ok()) return content;
  while (const TraceEvent* const event = (*reader)->next()) {
    const WrittenRecord record(*event);
    content.lines.push_back(record.is_written() ? line_of(record.view()) : "not a record");
  }
  content.account = (*reader)->account();
  return content;
}

std::vector<std::string> lines_of(const Batch& batch) {
  std::vector<std::string> lines;
  for (const EventView& event : batch) lines.push_back(line_of(event));
  return lines;
}

std::unique_ptr<Exporter> must_open(const FileKind& kind, const std::string& path,
                                    const BatchFileOptions& options) {
  auto opened = kind.open(path, options);
  EXPECT_TRUE(opened.ok()) << opened.status();
  return opened.ok() ? *std::move(opened) : nullptr;
}

std::string file_of(const FileKind& kind, const Batch& batch) {
  const TemporaryFolder folder(memory_folder());
  const std::string path = folder.file("whole");
  EXPECT_EQ(must_open(kind, path)->export_batch(batch, in_a_second()).failed, 0u);
  return read_file(path);
}

}  // namespace tracebus::testing
