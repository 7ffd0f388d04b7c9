// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/spool/spool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/core/crc32c.h"
#include "tracebus/tests/exporters/faulty_file_system.h"
#include "tracebus/tests/exporters/temporary_folder.h"

namespace tracebus::testing {
namespace {

using ::testing::HasSubstr;

Deadline now() { return std::chrono::steady_clock::now(); }

std::unique_ptr<Spool> opened(const TemporaryFolder& folder, const SpoolOptions& options = {}) {
  auto spool = Spool::open(folder.file("spool"), options);
  EXPECT_TRUE(spool.ok()) << spool.status();
  return *std::move(spool);
}

std::string numbered(int number, std::size_t bytes = 0) {
  std::string text = std::to_string(number) + " ";
  return text.append(bytes, 'x');
}

int number_of(const SpoolEntry& entry) { return std::stoi(entry.bytes); }

// Takes and acknowledges all that is there now.
std::vector<int> drain(Spool& spool) {
  std::vector<int> numbers;
  SpoolEntry entry;
  // Longer than what cannot be read is tried for.
  while (spool.take(entry, now()) ||
         (!spool.wait_until_empty(now()) && spool.take(entry, now() + std::chrono::seconds(5)))) {
    numbers.push_back(number_of(entry));
    spool.acknowledge();
  }
  return numbers;
}

TEST(Spool, EntriesAreTakenInOrderOnceAndTheirFilesGo) {
  const TemporaryFolder folder(memory_folder());
  const auto spool = opened(folder, {.bytes_max = 1 << 20});
  std::vector<int> expected;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(spool->append(numbered(i, 5000), 3).ok());
    expected.push_back(i);
  }
  EXPECT_GT(spool->stats().segments, 3u);
  EXPECT_EQ(drain(*spool), expected);
  const SpoolStats stats = spool->stats();
  EXPECT_EQ(stats.appended_events, 300u);
  EXPECT_EQ(stats.taken_events, 300u);
  EXPECT_EQ(stats.dropped_events + stats.skipped_bytes, 0u);
  EXPECT_LE(stats.segments, 1u);
  EXPECT_TRUE(spool->wait_until_empty(now()));
}

TEST(Spool, G13_WhatWasNotAcknowledgedComesAgainAfterARestart) {
  const TemporaryFolder folder(memory_folder());
  std::vector<int> taken;
  int next = 0;
  std::mt19937 random(5);
  for (int restart = 0; restart < 30; ++restart) {
    const auto spool = opened(folder, {.bytes_max = 8 << 20});
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(spool->append(numbered(next++, random() % 20'000), 1).ok());
    }
    SpoolEntry entry;
    for (std::size_t i = random() % 25; i > 0 && spool->take(entry, now()); --i) {
      taken.push_back(number_of(entry));
      spool->acknowledge();
    }
    // This one stays: it was taken, and not acknowledged.
    if (spool->take(entry, now())) {
      EXPECT_EQ(number_of(entry), static_cast<int>(taken.size()));
    }
  }
  const auto spool = opened(folder, {.bytes_max = 8 << 20});
  for (const int number : drain(*spool)) taken.push_back(number);
  ASSERT_EQ(taken.size(), static_cast<std::size_t>(next));
  for (int i = 0; i < next; ++i) ASSERT_EQ(taken[static_cast<std::size_t>(i)], i);
}

TEST(Spool, G13_WithoutRoomTheNewestIsRefusedAndNothingIsLost) {
  const TemporaryFolder folder(memory_folder());
  const auto spool = opened(folder, {.bytes_max = kSpoolBytesMin});
  int accepted = 0;
  absl::Status status;
  while (status.ok()) {
    status = spool->append(numbered(accepted, 3000), 1);
    if (status.ok()) ++accepted;
  }
  EXPECT_TRUE(absl::IsResourceExhausted(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("of at most 262144 bytes"));
  EXPECT_LE(spool->stats().bytes, kSpoolBytesMin);
  EXPECT_GT(accepted, 70);
  SpoolEntry entry;
  while (spool->stats().segments > 3 && spool->take(entry, now())) spool->acknowledge();
  EXPECT_TRUE(spool->append(numbered(accepted), 1).ok()) << "what was taken made room";
  EXPECT_EQ(drain(*spool).back(), accepted);
  EXPECT_EQ(spool->stats().dropped_events, 0u);
}

TEST(Spool, G13_WithoutRoomTheOldestAreDroppedAndCounted) {
  for (const bool restart : {false, true}) {
    const TemporaryFolder folder(memory_folder());
    const SpoolOptions options = {.bytes_max = kSpoolBytesMin, .when_full = SpoolFull::kDropOldest};
    auto spool = opened(folder, options);
    for (int i = 0; i < 80; ++i) ASSERT_TRUE(spool->append(numbered(i, 3000), 2).ok());
    EXPECT_EQ(spool->stats().dropped_events, 0u);
    SpoolEntry out;
    ASSERT_TRUE(spool->take(out, now()));
    if (restart) {
      spool.reset();
      spool = opened(folder, options);
    }
    for (int i = 80; i < 400; ++i) ASSERT_TRUE(spool->append(numbered(i, 3000), 2).ok());
    EXPECT_LE(spool->stats().bytes, kSpoolBytesMin);
    const std::uint64_t out_events = restart ? 0 : 2;  // with whoever took it
    spool->acknowledge();
    const std::vector<int> left = drain(*spool);
    EXPECT_EQ(left.back(), 399);
    EXPECT_EQ(spool->stats().dropped_events + 2 * left.size() + out_events, 800u);
    for (std::size_t i = 1; i < left.size(); ++i) ASSERT_EQ(left[i], left[i - 1] + 1);
  }
}

TEST(Spool, ABatchOfMoreThanHalfOfItIsRefused) {
  const TemporaryFolder folder(memory_folder());
  const auto spool = opened(folder, {.bytes_max = kSpoolBytesMin});
  EXPECT_TRUE(absl::IsResourceExhausted(spool->append(std::string(kSpoolBytesMin / 2, 'x'), 1)));
  EXPECT_TRUE(spool->append(std::string(kSpoolBytesMin / 3, 'x'), 1).ok());
}

TEST(Spool, TwoProcessesDoNotShareAFolder) {
  const TemporaryFolder folder(memory_folder());
  const auto spool = opened(folder);
  const auto second = Spool::open(folder.file("spool"), {});
  ASSERT_FALSE(second.ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(second.status()));
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(folder.file("spool")));
}

TEST(Spool, ImpossibleOptionsAndFoldersAreErrors) {
  const TemporaryFolder folder(memory_folder());
  write_file(folder.file("file"), "");
  EXPECT_FALSE(Spool::open("", {}).ok());
  EXPECT_FALSE(Spool::open(folder.file("file"), {}).ok());
  EXPECT_FALSE(Spool::open(folder.file("a"), {.bytes_max = kSpoolBytesMin - 1}).ok());
}

TEST(Spool, FilesAreTheirOwnersAlone) {
  const TemporaryFolder folder(memory_folder());
  const auto spool = opened(folder);
  ASSERT_TRUE(spool->append("x", 1).ok());
  for (const std::string& name : folder.names()) {
    const auto mode = std::filesystem::status(folder.file(name)).permissions();
    EXPECT_EQ(mode & ~(std::filesystem::perms::owner_read | std::filesystem::perms::owner_write),
              std::filesystem::perms::none)
        << name;
  }
}

// Whatever is in the folder, it opens, what lies in other segments comes, and what is appended now
// comes, too.
TEST(Spool, G14_DamageStopsNothing) {
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    const TemporaryFolder folder(memory_folder());
    {
      const auto spool = opened(folder, {.bytes_max = 1 << 20});
      for (int i = 0; i < 60; ++i) ASSERT_TRUE(spool->append(numbered(i, 5000), 1).ok());
      SpoolEntry entry;
      for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(spool->take(entry, now()));
        spool->acknowledge();
      }
    }
    const std::vector<std::string> names = folder.names();
    const std::string name = folder.file(names[random() % names.size()]);
    std::string bytes = read_file(name);
    const std::size_t at = bytes.empty() ? 0 : random() % bytes.size();
    switch (random() % 4) {
      case 0:
        bytes.resize(at);
        break;
      case 1:
        if (!bytes.empty()) bytes[at] = static_cast<char>(bytes[at] ^ 0x40);
        break;
      case 2:
        bytes.replace(at, std::string::npos, std::string(bytes.size() - at, '\0'));
        break;
      default:
        bytes.insert(at, "intruder");
    }
    write_file(name, bytes);
    const auto spool = opened(folder, {.bytes_max = 1 << 20});
    ASSERT_TRUE(spool->append(numbered(1000), 1).ok());
    const std::vector<int> left = drain(*spool);
    ASSERT_FALSE(left.empty());
    EXPECT_EQ(left.back(), 1000);
    // A segment holds fewer than 27 of them, and the damage reaches no other.
    EXPECT_GE(left.size(), 1u + 55 - 27) << name;
    const std::set<int> unique(left.begin(), left.end());
    EXPECT_EQ(unique.size(), left.size());
  }
}

// G16: each call of the disk fails once. Whatever append said OK for is taken, in order, now or
// after a restart.
TEST(Spool, G16_NoFaultOfTheDiskLosesWhatWasSaidOkFor) {
  for (const FileSync sync : {FileSync::kNever, FileSync::kOnFlush, FileSync::kEveryBatch}) {
    for (std::uint64_t call = 1;; ++call) {
      const TemporaryFolder folder(memory_folder());
      FaultyFileSystem disk({.at_call = call, .error = ENOSPC, .is_short_write = true});
      const SpoolOptions options = {.bytes_max = 512 << 10, .sync = sync, .file_system = &disk};
      std::vector<int> accepted;
      std::vector<int> taken;
      auto spool = Spool::open(folder.file("spool"), options);
      if (spool.ok()) {
        SpoolEntry entry;
        for (int i = 0; i < 60; ++i) {
          if ((*spool)->append(numbered(i, 4000), 1).ok()) accepted.push_back(i);
          if (i % 2 == 1 && (*spool)->take(entry, now())) {
            taken.push_back(number_of(entry));
            (*spool)->acknowledge();
          }
        }
        spool->reset();
      }
      const bool has_struck = disk.has_struck();
      const auto again = opened(folder, {.bytes_max = 512 << 10});
      for (const int number : drain(*again)) taken.push_back(number);
      std::set<int> unique(taken.begin(), taken.end());
      for (const int number : accepted) {
        ASSERT_TRUE(unique.contains(number)) << "call " << call << ", entry " << number;
      }
      EXPECT_GE(accepted.size() + 1, spool.ok() ? 60u : 0u) << "call " << call;
      if (!has_struck) break;
    }
  }
}

// The power fails after a sync: what was appended before is there, in segments that were sealed
// meanwhile, too.
TEST(Spool, G13_WhatASyncSaidOkForSurvivesAPowerLoss) {
  for (const FileSync sync : {FileSync::kOnFlush, FileSync::kEveryBatch}) {
    const TemporaryFolder folder(memory_folder());
    FaultyFileSystem disk;
    constexpr std::uint64_t kQuota = 1 << 20;
    auto spool = opened(folder, {.bytes_max = kQuota, .sync = sync, .file_system = &disk});
    std::set<int> expected;
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(spool->append(numbered(i, 5000), 1).ok());
      expected.insert(i);
    }
    ASSERT_GT(spool->stats().segments, 3u);
    ASSERT_TRUE(spool->sync().ok());
    spool.reset();
    disk.cut_power(folder.file("spool"));
    const std::vector<int> left = drain(*opened(folder, {.bytes_max = kQuota}));
    EXPECT_EQ(std::set<int>(left.begin(), left.end()), expected);
  }
}

// Once, and whoever syncs then has what is appended later on the disk again.
TEST(Spool, G16_AFailedSyncOfASealedSegmentIsToldByTheNextSync) {
  const TemporaryFolder folder(memory_folder());
  FaultyFileSystem disk;
  const auto spool = opened(folder, {.bytes_max = 1 << 20, .file_system = &disk});
  ASSERT_TRUE(spool->append(numbered(0, 5000), 1).ok());
  disk.inject({.at_call = 1, .call = Call::kSync, .error = EIO});
  for (int i = 1; spool->stats().segments < 2; ++i) {
    ASSERT_TRUE(spool->append(numbered(i, 5000), 1).ok());
  }
  EXPECT_TRUE(disk.has_struck());
  EXPECT_THAT(std::string(spool->sync().message()), HasSubstr("00001.spool"));
  EXPECT_TRUE(spool->sync().ok());
  EXPECT_EQ(disk.repeated_syncs(), 0u);
}

// What the system could not write it may have dropped: nothing is appended behind it, and no other
// fsync of the file may pass for a success.
TEST(Spool, G16_AfterAFailedSyncASegmentIsSealed) {
  const TemporaryFolder folder(memory_folder());
  FaultyFileSystem disk;
  const auto spool = opened(folder, {.file_system = &disk});
  ASSERT_TRUE(spool->append(numbered(0), 1).ok());
  disk.inject({.at_call = 1, .call = Call::kSync, .error = EIO});
  EXPECT_FALSE(spool->sync().ok());
  ASSERT_TRUE(spool->append(numbered(1), 1).ok());
  EXPECT_EQ(spool->stats().segments, 2u);
  EXPECT_TRUE(spool->sync().ok());
  EXPECT_EQ(disk.repeated_syncs(), 0u);
  EXPECT_EQ(drain(*spool), (std::vector<int>{0, 1}));
}

TEST(Spool, G16_ASegmentWhoseNameIsNotOnTheDiskIsNotWrittenTo) {
  const TemporaryFolder folder(memory_folder());
  FaultyFileSystem disk({.at_call = 1, .call = Call::kSync, .error = EIO});
  const auto spool = opened(folder, {.file_system = &disk});
  EXPECT_THAT(std::string(spool->append(numbered(0), 1).message()), HasSubstr("force onto"));
  EXPECT_THAT(folder.names(), ::testing::Not(::testing::Contains(HasSubstr(".spool"))));
  EXPECT_TRUE(spool->append(numbered(1), 1).ok());
  EXPECT_EQ(drain(*spool), std::vector<int>{1});
}

// Found by spool_fuzz: no segment behind the last of all numbers would be found again.
TEST(Spool, G14_NumbersThatNoSpoolCountsToAreNoneOfItsOwn) {
  const TemporaryFolder folder(memory_folder());
  const std::string last = folder.file("spool/18446744073709551615.spool");
  std::filesystem::create_directory(folder.file("spool"));
  write_file(last, "not written by a spool");
  ASSERT_TRUE(opened(folder)->append(numbered(1), 1).ok());
  EXPECT_EQ(drain(*opened(folder)), std::vector<int>{1});
  EXPECT_TRUE(std::filesystem::exists(last));

  write_file(folder.file("spool/09223372036854775808.spool"), "the last that may be one");
  const auto spool = opened(folder);
  EXPECT_THAT(std::string(spool->append(numbered(2), 1).message()), HasSubstr("another folder"));
}

// Likewise, of a position whose checksum is right.
TEST(Spool, G14_APositionBehindTheLastNumberCountsForNothing) {
  const TemporaryFolder folder(memory_folder());
  std::filesystem::create_directory(folder.file("spool"));
  std::string position(2 * sizeof(std::uint64_t), '\xFF');
  const std::uint64_t crc = crc32c(position);
  position.append(reinterpret_cast<const char*>(&crc), sizeof crc);
  write_file(folder.file("spool/position"), position);
  ASSERT_TRUE(opened(folder)->append(numbered(1), 1).ok());
  EXPECT_EQ(drain(*opened(folder)), std::vector<int>{1});
}

TEST(Spool, TakeWaitsForWhatComesAndEndsWhenInterrupted) {
  const TemporaryFolder folder(memory_folder());
  const auto spool = opened(folder);
  SpoolEntry entry;
  EXPECT_FALSE(spool->take(entry, now()));
  std::thread later([&] { EXPECT_TRUE(spool->append(numbered(1), 1).ok()); });
  EXPECT_TRUE(spool->take(entry, now() + std::chrono::seconds(20)));
  later.join();
  EXPECT_FALSE(spool->wait_until_empty(now())) << "it is not acknowledged";
  spool->acknowledge();
  EXPECT_TRUE(spool->wait_until_empty(now()));
  std::thread ends([&] { spool->interrupt(); });
  EXPECT_FALSE(spool->take(entry, now() + std::chrono::seconds(20)));
  ends.join();
}

}  // namespace
}  // namespace tracebus::testing
