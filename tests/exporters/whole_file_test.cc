// SPDX-License-Identifier: Apache-2.0
//
// A file that is replaced is the old one or the new one, whichever call fails.
#include "tracebus/exporters/whole_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <filesystem>
#include <string>
#include <vector>

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

TEST(WholeFile, WhatIsNoRegularFileIsRefusedAndStays) {
  const TemporaryFolder folder;
  write_file(folder.file("precious"), "kept");
  std::filesystem::create_symlink(folder.file("precious"), folder.file("link"));
  std::filesystem::create_symlink("nowhere", folder.file("dangling"));
  std::filesystem::create_directory(folder.file("folder"));
  ASSERT_EQ(mkfifo(folder.file("fifo").c_str(), 0600), 0);
  ASSERT_EQ(mkfifo(folder.file("fresh.new").c_str(), 0600), 0);
  std::vector<std::string> names = {"link", "dangling", "folder", "fifo", "fresh"};
  // A device of its own, as /dev/full is; only root can make one.
  if (mknod(folder.file("device").c_str(), S_IFCHR | 0600, makedev(1, 7)) == 0) {
    names.push_back("device");
  }
  const auto before = folder.names();
  for (const std::string& name : names) {
    const absl::Status status = write_whole_file(FileSystem::posix(), folder.file(name), kNew);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << name << ": " << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(folder.file(name)));
    EXPECT_FALSE(std::filesystem::is_regular_file(
        std::filesystem::symlink_status(folder.file(name))));
  }
  EXPECT_EQ(folder.names(), before);
  EXPECT_EQ(read_file(folder.file("precious")), "kept");
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
