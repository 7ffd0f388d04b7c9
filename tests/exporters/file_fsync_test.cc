// SPDX-License-Identifier: Apache-2.0
//
// G16: a file whose fsync failed is abandoned and its unsynced events are written again to a new
// one, never synced again. The disk of these tests drops what the failed fsync did not reach.
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "tracebus/tests/exporters/faulty_file_system.h"
#include "tracebus/tests/exporters/file_kinds.h"
#include "tracebus/tests/exporters/temporary_folder.h"

namespace tracebus::testing {
namespace {

constexpr Fault kFailedFsync = {.at_call = 1, .call = Call::kSync, .loss = Loss::kCutOff};
constexpr Fault kBrokenFsync = {
    .at_call = 1, .call = Call::kSync, .is_lasting = true, .loss = Loss::kCutOff};

class G16_FailedFsync : public ::testing::TestWithParam<FileKind> {
 protected:
  void open(BatchFileOptions options) {
    options.file_system = &files_;
    exporter_ = must_open(GetParam(), path_, options);
    ASSERT_NE(exporter_, nullptr);
  }
  std::uint64_t failed(std::size_t first, std::size_t end) {
    return exporter_->export_batch(maker_.batch_of(first, end), in_a_second()).failed;
  }
  absl::Status flush() { return exporter_->flush({}); }
  std::string last_error() const { return std::string(exporter_->last_error()); }
  std::vector<std::string> lines(std::size_t first, std::size_t end) {
    return lines_of(maker_.batch_of(first, end));
  }
  std::vector<std::string> found(const std::string& suffix = "") {
    const FileContent content = read_content(GetParam(), path_ + suffix);
    EXPECT_EQ(content.account.bad_lines, 0u);
    return content.lines;
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_.file("trace");
  FaultyFileSystem files_;
  EventMaker maker_ = numbered_events(20);
  std::unique_ptr<Exporter> exporter_;
};

TEST_P(G16_FailedFsync, UnsyncedEventsAreWrittenAgainToANewFile) {
  open({.sync = FileSync::kOnFlush});
  EXPECT_EQ(failed(0, 2), 0u);
  EXPECT_EQ(flush(), absl::OkStatus());
  EXPECT_EQ(failed(2, 4), 0u);
  EXPECT_EQ(failed(4, 5), 0u);
  files_.inject(kFailedFsync);
  EXPECT_EQ(flush(), absl::OkStatus());  // all is on the disk in the end
  EXPECT_EQ(last_error().find("cannot force onto the disk"), 0u) << last_error();
  EXPECT_EQ(found(".unsynced.1"), lines(0, 2));
  EXPECT_EQ(found(), lines(2, 5));
  EXPECT_EQ(failed(5, 6), 0u);
  EXPECT_EQ(found(), lines(2, 6));
}

TEST_P(G16_FailedFsync, IsNeverRepeatedOnTheSameFile) {
  open({.sync = FileSync::kOnFlush});
  EXPECT_EQ(failed(0, 2), 0u);
  files_.inject_all({kFailedFsync, {.at_call = 1, .call = Call::kOpen, .error = EMFILE}});
  EXPECT_FALSE(flush().ok());  // there is no new file
  EXPECT_EQ(files_.syncs(), 1u);
  EXPECT_EQ(flush(), absl::OkStatus());
  EXPECT_EQ(files_.repeated_syncs(), 0u);
  EXPECT_EQ(found(), lines(0, 2));
}

TEST_P(G16_FailedFsync, FileOfNothingElseLeavesNoTrace) {
  open({.sync = FileSync::kOnFlush});
  EXPECT_EQ(failed(0, 2), 0u);
  files_.inject(kFailedFsync);
  EXPECT_EQ(flush(), absl::OkStatus());
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"trace"});
  EXPECT_EQ(found(), lines(0, 2));
}

TEST_P(G16_FailedFsync, EventsOfAnEarlierRunAreDurableAndStay) {
  write_file(path_, file_of(GetParam(), maker_.batch_of(0, 2)));
  open({.sync = FileSync::kOnFlush});
  EXPECT_EQ(failed(2, 4), 0u);
  files_.inject(kFailedFsync);
  EXPECT_EQ(flush(), absl::OkStatus());
  EXPECT_EQ(found(".unsynced.1"), lines(0, 2));
  EXPECT_EQ(found(), lines(2, 4));
}

TEST_P(G16_FailedFsync, WhileTheDiskStaysBrokenFlushFailsAndNothingIsLost) {
  open({.sync = FileSync::kOnFlush});
  EXPECT_EQ(failed(0, 2), 0u);
  EXPECT_EQ(flush(), absl::OkStatus());
  EXPECT_EQ(failed(2, 4), 0u);
  files_.inject(kBrokenFsync);
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(flush().ok());
  EXPECT_LE(folder_.names().size(), 2u);
  EXPECT_EQ(failed(4, 6), 0u);  // there is room to keep it
  files_.inject({});
  EXPECT_EQ(flush(), absl::OkStatus());
  EXPECT_EQ(found(".unsynced.1"), lines(0, 2));
  EXPECT_EQ(found(), lines(2, 6));
}

TEST_P(G16_FailedFsync, BatchIsAnsweredFailedIfItMustBeOnTheDiskAndIsNot) {
  open({.sync = FileSync::kEveryBatch});
  EXPECT_EQ(failed(0, 2), 0u);
  files_.inject(kBrokenFsync);
  for (std::size_t i = 2; i < 10; ++i) EXPECT_EQ(failed(i, i + 1), 1u);
  EXPECT_LE(folder_.names().size(), 2u);
  files_.inject({});
  EXPECT_EQ(failed(10, 12), 0u);
  EXPECT_EQ(found(".unsynced.1"), lines(0, 2));
  EXPECT_EQ(found(), lines(10, 12));
}

// Oracle: the bound is kept by an fsync of its own; where that is refused, events are, and counted.
TEST_P(G16_FailedFsync, MemoryOfUnsyncedEventsIsBounded) {
  open({.sync = FileSync::kOnFlush,
        .unsynced_bytes_max = file_of(GetParam(), maker_.batch_of(0, 3)).size()});
  EXPECT_EQ(failed(0, 2), 0u);
  EXPECT_EQ(files_.syncs(), 0u);
  EXPECT_EQ(failed(2, 4), 0u);  // does not fit beside the first
  EXPECT_EQ(files_.syncs(), 1u);
  files_.inject(kBrokenFsync);
  EXPECT_EQ(failed(4, 6), 2u);
  EXPECT_EQ(failed(6, 8), 2u);
  files_.inject({});
  EXPECT_EQ(failed(8, 10), 0u);
  EXPECT_EQ(flush(), absl::OkStatus());
  EXPECT_EQ(found(".unsynced.1"), lines(0, 2));
  std::vector<std::string> expected = lines(2, 4);
  for (const std::string& line : lines(8, 10)) expected.push_back(line);
  EXPECT_EQ(found(), expected);
}

TEST_P(G16_FailedFsync, BeginsBeforeItIsAskedFor) {
  open({.sync = FileSync::kOnFlush,
        .unsynced_bytes_max = file_of(GetParam(), maker_.batch_of(0, 20)).size()});
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(failed(i, i + 1), 0u);
  EXPECT_GE(files_.writebacks(), 2u);
  EXPECT_LE(files_.writebacks(), 4u);
  EXPECT_EQ(files_.syncs(), 0u);
  EXPECT_EQ(flush(), absl::OkStatus());
  EXPECT_EQ(found(), lines(0, 20));
}

TEST_P(G16_FailedFsync, WhoseBeginningFailsIsMadeGoodAsWell) {
  open({.sync = FileSync::kOnFlush, .unsynced_bytes_max = 4000});
  EXPECT_EQ(failed(0, 2), 0u);
  EXPECT_EQ(flush(), absl::OkStatus());
  files_.inject(kFailedFsync);
  std::size_t events = 2;
  while (!files_.has_struck() && events < 20) {
    EXPECT_EQ(failed(events, events + 1), 0u);
    ++events;
  }
  EXPECT_EQ(last_error().find("cannot begin to force onto the disk"), 0u) << last_error();
  EXPECT_EQ(flush(), absl::OkStatus());
  EXPECT_EQ(files_.repeated_syncs(), 0u);
  EXPECT_EQ(found(".unsynced.1"), lines(0, 2));
  EXPECT_EQ(found(), lines(2, events));
}

TEST_P(G16_FailedFsync, BatchLargerThanTheBoundIsKeptAndWrittenAgain) {
  open({.sync = FileSync::kOnFlush, .unsynced_bytes_max = 1});
  EXPECT_EQ(failed(0, 5), 0u);
  files_.inject(kFailedFsync);
  EXPECT_EQ(failed(5, 10), 0u);
  EXPECT_EQ(flush(), absl::OkStatus());
  EXPECT_EQ(found(), lines(0, 10));
}

TEST_P(G16_FailedFsync, BoundOutOfRangeIsRefused) {
  for (const std::size_t bytes : {std::size_t{0}, kUnsyncedBytesMax + 1}) {
    const auto opened = GetParam().open(path_, {.unsynced_bytes_max = bytes});
    EXPECT_EQ(opened.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_NE(opened.status().ToString().find("unsynced_bytes_max is "), std::string::npos);
  }
}

TEST_P(G16_FailedFsync, AtShutdownIsMadeGoodAsWell) {
  open({.sync = FileSync::kOnFlush});
  EXPECT_EQ(failed(0, 3), 0u);
  files_.inject(kFailedFsync);
  EXPECT_EQ(exporter_->shutdown({}), absl::OkStatus());
  EXPECT_EQ(found(), lines(0, 3));
}

TEST_P(G16_FailedFsync, AtRotationMakesNoEmptyFile) {
  open({.rotate_bytes_max = 1, .sync = FileSync::kEveryBatch});
  EXPECT_EQ(failed(0, 1), 0u);
  files_.inject(kFailedFsync);
  EXPECT_EQ(failed(1, 2), 0u);
  EXPECT_EQ(folder_.names(), (std::vector<std::string>{"trace", "trace.unsynced.1"}));
  EXPECT_EQ(found(".unsynced.1"), lines(0, 1));
  EXPECT_EQ(found(), lines(1, 2));
}

// logrotate moved the file away; the events go to the new one at the old path.
TEST_P(G16_FailedFsync, OfAFileThatWasMovedAwayIsMadeGoodAtThePath) {
  open({.sync = FileSync::kOnFlush});
  EXPECT_EQ(failed(0, 2), 0u);
  EXPECT_EQ(flush(), absl::OkStatus());
  EXPECT_EQ(failed(2, 4), 0u);
  std::filesystem::rename(path_, path_ + ".moved");
  files_.inject(kFailedFsync);
  EXPECT_EQ(flush(), absl::OkStatus());
  EXPECT_EQ(found(".moved"), lines(0, 2));
  EXPECT_EQ(found(), lines(2, 4));
}

INSTANTIATE_TEST_SUITE_P(Files, G16_FailedFsync, ::testing::ValuesIn(file_kinds()),
                         ::testing::PrintToStringParamName());

// Oracle: another process's line is never cut off; ours may be there twice, none is missing.
TEST(G16_FailedFsyncOfASharedFile, LeavesTheLinesOfOthers) {
  const TemporaryFolder folder;
  const std::string path = folder.file("trace");
  FaultyFileSystem files;
  EventMaker maker = numbered_events(2);
  const auto exporter =
      must_open(jsonl_kind(), path, {.sync = FileSync::kOnFlush, .file_system = &files});
  EXPECT_EQ(exporter->export_batch(maker.batch_of(0, 1), in_a_second()).failed, 0u);
  std::ofstream(path, std::ios::app) << "{\"other\":1}\n";
  EXPECT_EQ(exporter->export_batch(maker.batch_of(1, 2), in_a_second()).failed, 0u);
  files.inject({.at_call = 1, .call = Call::kSync});
  EXPECT_EQ(exporter->flush({}), absl::OkStatus());
  const std::string first = jsonl_of(maker.batch_of(0, 1));
  const std::string second = jsonl_of(maker.batch_of(1, 2));
  EXPECT_EQ(read_file(path + ".unsynced.1"), first + "{\"other\":1}\n" + second);
  EXPECT_EQ(read_file(path), first + second);
}

}  // namespace
}  // namespace tracebus::testing
