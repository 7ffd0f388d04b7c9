// SPDX-License-Identifier: Apache-2.0
//
// The exporters that write files, each with the reader of what it writes, for tests of what must
// hold for all of them.
#ifndef TRACEBUS_TESTS_EXPORTERS_FILE_KINDS_H_
#define TRACEBUS_TESTS_EXPORTERS_FILE_KINDS_H_

#include <absl/status/statusor.h>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "tracebus/core/exporter.h"
#include "tracebus/exporters/batch_file.h"
#include "tracebus/readers/event_reader.h"
#include "tracebus/tests/exporters/event_maker.h"

namespace tracebus::testing {

struct FileKind {
  const char* name;
  absl::StatusOr<std::unique_ptr<Exporter>> (*open)(const std::string& path,
                                                    BatchFileOptions options);
  absl::StatusOr<std::unique_ptr<EventReader>> (*read)(const std::string& path);
};

inline std::ostream& operator<<(std::ostream& out, const FileKind& kind) {
  return out << kind.name;
}

const FileKind& jsonl_kind();
// JSONL, and Protobuf where it is built.
std::vector<FileKind> file_kinds();

// Events as JSONL has them, and what else was found.
struct FileContent {
  std::vector<std::string> lines;
  ReadAccount account;
};
// Fails the test if the file cannot be opened.
FileContent read_content(const FileKind& kind, const std::string& path);
std::vector<std::string> lines_of(const Batch& batch);

// Opens an exporter that a test cannot do without.
std::unique_ptr<Exporter> must_open(const FileKind& kind, const std::string& path,
                                    const BatchFileOptions& options = {});

// The bytes of a file of these events.
std::string file_of(const FileKind& kind, const Batch& batch);

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_EXPORTERS_FILE_KINDS_H_
