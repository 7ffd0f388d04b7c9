// SPDX-License-Identifier: Apache-2.0
//
// Thousands of callbacks, each for one agent: an event reaches exactly those that it is for, and
// costs one look-up, however many there are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <random>
#include <span>
#include <thread>

#include "tracebus/bus/agent_table.h"
#include "tracebus/bus/callback_list.h"
#include "tracebus/bus/callback_table.h"
#include "tracebus/tests/bus/numbered_events.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::string agent(std::int64_t number) { return "agent-" + std::to_string(number); }

EmitResult emit_as(TraceEventBus& bus, std::int64_t from, std::int64_t number,
                   std::string_view type = "agent_start") {
  return bus.emit({.event_type = type, .agent_name = agent(from), .payload = {{"n", number}}});
}

// What one callback saw. One thread writes, and the flush orders the rest.
struct Seen {
  std::vector<std::int64_t> numbers;
};

class ManyCallbacks {
 public:
  ManyCallbacks(std::size_t agents, RunOn run_on) : run_on_(run_on), by_agent_(agents) {
    for (std::size_t i = 0; i < agents; ++i) {
      const auto number = static_cast<std::int64_t>(i);
      ids_.push_back(add(Filter::agent(agent(number)), by_agent_[i]));
      // Now and then something wider, in between.
      if (i % 1000 == 0) {
        ids_.push_back(add(Filter::types({"agent_end"}), ends_.emplace_back()));
        ids_.push_back(add(Filter::agent_glob("agent-?7"), globs_.emplace_back()));
        ids_.push_back(add(Filter(), everything_.emplace_back()));
        ids_.push_back(add(Filter::types({"agent_end"}) && Filter::agent(agent(number)),
                           both_.emplace_back()));
      }
    }
  }

  TraceEventBus& bus() { return bus_; }
  const std::vector<SubscriptionId>& ids() const { return ids_; }

  // Events of agents all over; whether each arrived where it should, in order, and nowhere else.
  void emit_and_judge(std::int64_t events) {
    const auto agents = static_cast<std::int64_t>(by_agent_.size());
    std::vector<Seen> by_agent(by_agent_.size());
    std::vector<Seen> both(both_.size());
    Seen ends;
    Seen globs;
    Seen everything;
    for (std::int64_t i = 0; i < events; ++i) {
      const std::int64_t from = i * 7919 % (agents + 10);  // some are nobody's
      const bool is_end = i % 3 == 0;
      ASSERT_EQ(emit_as(bus_, from, i, is_end ? "agent_end" : "agent_start"),
                EmitResult::kAccepted);
      if (from < agents) by_agent[static_cast<std::size_t>(from)].numbers.push_back(i);
      if (is_end) ends.numbers.push_back(i);
      if (from >= 10 && from < 100 && from % 10 == 7) globs.numbers.push_back(i);
      if (is_end && from < agents && from % 1000 == 0) {
        both[static_cast<std::size_t>(from / 1000)].numbers.push_back(i);
      }
      everything.numbers.push_back(i);
      if (i % 1000 == 999) {
        ASSERT_TRUE(bus_.flush(kLong).ok());
      }
    }
    ASSERT_TRUE(bus_.flush(kLong).ok());
    for (std::size_t i = 0; i < by_agent.size(); ++i) {
      ASSERT_EQ(by_agent_[i].numbers, by_agent[i].numbers) << agent(static_cast<std::int64_t>(i));
    }
    for (std::size_t i = 0; i < both.size(); ++i) EXPECT_EQ(both_[i].numbers, both[i].numbers);
    for (const Seen& seen : ends_) EXPECT_EQ(seen.numbers, ends.numbers);
    for (const Seen& seen : globs_) EXPECT_EQ(seen.numbers, globs.numbers);
    for (const Seen& seen : everything_) EXPECT_EQ(seen.numbers, everything.numbers);
    EXPECT_TRUE(in_order_);
  }

 private:
  SubscriptionId add(const Filter& filter, Seen& seen) {
    const std::size_t place = subscribed_++;
    const auto keep = [this, &seen, place](const EventView& event) {
      const std::int64_t number = number_of(event);
      seen.numbers.push_back(number);
      in_order_ = in_order_ && (number != last_number_ || place > last_place_);
      last_number_ = number;
      last_place_ = place;
    };
    return *bus_.subscribe_filter(filter, keep, {.run_on = run_on_});
  }

  const RunOn run_on_;
  std::size_t subscribed_ = 0;
  // Of the call before, by one thread.
  std::int64_t last_number_ = -1;
  std::size_t last_place_ = 0;
  bool in_order_ = true;  // callbacks of one event are called in the order of subscribing
  std::vector<Seen> by_agent_;
  std::deque<Seen> ends_;
  std::deque<Seen> globs_;
  std::deque<Seen> everything_;
  std::deque<Seen> both_;
  std::vector<SubscriptionId> ids_;
  TraceEventBus bus_;
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kAgents = 1000;  // each subscription makes all others known anew
#else
constexpr std::size_t kAgents = 10'000;
#endif

class CallbackIndexTest : public ::testing::TestWithParam<RunOn> {};
INSTANTIATE_TEST_SUITE_P(EveryWay, CallbackIndexTest,
                         ::testing::Values(RunOn::kSharedWorker, RunOn::kDispatcher));

TEST_P(CallbackIndexTest, ThousandsOfAgentsEachGetTheirOwnEventsInOrder) {
  ManyCallbacks many(GetParam() == RunOn::kDispatcher ? kAgents / 4 : kAgents, GetParam());
  many.emit_and_judge(20'000);
  for (const SubscriptionId& id : many.ids()) ASSERT_TRUE(many.bus().unsubscribe(id, kLong));
  EXPECT_EQ(emit_as(many.bus(), 1, 1), EmitResult::kUnwanted);
}

TEST(CallbackListTest, SnapshotStaysAsItWasWhenTaken) {
  CallbackList list;
  std::vector<CallbackList::Entry> entries;
  std::vector<CallbackList::Snapshot> snapshots = {list.snapshot()};
  for (int i = 0; i < 20; ++i) {
    entries.push_back(std::make_shared<CallbackEntry>(
        SubscriptionId{}, Filter(), [](const EventView&) {}, CallbackOptions{}, 0));
    list.add(entries.back());
    snapshots.push_back(list.snapshot());
  }
  list.remove(entries[3]);
  list.remove(entries[19]);
  const CallbackList::Snapshot rest = list.snapshot();
  list.add(entries[3]);
  list.undo_add(entries[3]);
  list.add(entries[19]);
  for (std::size_t size = 0; size < snapshots.size(); ++size) {
    EXPECT_TRUE(std::ranges::equal(snapshots[size], std::span(entries).first(size))) << size;
  }
  EXPECT_EQ(rest.size(), 18u);
  EXPECT_EQ(rest[3], entries[4]);
  EXPECT_EQ(list.snapshot().size(), 19u);
  EXPECT_EQ(list.snapshot()[18], entries[19]);
}

// How many callbacks an event is held against.
std::uint64_t looked_at(std::size_t callbacks) {
  CallbackList list;
  for (std::size_t i = 0; i < callbacks; ++i) {
    list.add(std::make_shared<CallbackEntry>(
        SubscriptionId{}, Filter::agent(agent(static_cast<std::int64_t>(i))),
        [](const EventView&) {}, CallbackOptions{}, 0));
  }
  const CallbackTable table(list.snapshot(), 0);
  table.index();
  TraceEventBus bus({.threading = Threading::kManual});
  std::uint64_t looked_at = 0;
  bus.subscribe([&](const EventView& event) {
    table.for_each(event, event, [&](CallbackEntry&, const EventView&) { ++looked_at; });
  });
  for (std::int64_t i = 0; i < 100; ++i) emit_as(bus, i % 10, i);
  EXPECT_TRUE(bus.flush(kLong).ok());
  return looked_at;
}

TEST(FilterIndexTest, EventIsHeldAgainstItsAgentsCallbacksOnly) {
  EXPECT_EQ(looked_at(10), 100u);
  EXPECT_EQ(looked_at(10'000), 100u);
}

// Names that share slots, prefixes and lengths, some of them more than once.
TEST(AgentTableTest, EachNameHasItsOwnRowInOrder) {
  std::mt19937_64 random(1);
  for (int round = 0; round < rounds(50, 1000); ++round) {
    AgentTable<int> table;
    std::map<std::string, std::vector<int>, std::less<>> expected;
    const std::uint64_t adds = random() % 200;
    for (std::uint64_t i = 0; i < adds; ++i) {
      std::string name(random() % 20, 'a');
      if (!name.empty()) name[random() % name.size()] = "abc"[random() % 3];
      expected[name].push_back(static_cast<int>(i));
    }
    for (std::uint64_t i = 0; i < adds; ++i) {
      for (const auto& [name, values] : expected) {
        if (std::ranges::count(values, static_cast<int>(i)) != 0) {
          table.add(name, static_cast<int>(i));
        }
      }
    }
    table.close();
    for (const auto& [name, values] : expected) {
      EXPECT_THAT(table.of(name), ::testing::ElementsAreArray(values)) << name;
    }
    EXPECT_THAT(table.of("nobody"), ::testing::IsEmpty());
  }
}

class CallbackEndsTest : public ::testing::TestWithParam<RunOn> {};
INSTANTIATE_TEST_SUITE_P(EveryWay, CallbackEndsTest,
                         ::testing::Values(RunOn::kSharedWorker, RunOn::kOwnWorker,
                                           RunOn::kDispatcher));

TEST_P(CallbackEndsTest, TwoThatRemoveEachOtherNeitherHangNorRunAgain) {
  for (int round = 0; round < rounds(30, 1000); ++round) {
    TraceEventBus bus;
    std::array<SubscriptionId, 2> ids;
    std::array<std::atomic<int>, 2> calls{};
    Gate subscribed;
    for (std::size_t i = 0; i < 2; ++i) {
      const auto remove_other = [&, i](const EventView&) {
        subscribed.pass();
        ++calls[i];
        bus.unsubscribe(ids[1 - i], kLong);
      };
      ids[i] = *bus.subscribe(remove_other, {.run_on = GetParam()});
    }
    subscribed.open();
    for (std::int64_t n = 0; n < 20; ++n) emit_number(bus, n);
    ASSERT_TRUE(bus.flush(kLong).ok());
    const std::array<int, 2> before = {calls[0], calls[1]};
    // On one thread the first one wins; on two each may get the other.
    EXPECT_GE(before[0] + before[1], 1);
    if (GetParam() != RunOn::kOwnWorker) {
      EXPECT_EQ(before[1], 0);
    }
  }
}

TEST_P(CallbackEndsTest, OneThatRemovesItselfIsCalledOnce) {
  TraceEventBus bus;
  std::atomic<int> calls = 0;
  SubscriptionId id;
  Gate subscribed;
  id = *bus.subscribe(
      [&](const EventView&) {
        subscribed.pass();
        ++calls;
        EXPECT_TRUE(bus.unsubscribe(id, kLong));
      },
      {.run_on = GetParam()});
  subscribed.open();
  for (std::int64_t n = 0; n < 100; ++n) emit_number(bus, n);
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(emit_number(bus, 1), EmitResult::kUnwanted);
  ASSERT_TRUE(eventually([&] { return stats_of(bus, id).in_flight == 0; }));
  const SubscriptionStats stats = stats_of(bus, id);
  EXPECT_EQ(stats.delivered, 1u);
  EXPECT_EQ(stats.matched, 1 + total(stats.dropped));
}

TEST_P(CallbackEndsTest, OneThatSubscribesInsideIsFollowedByTheNewOne) {
  TraceEventBus bus;
  std::vector<std::int64_t> seen;  // the inner one's
  std::atomic<bool> subscribed = false;
  const RunOn run_on = GetParam();
  const auto inner = [&](const EventView& event) { seen.push_back(number_of(event)); };
  const auto outer = [&](const EventView&) {
    if (subscribed.exchange(true)) return;
    EXPECT_TRUE(bus.subscribe(inner, {.run_on = run_on}).ok());
  };
  ASSERT_TRUE(bus.subscribe(outer, {.run_on = run_on}).ok());
  emit_number(bus, 1);
  ASSERT_TRUE(bus.flush(kLong).ok());
  ASSERT_TRUE(subscribed);
  emit_number(bus, 2);
  emit_number(bus, 3);
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_THAT(seen, ::testing::ElementsAre(2, 3));
}

// They share a thread, but not their fate.
TEST(CallbackEndTest, UnsubscribeDoesNotWaitForAnotherThatHangs) {
  TraceEventBus bus;
  Gate gate;
  std::atomic<bool> inside = false;
  std::atomic<int> calls = 0;
  const SubscriptionId quick = bus.subscribe([&](const EventView&) { ++calls; });
  bus.subscribe([&](const EventView&) {
    inside = true;
    gate.pass();
  });
  emit_number(bus, 1);
  ASSERT_TRUE(eventually([&] { return inside.load(); }));
  const auto begin = steady_clock::now();
  EXPECT_TRUE(bus.unsubscribe(quick, kLong));
  EXPECT_LT(steady_clock::now() - begin, kLong / 2);
  const int before = calls;
  gate.open();
  emit_number(bus, 2);
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_EQ(calls, before);
}

// What a callback has not seen when it ends is counted, also after that.
TEST(CallbackEndTest, G3_WhatWasQueuedCountsAsUnsubscribed) {
  constexpr std::uint64_t kQueued = 50;
  TraceEventBus bus;
  Gate gate;
  std::atomic<bool> inside = false;
  bus.subscribe([&](const EventView&) {
    inside = true;
    gate.pass();
  });
  const SubscriptionId second = bus.subscribe([](const EventView&) {});
  emit_number(bus, 0);
  ASSERT_TRUE(eventually([&] { return inside.load(); }));
  for (std::uint64_t i = 1; i < kQueued; ++i) emit_number(bus, 1);
  ASSERT_TRUE(eventually([&] { return bus.stats().waiting == 0; }));
  EXPECT_TRUE(bus.unsubscribe(second, kLong));
  gate.open();
  ASSERT_TRUE(bus.flush(kLong).ok());
  const SubscriptionStats stats = stats_of(bus, second);
  EXPECT_EQ(count(stats.dropped, DropReason::kUnsubscribed), kQueued);
  EXPECT_EQ(stats.matched, kQueued);
}

// While events flow, from several threads: whoever is gone is not called again.
TEST(CallbackEndTest, NobodyIsCalledOnceUnsubscribeHasReturned) {
  TraceEventBus bus;
  std::atomic<bool> stop = false;
  std::thread emitter([&] {
    for (std::int64_t n = 0; !stop; ++n) {
      emit_as(bus, n % 50, n);
      if (n % 64 == 0) std::this_thread::yield();
    }
  });
  bus.subscribe([](const EventView&) {});
  std::vector<std::thread> visitors;
  for (std::int64_t v = 0; v < 3; ++v) {
    visitors.emplace_back([&, v] {
      for (int round = 0; round < rounds(100, 5000); ++round) {
        const auto gone = std::make_shared<std::atomic<bool>>(false);
        const auto id = bus.subscribe_filter(
            Filter::agent(agent(v)), [gone](const EventView&) { EXPECT_FALSE(gone->load()); });
        if (round % 4 == 0) std::this_thread::sleep_for(milliseconds(1));
        EXPECT_TRUE(bus.unsubscribe(id, kLong));
        *gone = true;
      }
    });
  }
  for (std::thread& visitor : visitors) visitor.join();
  stop = true;
  emitter.join();
}

}  // namespace
}  // namespace tracebus::testing
