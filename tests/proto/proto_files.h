// SPDX-License-Identifier: Apache-2.0
//
// What the tests of Protobuf files share: writing events into one, and reading one to its end.
#ifndef TRACEBUS_TESTS_PROTO_PROTO_FILES_H_
#define TRACEBUS_TESTS_PROTO_PROTO_FILES_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/core/json_writer.h"
#include "tracebus/exporters/proto_file_exporter.h"
#include "tracebus/readers/open_events.h"
#include "tracebus/readers/proto_file_reader.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/tests/proto/written_record.h"

namespace tracebus::testing {

inline std::unique_ptr<ProtoFileExporter> open_exporter(const std::string& path,
                                                        ProtoFileOptions options = {}) {
  auto opened = ProtoFileExporter::open(path, std::move(options));
  EXPECT_TRUE(opened.ok()) << opened.status();
  return opened.ok() ? *std::move(opened) : nullptr;
}

inline std::uint64_t failed(ProtoFileExporter& exporter, EventMaker& events) {
  return exporter.export_batch(events.batch(), in_a_second()).failed;
}

// A file of these events, as bytes.
inline std::string file_of(EventMaker& events) {
  const TemporaryFolder folder(memory_folder());
  const std::string path = folder.file("whole.pb");
  EXPECT_EQ(failed(*open_exporter(path), events), 0u);
  return read_file(path);
}

inline std::string json_of(const EventView& event) {
  std::string line;
  append_json_event(line, event);
  return line;
}

struct ReadBack {
  std::vector<std::string> lines;  // of the events, as JSONL has them
  ReadAccount account;
};

inline ReadBack drain(EventReader& reader) {
  ReadBack back;
  while (const TraceEvent* event = reader.next()) {
    const WrittenRecord record(*event);
    back.lines.push_back(record.is_written() ? json_of(record.view()) : "not a record");
  }
  back.account = reader.account();
  EXPECT_EQ(back.account.events, back.lines.size());
  EXPECT_EQ(back.account.bad_lines, back.account.problems.size());
  return back;
}

inline ReadBack read_bytes(std::string_view bytes) {
  ProtoFileReader reader(memory_source(bytes));
  return drain(reader);
}

inline ReadBack read_path(const std::string& path) {
  auto reader = open_events(path);
  EXPECT_TRUE(reader.ok()) << reader.status();
  return drain(**reader);
}

inline std::vector<std::string> lines_of(EventMaker& events) {
  std::vector<std::string> lines;
  for (const EventView& event : events.batch()) lines.push_back(json_of(event));
  return lines;
}

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_PROTO_PROTO_FILES_H_
