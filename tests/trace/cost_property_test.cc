// SPDX-License-Identifier: Apache-2.0
//
// Random entries from several threads, by call and as events, against plain maps of 128-bit sums.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/trace/cost_tracker.h"

namespace tracebus {
namespace {

using Sums = std::map<std::string, __int128>;

struct Entry {
  std::string pattern;
  std::string agent;
  std::string model;
  std::string user;
  std::int64_t nanos = 0;
};

std::vector<Entry> random_entries(std::uint64_t seed, std::size_t count) {
  std::mt19937_64 random(seed);
  const auto name = [&](std::string_view kind, std::uint64_t names) {
    const std::uint64_t number = random() % (names + 1);
    return number == names ? std::string() : std::string(kind) + std::to_string(number);
  };
  std::vector<Entry> entries(count);
  for (Entry& entry : entries) {
    entry = {name("pattern-", 3), name("agent-", 2000), name("model-", 20), name("user-", 50),
             static_cast<std::int64_t>(random() >> (14 + random() % 50))};
  }
  return entries;
}

CostEntry view_of(const Entry& entry) {
  return {.pattern = entry.pattern,
          .agent = entry.agent,
          .model = entry.model,
          .user = entry.user,
          .cost = NanoDollars(entry.nanos)};
}

Sums expected(const std::vector<std::vector<Entry>>& threads, std::string Entry::*name) {
  Sums sums;
  for (const auto& entries : threads) {
    for (const Entry& entry : entries) sums[entry.*name] += entry.nanos;
  }
  return sums;
}

Sums actual(const std::vector<CostGroup>& groups) {
  Sums sums;
  for (const CostGroup& group : groups) sums[group.name] += group.sums.cost().value();
  return sums;
}

void expect_sums(const CostTracker& tracker, const std::vector<std::vector<Entry>>& threads) {
  EXPECT_EQ(actual(tracker.by_pattern()), expected(threads, &Entry::pattern));
  EXPECT_EQ(actual(tracker.by_agent()), expected(threads, &Entry::agent));
  EXPECT_EQ(actual(tracker.by_model()), expected(threads, &Entry::model));
  EXPECT_EQ(actual(tracker.by(CostDimension::kUser)), expected(threads, &Entry::user));
}

std::vector<std::vector<Entry>> entries_of_threads(std::uint64_t seed) {
  std::vector<std::vector<Entry>> threads;
  for (std::uint64_t i = 0; i < 4; ++i) threads.push_back(random_entries(4 * seed + i, 5000));
  return threads;
}

template <class Work>
void run_threads(std::size_t count, const Work& work) {
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < count; ++i) threads.emplace_back([&work, i] { work(i); });
  for (std::thread& thread : threads) thread.join();
}

// A reader beside the writers sees sums that only grow.
TEST(CostProperty, Row44_EntriesOfSeveralThreadsAddUpExactlyWhileQueriesRun) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto threads = entries_of_threads(seed);
    CostTracker tracker({.shards = seed == 1 ? std::size_t{1} : std::size_t{3}});
    std::atomic<bool> done{false};
    std::thread reader([&] {
      std::int64_t last = 0;
      while (!done) {
        std::int64_t sum = 0;
        for (const CostGroup& group : tracker.by_agent()) sum += group.sums.calls();
        EXPECT_GE(sum, last);
        last = sum;
        EXPECT_LE(tracker.total().calls(), 20'000);
      }
    });
    run_threads(threads.size(), [&](std::size_t i) {
      for (const Entry& entry : threads[i]) tracker.record(view_of(entry));
    });
    done = true;
    reader.join();
    expect_sums(tracker, threads);
    EXPECT_EQ(tracker.total().calls(), 20'000);
    EXPECT_EQ(tracker.stats()[CostResult::kCounted], 20'000u);
  }
}

// Half of the threads call the tracker, which emits; half emit events of their own. Each entry is
// there once. The queue holds all, so that none is dropped.
TEST(CostProperty, Row44_CallsAndEventsTogetherAreCountedOnceEach) {
  const auto threads = entries_of_threads(44);
  BusOptions bus_options;
  bus_options.callback_queue_bytes_max = std::size_t{64} << 20;
  TraceEventBus bus(bus_options);
  CostTracker tracker({.bus = &bus});
  const auto watching = tracker.watch(bus);
  ASSERT_TRUE(watching.ok());
  run_threads(threads.size(), [&](std::size_t i) {
    for (const Entry& entry : threads[i]) {
      if (i % 2 == 0) {
        tracker.record(view_of(entry));
        continue;
      }
      const NanoDollars cost(entry.nanos);
      while (bus.emit({.event_type = "cost_record",
                       .agent_name = entry.agent,
                       .pattern_type = entry.pattern,
                       .payload = {{"model", entry.model},
                                   {"cost_usd", cost.to_text()},
                                   {"user_id", entry.user}}}) != EmitResult::kAccepted) {
        std::this_thread::yield();
      }
    }
  });
  ASSERT_TRUE(bus.flush(std::chrono::seconds(20)).ok());
  expect_sums(tracker, threads);
  EXPECT_EQ(tracker.total().calls(), 20'000);
}

// Threads that enter the same new names at once agree on their numbers, up to the limit and beyond.
TEST(GroupNames, ThreadsThatEnterTheSameNamesAgreeOnTheirNumbers) {
  constexpr std::uint32_t kNames = 3000;
  constexpr std::uint32_t kLimit = 2000;
  GroupNames names(kLimit);
  std::vector<std::vector<std::uint32_t>> numbers(4, std::vector<std::uint32_t>(kNames));
  run_threads(numbers.size(), [&](std::size_t i) {
    for (std::uint32_t n = 0; n < kNames; ++n) {
      const std::uint32_t name = i % 2 == 0 ? n : kNames - 1 - n;
      numbers[i][name] = names.number_of("name-" + std::to_string(name));
    }
  });
  EXPECT_EQ(names.end(), GroupNames::kFirst + kLimit);
  std::uint32_t others = 0;
  for (std::uint32_t n = 0; n < kNames; ++n) {
    for (std::size_t i = 1; i < numbers.size(); ++i) EXPECT_EQ(numbers[i][n], numbers[0][n]);
    if (numbers[0][n] == GroupNames::kOthers) {
      ++others;
    } else {
      EXPECT_EQ(names.name(numbers[0][n]), "name-" + std::to_string(n));
    }
  }
  EXPECT_EQ(others, kNames - kLimit);
}

}  // namespace
}  // namespace tracebus
