// SPDX-License-Identifier: Apache-2.0
//
// G14: whatever is damaged, all that lies in other blocks comes back, and nothing that was never
// written does.
#include "tracebus/exporters/spool/spool_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <ranges>
#include <string>
#include <vector>

#include "tracebus/tests/exporters/temporary_folder.h"

namespace tracebus::testing {
namespace {

// Known by its number, filled with bytes that follow from it.
std::string entry_of(std::size_t number, std::size_t bytes) {
  std::string entry = std::to_string(number) + ":";
  std::minstd_rand random(static_cast<unsigned>(number + 1));
  while (entry.size() < bytes) entry += static_cast<char>(random());
  return entry;
}

struct Segment {
  std::string bytes;
  std::vector<std::string> entries;
  std::vector<std::size_t> begins;  // and where the last one ends

  void add(std::size_t size) {
    if (begins.empty()) begins.push_back(0);
    entries.push_back(entry_of(entries.size(), size));
    const std::size_t before = bytes.size();
    append_spool_entry(bytes, before, entries.back());
    EXPECT_EQ(bytes.size() - before, spool_entry_bytes(before, entries.back().size()));
    begins.push_back(bytes.size());
  }
};

struct Read {
  std::vector<std::string> entries;
  std::uint64_t skipped = 0;
};

Read read_all(const std::string& path, std::uint64_t limit, std::uint64_t from = 0) {
  FileSystem& disk = FileSystem::posix();
  const int descriptor = static_cast<int>(disk.open_append(path).value);
  SpoolLogReader reader(disk, descriptor, from);
  Read read;
  std::string entry;
  while (reader.next(limit, entry) == SpoolLogReader::Outcome::kEntry)
    read.entries.push_back(entry);
  reader.finish(limit);
  EXPECT_EQ(reader.offset(), limit);
  read.skipped = reader.skipped_bytes();
  disk.close(descriptor);
  return read;
}

Read read_bytes(const std::string& bytes) {
  static const TemporaryFolder folder(memory_folder());
  write_file(folder.file("segment"), bytes);
  return read_all(folder.file("segment"), bytes.size());
}

TEST(SpoolLog, EntriesOfAllSizesComeBackAcrossBlocks) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 200; ++round) {
    Segment segment;
    for (int i = 0; i < 20; ++i) {
      segment.add(random() % (random() % 4 == 0 ? 100'000 : 500));
    }
    const Read read = read_bytes(segment.bytes);
    ASSERT_EQ(read.entries, segment.entries);
    ASSERT_EQ(read.skipped, 0u);
  }
}

// All places at which a block can end within or behind a piece's header.
TEST(SpoolLog, EveryDistanceToTheEndOfABlockWorks) {
  for (std::size_t left = 0; left <= 3 * kSpoolPieceHeaderBytes; ++left) {
    Segment segment;
    segment.add(kSpoolBlockBytes - kSpoolPieceHeaderBytes - left);
    segment.add(50);
    segment.add(0);
    segment.add(kSpoolBlockBytes);
    const Read read = read_bytes(segment.bytes);
    ASSERT_EQ(read.entries, segment.entries) << left;
    ASSERT_EQ(read.skipped, 0u);
  }
}

TEST(SpoolLog, ReadingGoesOnAtAnyEntryAndWaitsForWhatIsNotWhole) {
  Segment segment;
  for (const std::size_t size : {10, 40'000, 3, 70'000, 90}) segment.add(size);
  const TemporaryFolder folder(memory_folder());
  write_file(folder.file("a"), segment.bytes);
  for (std::size_t first = 0; first < segment.entries.size(); ++first) {
    const Read read = read_all(folder.file("a"), segment.bytes.size(), segment.begins[first]);
    ASSERT_EQ(read.entries,
              std::vector<std::string>(segment.entries.begin() + static_cast<std::ptrdiff_t>(first),
                                       segment.entries.end()));
  }
  FileSystem& disk = FileSystem::posix();
  const int descriptor = static_cast<int>(disk.open_append(folder.file("a")).value);
  SpoolLogReader reader(disk, descriptor, 0);
  std::string entry;
  for (std::size_t i = 0; i < segment.entries.size(); ++i) {
    for (const std::size_t less : {1, 5, 9}) {
      ASSERT_EQ(reader.next(segment.begins[i + 1] - less, entry), SpoolLogReader::Outcome::kEnd);
    }
    ASSERT_EQ(reader.next(segment.begins[i + 1], entry), SpoolLogReader::Outcome::kEntry);
    ASSERT_EQ(entry, segment.entries[i]);
  }
  EXPECT_EQ(reader.skipped_bytes(), 0u);
  disk.close(descriptor);
}

// Three blocks: small entries, some that cross, one in a block of its own.
Segment small_segment() {
  Segment segment;
  for (int i = 0; i < 30; ++i) segment.add(static_cast<std::size_t>(900 + 37 * i));
  segment.add(20'000);
  for (int i = 0; i < 12; ++i) segment.add(static_cast<std::size_t>(1500 + i));
  return segment;
}

bool is_known(const Segment& segment, const std::string& entry) {
  return std::ranges::find(segment.entries, entry) != segment.entries.end();
}

// Whether the entry lies whole before the byte, or begins in a block behind it.
bool must_survive(const Segment& segment, std::size_t entry, std::size_t byte) {
  const std::size_t next_block = (byte / kSpoolBlockBytes + 1) * kSpoolBlockBytes;
  return segment.begins[entry + 1] <= byte || segment.begins[entry] >= next_block;
}

TEST(SpoolLog, G14_AFlippedBitAnywhereCostsNoMoreThanItsBlock) {
  const Segment segment = small_segment();
  ASSERT_GT(segment.bytes.size(), 2 * kSpoolBlockBytes);
  std::minstd_rand random(7);
  for (std::size_t byte = 0; byte < segment.bytes.size(); byte += 1 + random() % 13) {
    std::string damaged = segment.bytes;
    damaged[byte] = static_cast<char>(damaged[byte] ^ 1 << random() % 8);
    const Read read = read_bytes(damaged);
    for (const std::string& entry : read.entries) ASSERT_TRUE(is_known(segment, entry)) << byte;
    for (std::size_t i = 0; i < segment.entries.size(); ++i) {
      const bool found = std::ranges::find(read.entries, segment.entries[i]) != read.entries.end();
      ASSERT_TRUE(found || !must_survive(segment, i, byte)) << "entry " << i << ", byte " << byte;
    }
    ASSERT_TRUE(read.entries.size() == segment.entries.size() || read.skipped > 0) << byte;
  }
}

TEST(SpoolLog, G14_ACutAnywhereLeavesAllBeforeIt) {
  const Segment segment = small_segment();
  std::minstd_rand random(7);
  for (std::size_t size = 0; size < segment.bytes.size(); size += 1 + random() % 13) {
    const Read read = read_bytes(segment.bytes.substr(0, size));
    const auto whole = static_cast<std::size_t>(std::ranges::upper_bound(segment.begins, size) -
                                                segment.begins.begin() - 1);
    ASSERT_EQ(read.entries.size(), whole) << size;
    ASSERT_TRUE(std::ranges::equal(read.entries, segment.entries | std::views::take(whole)));
  }
}

// Blocks of zeros, of noise, or of the segment's own other blocks.
TEST(SpoolLog, G14_ABlockThatIsAnythingElseCostsItsEntriesAlone) {
  const Segment segment = small_segment();
  std::minstd_rand random(3);
  std::string noise;
  while (noise.size() < kSpoolBlockBytes) noise += static_cast<char>(random());
  const std::string last = segment.bytes.substr(kSpoolBlockBytes, kSpoolBlockBytes);
  for (const std::string& block : {std::string(kSpoolBlockBytes, '\0'), noise, last}) {
    std::string damaged = segment.bytes;
    damaged.replace(0, kSpoolBlockBytes, block);
    const Read read = read_bytes(damaged);
    for (const std::string& entry : read.entries) ASSERT_TRUE(is_known(segment, entry));
    for (std::size_t i = 0; i < segment.entries.size(); ++i) {
      if (segment.begins[i] < kSpoolBlockBytes) continue;
      ASSERT_TRUE(std::ranges::find(read.entries, segment.entries[i]) != read.entries.end()) << i;
    }
  }
}

TEST(SpoolLog, AFileThatCannotBeReadIsAnError) {
  SpoolLogReader reader(FileSystem::posix(), -1, 0);
  std::string entry;
  EXPECT_EQ(reader.next(100, entry), SpoolLogReader::Outcome::kUnreadable);
  EXPECT_EQ(reader.error(), EBADF);
}

}  // namespace
}  // namespace tracebus::testing
