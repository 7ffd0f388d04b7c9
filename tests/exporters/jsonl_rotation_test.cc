// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tracebus/exporters/jsonl_exporter.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/exporters/faulty_file_system.h"
#include "tracebus/tests/exporters/temporary_folder.h"

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A steady clock that a test moves.
struct FakeClock {
  std::chrono::steady_clock::time_point now{std::chrono::hours(1)};
  std::function<std::chrono::steady_clock::time_point()> function() {
    return [this] { return now; };
  }
};

std::unique_ptr<JsonlExporter> open_exporter(const std::string& path, JsonlOptions options) {
  auto opened = JsonlExporter::open(path, std::move(options));
  EXPECT_TRUE(opened.ok()) << opened.status();
  return *std::move(opened);
}

std::string lines(EventMaker& maker, std::size_t first, std::size_t end) {
  return jsonl_of(maker.batch_of(first, end));
}

std::uint64_t failed(Exporter& exporter, EventMaker& maker, std::size_t first, std::size_t end) {
  return exporter.export_batch(maker.batch_of(first, end), in_a_second()).failed;
}

TEST(Row15JsonlExporter, RotationBySizeNeverSplitsALine) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.jsonl");
  EventMaker maker = numbered_events(8);
  const std::size_t line_bytes = lines(maker, 0, 1).size();
  const auto exporter = open_exporter(path, {.rotate_bytes_max = 3 * line_bytes + line_bytes / 2});
  EXPECT_EQ(failed(*exporter, maker, 0, 2), 0u);
  EXPECT_EQ(failed(*exporter, maker, 2, 8), 0u);
  EXPECT_THAT(folder.names(), ElementsAre("a.jsonl", "a.jsonl.1", "a.jsonl.2"));
  EXPECT_EQ(read_file(path + ".2"), lines(maker, 0, 3));
  EXPECT_EQ(read_file(path + ".1"), lines(maker, 3, 6));
  EXPECT_EQ(read_file(path), lines(maker, 6, 8));
}

TEST(Row15JsonlExporter, FileMayBeExactlyAsLargeAsAllowed) {
  const TemporaryFolder folder;
  EventMaker maker = numbered_events(3);
  const auto exporter =
      open_exporter(folder.file("a.jsonl"), {.rotate_bytes_max = lines(maker, 0, 2).size()});
  EXPECT_EQ(failed(*exporter, maker, 0, 3), 0u);
  EXPECT_EQ(read_file(folder.file("a.jsonl.1")), lines(maker, 0, 2));
  EXPECT_EQ(read_file(folder.file("a.jsonl")), lines(maker, 2, 3));
}

TEST(Row15JsonlExporter, LineLargerThanAllowedGetsAFileOfItsOwn) {
  const TemporaryFolder folder;
  EventMaker maker;
  maker.add_numbered(0).add_numbered(1, std::string(5000, 'x')).add_numbered(2);
  const auto exporter = open_exporter(folder.file("a.jsonl"), {.rotate_bytes_max = 1000});
  EXPECT_EQ(failed(*exporter, maker, 0, 3), 0u);
  EXPECT_EQ(read_file(folder.file("a.jsonl.2")), lines(maker, 0, 1));
  EXPECT_EQ(read_file(folder.file("a.jsonl.1")), lines(maker, 1, 2));
  EXPECT_EQ(read_file(folder.file("a.jsonl")), lines(maker, 2, 3));
}

TEST(Row15JsonlExporter, OldestRotatedFileGoes) {
  const TemporaryFolder folder;
  EventMaker maker = numbered_events(6);
  const auto exporter =
      open_exporter(folder.file("a.jsonl"), {.rotate_bytes_max = 1, .rotate_files_max = 2});
  EXPECT_EQ(failed(*exporter, maker, 0, 6), 0u);
  EXPECT_THAT(folder.names(), ElementsAre("a.jsonl", "a.jsonl.1", "a.jsonl.2"));
  EXPECT_EQ(read_file(folder.file("a.jsonl.2")), lines(maker, 3, 4));
  EXPECT_EQ(read_file(folder.file("a.jsonl")), lines(maker, 5, 6));
}

TEST(Row15JsonlExporter, GapInTheRotatedFilesCostsNone) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.jsonl");
  write_file(path + ".2", "second\n");
  write_file(path + ".3", "third\n");
  EventMaker maker = numbered_events(2);
  const auto exporter = open_exporter(path, {.rotate_bytes_max = 1, .rotate_files_max = 3});
  EXPECT_EQ(failed(*exporter, maker, 0, 2), 0u);
  EXPECT_EQ(read_file(path + ".1"), lines(maker, 0, 1));
  EXPECT_EQ(read_file(path + ".2"), "second\n");
  EXPECT_EQ(read_file(path + ".3"), "third\n");
}

TEST(Row15JsonlExporter, RotationByTimeSkipsAnEmptyFile) {
  const TemporaryFolder folder;
  FakeClock clock;
  EventMaker maker = numbered_events(4);
  const auto exporter =
      open_exporter(folder.file("a.jsonl"), {.rotate_seconds_max = 60, .now = clock.function()});
  clock.now += std::chrono::seconds(61);
  EXPECT_EQ(failed(*exporter, maker, 0, 1), 0u);
  EXPECT_EQ(failed(*exporter, maker, 1, 2), 0u);  // due since 61 s, and no longer empty
  clock.now += std::chrono::seconds(59);
  EXPECT_EQ(failed(*exporter, maker, 2, 3), 0u);
  clock.now += std::chrono::seconds(1);
  EXPECT_EQ(failed(*exporter, maker, 3, 4), 0u);
  EXPECT_EQ(read_file(folder.file("a.jsonl.2")), lines(maker, 0, 1));
  EXPECT_EQ(read_file(folder.file("a.jsonl.1")), lines(maker, 1, 3));
  EXPECT_EQ(read_file(folder.file("a.jsonl")), lines(maker, 3, 4));
}

TEST(Row15JsonlExporter, RotatedFileIsForcedOntoTheDisk) {
  const TemporaryFolder folder;
  FaultyFileSystem files;
  EventMaker maker = numbered_events(2);
  const auto exporter =
      open_exporter(folder.file("a.jsonl"),
                    {.rotate_bytes_max = 1, .sync = FileSync::kOnFlush, .file_system = &files});
  EXPECT_EQ(failed(*exporter, maker, 0, 2), 0u);
  EXPECT_EQ(files.syncs(), 1u);
}

TEST(Row15JsonlExporter, FileWhoseFsyncFailsAtRotationIsWrittenAgain) {
  const TemporaryFolder folder;
  FaultyFileSystem files({.at_call = 1, .call = Call::kSync, .error = EIO});
  EventMaker maker = numbered_events(2);
  const auto exporter =
      open_exporter(folder.file("a.jsonl"),
                    {.rotate_bytes_max = 1, .sync = FileSync::kOnFlush, .file_system = &files});
  EXPECT_EQ(failed(*exporter, maker, 0, 2), 0u);
  EXPECT_EQ(files.syncs(), 2u);
  EXPECT_THAT(std::string(exporter->last_error()), HasSubstr("cannot force onto the disk"));
  EXPECT_EQ(read_file(folder.file("a.jsonl.1")), lines(maker, 0, 1));
  EXPECT_EQ(read_file(folder.file("a.jsonl")), lines(maker, 1, 2));
}

TEST(Row15JsonlExporter, FailedRotationLosesNoEvent) {
  const TemporaryFolder folder;
  FaultyFileSystem files({.at_call = 1, .call = Call::kRename, .error = EACCES});
  EventMaker maker = numbered_events(3);
  const auto exporter =
      open_exporter(folder.file("a.jsonl"), {.rotate_bytes_max = 1, .file_system = &files});
  EXPECT_EQ(failed(*exporter, maker, 0, 2), 0u);
  EXPECT_THAT(std::string(exporter->last_error()), HasSubstr("cannot rotate"));
  EXPECT_EQ(read_file(folder.file("a.jsonl")), lines(maker, 0, 2));
  EXPECT_EQ(failed(*exporter, maker, 2, 3), 0u);
  EXPECT_EQ(read_file(folder.file("a.jsonl.1")), lines(maker, 0, 2));
  EXPECT_EQ(read_file(folder.file("a.jsonl")), lines(maker, 2, 3));
}

TEST(Row15JsonlExporter, WithoutADescriptorForTheNextFileTheRotatedOneGoesOn) {
  const TemporaryFolder folder;
  FaultyFileSystem files({.at_call = 2, .call = Call::kOpen, .error = EMFILE});
  EventMaker maker = numbered_events(3);
  const auto exporter =
      open_exporter(folder.file("a.jsonl"), {.rotate_bytes_max = 1, .file_system = &files});
  EXPECT_EQ(failed(*exporter, maker, 0, 2), 0u);
  EXPECT_THAT(std::string(exporter->last_error()), HasSubstr("ulimit -n"));
  EXPECT_EQ(read_file(folder.file("a.jsonl.1")), lines(maker, 0, 2));
  EXPECT_EQ(failed(*exporter, maker, 2, 3), 0u);
  EXPECT_THAT(folder.names(), ElementsAre("a.jsonl", "a.jsonl.1"));
  EXPECT_EQ(read_file(folder.file("a.jsonl")), lines(maker, 2, 3));
}

TEST(Row15JsonlExporter, FileThatWasRenamedOrRemovedIsMadeAnew) {
  const TemporaryFolder folder;
  const std::string path = folder.file("deep/a.jsonl");
  FakeClock clock;
  EventMaker maker = numbered_events(5);
  const auto exporter = open_exporter(path, {.now = clock.function()});
  EXPECT_EQ(failed(*exporter, maker, 0, 1), 0u);
  std::filesystem::rename(path, path + ".old");
  EXPECT_EQ(failed(*exporter, maker, 1, 2), 0u);  // not noticed yet: still in the old file
  EXPECT_TRUE(exporter->flush({}).ok());
  EXPECT_EQ(failed(*exporter, maker, 2, 3), 0u);
  EXPECT_EQ(read_file(path + ".old"), lines(maker, 0, 2));
  EXPECT_EQ(read_file(path), lines(maker, 2, 3));
  std::filesystem::remove_all(folder.file("deep"));
  clock.now += std::chrono::seconds(1);
  EXPECT_EQ(failed(*exporter, maker, 3, 5), 0u);
  EXPECT_EQ(read_file(path), lines(maker, 3, 5));
}

}  // namespace
}  // namespace tracebus::testing
