// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/stamp_heap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace tracebus {
namespace {

constexpr std::uint64_t kBound = 1'000'000;

// Rows of stamps that only grow, as rings hold them; the last stamp of each lies beyond the bound.
std::vector<std::vector<std::uint64_t>> random_rows(std::mt19937_64& random, std::size_t rows) {
  std::vector<std::vector<std::uint64_t>> all(rows);
  for (std::vector<std::uint64_t>& row : all) {
    const std::uint64_t step_max = 1 + random() % 50;  // 1: many are equal
    std::uint64_t stamp = random() % 100;
    for (std::uint64_t i = 0; i < random() % 60; ++i) row.push_back(stamp += random() % step_max);
    row.push_back(kBound + 1);
  }
  return all;
}

// As the dispatcher merges them, up to most records at a time.
std::vector<std::uint64_t> merged(const std::vector<std::vector<std::uint64_t>>& rows,
                                  std::size_t at_a_time) {
  StampHeap<std::size_t> heap;
  std::vector<std::size_t> places(rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (rows[row][0] <= kBound) heap.add(rows[row][0], row);
  }
  heap.arrange();
  std::vector<std::uint64_t> out;
  while (!heap.empty()) {
    const std::size_t row = heap.first();
    const std::uint64_t until = heap.second_stamp(kBound);
    EXPECT_EQ(heap.first_stamp(), rows[row][places[row]]);
    std::size_t taken = 0;
    do {
      out.push_back(rows[row][places[row]++]);
    } while (rows[row][places[row]] <= until && ++taken < at_a_time);
    const std::uint64_t next = rows[row][places[row]];
    next > kBound ? heap.remove_first() : heap.advance_first(next);
  }
  return out;
}

TEST(StampHeapTest, MergesRowsInOrder) {
  std::mt19937_64 random(20261121);
  for (int round = 0; round < 2000; ++round) {
    const auto rows = random_rows(random, 1 + random() % 20);
    std::vector<std::uint64_t> expected;
    for (const auto& row : rows) expected.insert(expected.end(), row.begin(), row.end() - 1);
    std::ranges::sort(expected);
    ASSERT_EQ(merged(rows, 1 + random() % 4), expected) << "round " << round;
  }
}

TEST(StampHeapTest, SecondIsTheSmallestOfAllOthers) {
  StampHeap<char> heap;
  EXPECT_TRUE(heap.empty());
  heap.add(30, 'c');
  heap.arrange();
  EXPECT_EQ(heap.second_stamp(7), 7u) << "there is no other";
  for (const auto& [stamp, source] : {std::pair{50, 'e'}, {10, 'a'}, {40, 'd'}, {20, 'b'}}) {
    heap.add(static_cast<std::uint64_t>(stamp), source);
  }
  heap.arrange();
  EXPECT_EQ(heap.first(), 'a');
  EXPECT_EQ(heap.second_stamp(kBound), 20u);
  EXPECT_EQ(heap.second_stamp(15), 15u);
  heap.advance_first(45);
  EXPECT_EQ(heap.first(), 'b');
  EXPECT_EQ(heap.second_stamp(kBound), 30u);
  heap.remove_first();
  EXPECT_EQ(heap.first(), 'c');
  std::vector<char> left;
  heap.for_each([&](char source) { left.push_back(source); });
  EXPECT_THAT(left, ::testing::UnorderedElementsAre('a', 'c', 'd', 'e'));
  heap.clear();
  EXPECT_TRUE(heap.empty());
}

}  // namespace
}  // namespace tracebus
