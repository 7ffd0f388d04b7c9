// SPDX-License-Identifier: Apache-2.0
//
// How long the values of contexts live that threads share.
//
// Oracle: a weak pointer to something in the values. They must live while any copy does, and be
// gone once the last one is, and the threads that copied them have ended or gone over to others.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tracebus/trace/context.h"

namespace tracebus {
namespace {

using Tags = std::vector<std::string>;

struct Watched {
  SharedContextValues values;
  std::weak_ptr<const Tags> alive;
};

Watched watched_values() {
  auto values = std::make_unique<ContextValues>();
  auto tags = std::make_shared<const Tags>(1, "tag");
  values->tags = tags;
  return {SharedContextValues(std::move(values)), tags};
}

void drop(SharedContextValues& values) { values = SharedContextValues(); }

TEST(HeldShares, LastCopyOfTheThreadTakesTheValuesWithIt) {
  Watched watched = watched_values();
  {
    std::vector<SharedContextValues> copies(3 * SharedContextValues::kHeldSharesMax,
                                            watched.values);
    copies.resize(1);
    drop(watched.values);
    EXPECT_FALSE(watched.alive.expired());
  }
  EXPECT_TRUE(watched.alive.expired());
}

TEST(HeldShares, ValuesWithoutACopyGoAtOnce) {
  Watched watched = watched_values();
  drop(watched.values);
  EXPECT_TRUE(watched.alive.expired());
}

TEST(HeldShares, CopyOfOthersGivesThemBack) {
  Watched first = watched_values();
  Watched second = watched_values();
  SharedContextValues first_copy = first.values;
  SharedContextValues second_copy = second.values;
  drop(first.values);
  EXPECT_FALSE(first.alive.expired());
  drop(first_copy);
  EXPECT_TRUE(first.alive.expired());
  drop(second_copy);
  EXPECT_FALSE(second.alive.expired());
  drop(second.values);
  EXPECT_TRUE(second.alive.expired());
}

TEST(HeldShares, ThreadThatEndsGivesThemBack) {
  Watched watched = watched_values();
  std::thread([&] {
    SharedContextValues copy = watched.values;
    drop(copy);
  }).join();
  EXPECT_FALSE(watched.alive.expired());
  drop(watched.values);
  EXPECT_TRUE(watched.alive.expired());
}

TEST(HeldShares, LastCopyMayBeDroppedByAnotherThread) {
  Watched watched = watched_values();
  SharedContextValues copy = watched.values;
  std::thread([&] {
    drop(watched.values);
    const SharedContextValues moved = std::move(copy);
  }).join();
  // This thread holds what it took ahead, until it copies something else.
  Watched other = watched_values();
  const SharedContextValues other_copy = other.values;
  EXPECT_TRUE(watched.alive.expired());
}

struct CopiesAtThreadExit {
  SharedContextValues values;
  std::weak_ptr<const Tags> alive;
  bool* as_expected = nullptr;
  ~CopiesAtThreadExit() {
    if (as_expected == nullptr) return;
    SharedContextValues copy = values;
    drop(values);
    *as_expected = !alive.expired();
    drop(copy);
    *as_expected &= alive.expired();
  }
};

TEST(HeldShares, CopiesAfterTheThreadGaveThemBackAreCountedOneByOne) {
  bool as_expected = false;
  std::thread([&] {
    thread_local CopiesAtThreadExit t_late;  // made first, so that it ends last
    t_late.as_expected = &as_expected;
    Watched watched = watched_values();
    t_late.values = watched.values;
    t_late.alive = watched.alive;
  }).join();
  EXPECT_TRUE(as_expected);
}

TEST(HeldShares, ThreadsCopyAndDropTheSameOnesAtOnce) {
  constexpr int kThreads = 4;
  constexpr int kTimes = 20'000;
  Watched watched[2] = {watched_values(), watched_values()};
  {
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i, mine = std::vector{watched[0].values, watched[1].values}] {
        std::vector<SharedContextValues> kept(7);
        std::uint32_t random = static_cast<std::uint32_t>(i) + 1;
        for (int time = 0; time < kTimes; ++time) {
          random = random * 1664525 + 1013904223;
          kept[random >> 16 & 3] = mine[random >> 20 & 1];
          if ((random >> 24) % 5 == 0) drop(kept[random >> 18 & 3]);
          ASSERT_EQ(mine[time & 1]->tags->front(), "tag");
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  for (Watched& one : watched) {
    EXPECT_FALSE(one.alive.expired());
    drop(one.values);
  }
  const Watched other = watched_values();
  const SharedContextValues copy = other.values;
  for (const Watched& one : watched) EXPECT_TRUE(one.alive.expired());
}

}  // namespace
}  // namespace tracebus
