// SPDX-License-Identifier: Apache-2.0
//
// A file that is replaced is the old one or the new one, whichever call fails.
#include "tracebus/exporters/whole_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "tracebus/tests/exporters/faulty_file_system.h"
#include "tracebus/tests/exporters/temporary_folder.h"

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kNew(100'000, 'n');

TEST(WholeFile, ReplacesWhatWasThereForItsOwnerAlone) {
  const TemporaryFolder folder;
  const std::string path = folder.file("deep/er/a.json");
  ASSERT_TRUE(write_whole_file(FileSystem::posix(), path, "old").ok());
  ASSERT_TRUE(write_whole_file(FileSystem::posix(), path, kNew).ok());
  EXPECT_EQ(read_file(path), kNew);
  struct stat found;
  ASSERT_EQ(stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  EXPECT_THAT(folder.names(), ElementsAre("deep/er/a.json"));
}

TEST(WholeFile, ReplacesALinkAndNotWhatItPointsTo) {
  const TemporaryFolder folder;
  write_file(folder.file("precious"), "kept");
  std::filesystem::create_symlink(folder.file("precious"), folder.file("a"));
  std::filesystem::create_symlink(folder.file("precious"), folder.file("a.new"));
  ASSERT_TRUE(write_whole_file(FileSystem::posix(), folder.file("a"), kNew).ok());
  EXPECT_EQ(read_file(folder.file("precious")), "kept");
  EXPECT_EQ(read_file(folder.file("a")), kNew);
  EXPECT_FALSE(std::filesystem::is_symlink(folder.file("a")));
}

TEST(WholeFile, G16_WhicheverCallFailsTheOldFileOrTheNewOneIsThereWhole) {
  std::uint64_t failures = 0;
  for (std::uint64_t call = 1;; ++call) {
    const TemporaryFolder folder(memory_folder());
    const std::string path = folder.file("a.json");
    write_file(path, "old");
    FaultyFileSystem faulty({.at_call = call, .error = ENOSPC, .is_short_write = true});
    const absl::Status status = write_whole_file(faulty, path, kNew);
    const std::string found = read_file(path);
    EXPECT_TRUE(found == "old" || found == kNew) << "call " << call;
    if (!faulty.has_struck()) {
      EXPECT_TRUE(status.ok());
      break;
    }
    if (status.ok()) {
      EXPECT_EQ(found, kNew) << "call " << call;
    } else {
      ++failures;
      EXPECT_THAT(std::string(status.message()), HasSubstr(folder.path().string()));
    }
    EXPECT_THAT(folder.names(), ElementsAre("a.json")) << "call " << call;
  }
  EXPECT_GE(failures, 5u);  // open, write, sync, close, rename
}

TEST(WholeFile, APowerLossLeavesTheOldFileOrTheNewOne) {
  const TemporaryFolder folder(memory_folder());
  const std::string path = folder.file("a.json");
  FaultyFileSystem disk;
  ASSERT_TRUE(write_whole_file(disk, path, kNew).ok());
  disk.cut_power(folder.path().string());
  EXPECT_EQ(read_file(path), kNew);
}

}  // namespace
}  // namespace tracebus::testing
