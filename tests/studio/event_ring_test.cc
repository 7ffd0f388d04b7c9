// SPDX-License-Identifier: Apache-2.0
//
// What a ring of events keeps, and what it can say of those that it let go of. The oracle is a list
// of all that ever came.
#include "tracebus/studio/event_ring.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace tracebus::testing {
namespace {

std::string frame_of(std::uint64_t number) {
  return "id: " + std::to_string(number) + std::string(number % 97, 'x') + "\n\n";
}

TEST(EventRingTest, EveryEventThatIsThereIsAsItCame) {
  EventRing ring(EventRing::kBlockBytes * 4);
  std::mt19937_64 random(7);
  std::vector<std::uint64_t> numbers;
  std::uint64_t number = 3;
  for (int i = 0; i < 200'000; ++i) {
    number += random() % 1000 == 0 ? 1 + random() % 70'000 : 1;
    numbers.push_back(number);
    ring.push(number, frame_of(number), EventRing::Marks(number % 4));
    ASSERT_LE(ring.bytes(), EventRing::kBlockBytes * 4);
  }
  ASSERT_EQ(ring.end(), numbers.size());
  ASSERT_GT(ring.first(), 0u);
  ASSERT_LT(ring.first(), ring.end() - 1000);
  for (std::uint64_t i = ring.first(); i < ring.end(); ++i) {
    ASSERT_EQ(ring.number_at(i), numbers[i]);
    ASSERT_EQ(ring.frame_at(i), frame_of(numbers[i]));
    ASSERT_EQ(ring.marks_at(i), EventRing::Marks(numbers[i] % 4));
  }
}

TEST(EventRingTest, WhatIsBehindANumberIsCountedAlsoWhereItIsGone) {
  EventRing ring(EventRing::kBlockBytes);
  std::mt19937_64 random(11);
  std::vector<std::uint64_t> numbers;
  std::uint64_t number = 0;
  for (int i = 0; i < 60'000; ++i) {
    number += random() % 500 == 0 ? 1 + random() % 70'000 : 1;
    numbers.push_back(number);
    ring.push(number, frame_of(number), {});
  }
  ASSERT_GT(ring.first(), 1000u);
  for (std::size_t i = 0; i < numbers.size(); i += 13) {
    ASSERT_EQ(ring.index_behind(numbers[i]), i + 1);
    // One in a gap is as the one before the gap.
    if (i + 1 < numbers.size() && numbers[i + 1] > numbers[i] + 1) {
      ASSERT_EQ(ring.index_behind(numbers[i] + 1), i + 1);
    }
  }
  EXPECT_EQ(ring.index_behind(0), 0u);
  EXPECT_EQ(ring.index_behind(number), ring.end());
  EXPECT_EQ(ring.index_behind(number + 9), ring.end());
}

TEST(EventRingTest, OneLargeEventStaysUntilTheNext) {
  EventRing ring(1000);
  ring.push(1, std::string(100'000, 'a'), {});
  EXPECT_EQ(ring.frame_at(0).size(), 100'000u);
  ring.push(2, "b", {});
  EXPECT_EQ(ring.first(), 1u);
  EXPECT_EQ(ring.frame_at(1), "b");
  EXPECT_EQ(ring.index_behind(1), 1u);
}

TEST(EventRingTest, MarksAreSetLaterToo) {
  EventRing ring(100'000);
  ring.push(5, "five", {});
  ring.push(6, "six", EventRing::Marks(1));
  ring.mark(0, 200, true);
  ring.mark(1, 0, false);
  EXPECT_TRUE(ring.marks_at(0)[200]);
  EXPECT_TRUE(ring.marks_at(1).none());
}

}  // namespace
}  // namespace tracebus::testing
