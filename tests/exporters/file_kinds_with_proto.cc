// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "tracebus/exporters/proto_file_exporter.h"
#include "tracebus/readers/open_events.h"
#include "tracebus/tests/exporters/file_kinds.h"

namespace tracebus::testing {
namespace {

absl::StatusOr<std::unique_ptr<Exporter>> open_exporter(const std::string& path,
                                                        BatchFileOptions options) {
  auto opened = ProtoFileExporter::open(path, std::move(options));
  if (!opened.ok()) return opened.status();
  return *std::move(opened);
}

}  // namespace

std::vector<FileKind> file_kinds() { return {jsonl_kind(), {"proto", open_exporter, open_events}}; }

}  // namespace tracebus::testing
