// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/jsonl_exporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "tracebus/exporters/file_rotation.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/exporters/faulty_file_system.h"
#include "tracebus/tests/exporters/temporary_folder.h"

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kFirstLine =
    R"({"timestamp":1749479521.2434397,"event_type":"pattern_start","agent_name":"",)"
    R"("pattern_type":"supervisor","payload":{},"origin":["0123456789abcdef",3,7]})"
    "\n";
constexpr std::string_view kSecondLine =
    R"({"timestamp":1749479521.5,"event_type":"cost_record","agent_name":"Zo)"
    "\xC3\xAB"
    R"(\n","pattern_type":"","payload":{"model":"gpt-4o","input_tokens":12,"cost_usd":0.0,)"
    R"("ok":true,"none":null,"list":[1,"a"]},"run_id":"run_fixture_1",)"
    R"("span_id":"00000000000000ab","origin":["0123456789abcdef",3,8]})"
    "\n";

EventMaker two_events() {
  EventIds ids;
  ids.span_id = *SpanId::from_hex("00000000000000ab");
  EventMaker maker;
  maker.add({.timestamp = Timestamp{1749479521, 243439700},
             .event_type = "pattern_start",
             .pattern_type = "supervisor"});
  maker.add({.timestamp = Timestamp{1749479521, 500000000},
             .event_type = "cost_record",
             .agent_name = "Zo\xC3\xAB\n",
             .payload = {{"model", "gpt-4o"},
                         {"input_tokens", 12},
                         {"cost_usd", 0.0},
                         {"ok", true},
                         {"none", nullptr},
                         {"list", Value::array({1, "a"})}},
             .ids = ids,
             .foreign_ids = {.run_id = "run_fixture_1"}});
  return maker;
}

std::string both_lines() { return std::string(kFirstLine) + std::string(kSecondLine); }

std::unique_ptr<JsonlExporter> open_exporter(const std::string& path, JsonlOptions options = {}) {
  auto opened = JsonlExporter::open(path, std::move(options));
  EXPECT_TRUE(opened.ok()) << opened.status();
  return *std::move(opened);
}

std::uint64_t failed(Exporter& exporter, EventMaker& maker) {
  return exporter.export_batch(maker.batch(), in_a_second()).failed;
}

std::string error_of(const std::string& path) {
  const auto opened = JsonlExporter::open(path);
  return opened.ok() ? "" : std::string(opened.status().message());
}

TEST(Row15JsonlExporter, BatchIsOneWriteOfWholeLines) {
  const TemporaryFolder folder;
  FaultyFileSystem files;
  const auto exporter = open_exporter(folder.file("a.jsonl"), {.file_system = &files});
  EventMaker maker = two_events();
  EXPECT_EQ(failed(*exporter, maker), 0u);
  EXPECT_EQ(files.writes(), 1u);
  EXPECT_EQ(read_file(folder.file("a.jsonl")), both_lines());  // before any flush
  EXPECT_EQ(exporter->name(), "jsonl:" + folder.file("a.jsonl"));
  EXPECT_EQ(exporter->last_error(), "");
}

TEST(Row15JsonlExporter, FoldersAreMadeAndAllIsForItsOwnerAlone) {
  const TemporaryFolder folder;
  const std::string path = folder.file("new/below//it/a.jsonl");
  const auto exporter = open_exporter(path);
  struct stat found;
  ASSERT_EQ(::stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  ASSERT_EQ(::stat(folder.file("new").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0700u);
}

TEST(Row15JsonlExporter, ExistingFileIsAppendedToAndKeepsItsMode) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.jsonl");
  write_file(path, "{\"kept\":1}\n");
  ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
  EventMaker maker = two_events();
  EXPECT_EQ(failed(*open_exporter(path), maker), 0u);
  EXPECT_EQ(failed(*open_exporter(path), maker), 0u);
  EXPECT_EQ(read_file(path), "{\"kept\":1}\n" + both_lines() + both_lines());
  struct stat found;
  ASSERT_EQ(::stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0640u);
}

TEST(Row15JsonlExporter, UnusablePathsAreRefusedWithAdvice) {
  const TemporaryFolder folder;
  EXPECT_THAT(error_of(""), HasSubstr("give the path of a file"));
  EXPECT_THAT(error_of(std::string("a\0b", 3)), HasSubstr("NUL"));
  EXPECT_THAT(error_of(folder.path()), HasSubstr("it is a folder: give the path of a file"));
  EXPECT_THAT(error_of(folder.path()), HasSubstr(folder.path()));
  EXPECT_THAT(error_of("/proc/tracebus/a.jsonl"), HasSubstr("make the folder '/proc/tracebus'"));
  write_file(folder.file("file"), "text");
  EXPECT_THAT(error_of(folder.file("file/a.jsonl")), HasSubstr("is a file, not a folder"));
  ASSERT_EQ(::symlink("file", folder.file("link").c_str()), 0);
  EXPECT_THAT(error_of(folder.file("link")), HasSubstr("it is a symbolic link"));
  ASSERT_EQ(::mkfifo(folder.file("fifo").c_str(), 0600), 0);
  EXPECT_THAT(error_of(folder.file("fifo")), HasSubstr("it is no file"));
  EXPECT_EQ(read_file(folder.file("file")), "text");
}

TEST(Row15JsonlExporter, PathThatCannotBeWrittenIsRefusedWithAdvice) {
  const TemporaryFolder folder;
  FaultyFileSystem files({.at_call = 1, .call = Call::kOpen, .error = EACCES});
  const auto opened = JsonlExporter::open(folder.file("a.jsonl"), {.file_system = &files});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(opened.status().message()),
              HasSubstr("cannot open for appending '" + folder.file("a.jsonl") +
                        "': Permission denied; check who may write"));
}

TEST(Row15JsonlExporter, NonsenseOptionsAreRefused) {
  const TemporaryFolder folder;
  for (const std::uint32_t files_max : {0u, kRotatedFilesMax + 1}) {
    const auto opened =
        JsonlExporter::open(folder.file("a.jsonl"), {.rotate_files_max = files_max});
    EXPECT_EQ(opened.status().code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_THAT(folder.names(), ElementsAre());
}

TEST(Row15JsonlExporter, ExportAfterShutdownFailsAndSaysSo) {
  const TemporaryFolder folder;
  const auto exporter = open_exporter(folder.file("a.jsonl"));
  EventMaker maker = two_events();
  EXPECT_TRUE(exporter->flush({}).ok());
  EXPECT_TRUE(exporter->shutdown({}).ok());
  EXPECT_TRUE(exporter->shutdown({}).ok());
  EXPECT_EQ(failed(*exporter, maker), 2u);
  EXPECT_THAT(std::string(exporter->last_error()), HasSubstr("it was shut down"));
  EXPECT_EQ(exporter->flush({}).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(read_file(folder.file("a.jsonl")), "");
}

TEST(Row15JsonlExporter, FsyncIsCalledAsConfigured) {
  const TemporaryFolder folder;
  EventMaker maker = two_events();
  const auto syncs_after = [&](FileSync sync, bool flush) {
    FaultyFileSystem files;
    const auto exporter =
        open_exporter(folder.file("a.jsonl"), {.sync = sync, .file_system = &files});
    EXPECT_EQ(failed(*exporter, maker), 0u);
    EXPECT_EQ(failed(*exporter, maker), 0u);
    EXPECT_TRUE(!flush || exporter->flush({}).ok());
    return files.syncs();
  };
  EXPECT_EQ(syncs_after(FileSync::kNever, true), 0u);
  EXPECT_EQ(syncs_after(FileSync::kOnFlush, false), 0u);
  EXPECT_EQ(syncs_after(FileSync::kOnFlush, true), 1u);
  EXPECT_EQ(syncs_after(FileSync::kEveryBatch, false), 2u);
}

TEST(Row15JsonlExporter, FullDeviceFailsTheBatchAndSaysWhatToDo) {
  const auto exporter = open_exporter("/dev/full");
  EventMaker maker = two_events();
  EXPECT_EQ(failed(*exporter, maker), 2u);
  EXPECT_THAT(std::string(exporter->last_error()),
              HasSubstr("cannot write to '/dev/full': No space left on device; make room"));
  EXPECT_THAT(std::string(exporter->last_error()), HasSubstr("2 of 2 events were not written"));
}

// --- Torn ends ---

struct TornCase {
  std::string before;
  std::string mended;
};

TEST(Row15JsonlExporter, TornEndIsMendedOnOpen) {
  const std::string hole(100'000, '\0');
  const std::vector<TornCase> cases = {
      {"", ""},
      {"{\"a\":1}\n", "{\"a\":1}\n"},
      {"{\"a\":1}\n{\"b\":", "{\"a\":1}\n{\"b\":\n"},
      {"{\"a\":1}", "{\"a\":1}\n"},
      {"{\"a\":1}\n" + hole, "{\"a\":1}\n"},
      {"{\"a\":1}\n{\"b\"" + hole, "{\"a\":1}\n{\"b\"\n"},
      {hole, ""},
  };
  for (const TornCase& torn : cases) {
    const TemporaryFolder folder;
    const std::string path = folder.file("a.jsonl");
    write_file(path, torn.before);
    const auto exporter = open_exporter(path);
    EXPECT_EQ(read_file(path), torn.mended);
    EventMaker maker = two_events();
    EXPECT_EQ(failed(*exporter, maker), 0u);
    EXPECT_EQ(read_file(path), torn.mended + both_lines());
  }
}

// G15. Oracle: every line that survived whole, at most one bad line, then the new event.
TEST(Row15JsonlExporter, FileCutAtAnyByteLosesAtMostOneEvent) {
  EventMaker old_events = numbered_events(5);
  const std::string whole = jsonl_of(old_events.batch());
  const std::vector<std::string> old_lines = lines_of(whole);
  EventMaker added;
  added.add_numbered(1000);
  const std::string new_line = lines_of(jsonl_of(added.batch()))[0];
  const TemporaryFolder folder(memory_folder());
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    for (const std::size_t hole_bytes : {0, 5000}) {
      const std::string path = folder.file(std::to_string(cut) + "_" + std::to_string(hole_bytes));
      write_file(path, whole.substr(0, cut) + std::string(hole_bytes, '\0'));
      ASSERT_EQ(failed(*open_exporter(path), added), 0u);
      std::vector<std::string> lines = lines_of(read_file(path));
      ASSERT_EQ(lines.back(), new_line) << cut;
      lines.pop_back();
      std::size_t intact = 0;
      while (intact < lines.size() && lines[intact] == old_lines[intact]) ++intact;
      const auto ended = static_cast<std::size_t>(
          std::count(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut), '\n'));
      ASSERT_GE(intact, ended) << cut;
      ASSERT_LE(lines.size() - intact, 1u) << cut;
    }
  }
}

}  // namespace
}  // namespace tracebus::testing
