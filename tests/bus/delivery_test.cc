// SPDX-License-Identifier: Apache-2.0
//
// What reaches whom, and in which order: subscribe before emit, causality across threads, grants of
// content, given times.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <condition_variable>
#include <deque>
#include <limits>
#include <thread>

#include "tracebus/tests/bus/bus_test_support.h"

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::array kEveryRunOn = {RunOn::kSharedWorker, RunOn::kOwnWorker, RunOn::kDispatcher};

TEST(DeliveryTest, SubscribeThatHappensBeforeAnEmitGetsIt) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 100;
  TraceEventBus bus;
  // So that emits are wanted, and rings are busy, all the time.
  bus.subscribe([](const EventView&) {});
  std::atomic<int> got = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int round = 0; round < kRounds; ++round) {
        const std::int64_t mine = t * kRounds + round;
        const RunOn run_on = kEveryRunOn[static_cast<std::size_t>(round) % kEveryRunOn.size()];
        const auto id = bus.subscribe_filter(Filter::attribute("n", Compare::kEqual, mine),
                                             [&](const EventView&) { ++got; }, {.run_on = run_on});
        // Another thread than the one that subscribed.
        std::thread emitter([&] { EXPECT_EQ(emit_number(bus, mine), EmitResult::kAccepted); });
        emitter.join();
        ASSERT_TRUE(bus.flush(kLong).ok());
        EXPECT_EQ(stats_of(bus, *id).delivered, 1u);
        EXPECT_TRUE(bus.unsubscribe(*id));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(got, kThreads * kRounds);
}

TEST(DeliveryTest, EventEmittedBeforeSubscribeByTheSameThreadIsNotDelivered) {
  TraceEventBus bus;
  bus.subscribe([](const EventView&) {});  // so that the event is on its way at all
  for (int round = 0; round < 300; ++round) {
    const RunOn run_on = kEveryRunOn[static_cast<std::size_t>(round) % kEveryRunOn.size()];
    std::atomic<std::int64_t> smallest = std::numeric_limits<std::int64_t>::max();
    emit_number(bus, 2 * round);
    const auto id = bus.subscribe(
        [&](const EventView& event) { smallest = std::min(smallest.load(), number_of(event)); },
        {.run_on = run_on});
    emit_number(bus, 2 * round + 1);
    ASSERT_TRUE(bus.flush(kLong).ok());
    EXPECT_EQ(smallest, 2 * round + 1);
    EXPECT_TRUE(bus.unsubscribe(*id));
  }
}

// An agent's coroutine hops threads: whoever takes it over emits what comes next.
TEST(DeliveryTest, HandOverBetweenThreadsKeepsTheOrder) {
  constexpr int kThreads = 4;
  constexpr std::int64_t kBatons = 8;
  constexpr std::int64_t kHops = 400;
  TraceEventBus bus;
  std::array<std::int64_t, kBatons> last{};  // the dispatcher's
  std::int64_t wrong = 0;
  const auto id = bus.subscribe(
      [&](const EventView& event) {
        std::int64_t& before = last[static_cast<std::size_t>(number_of(event) % kBatons)];
        const std::int64_t hop = number_of(event) / kBatons;
        wrong += hop == before + 1 ? 0 : 1;
        before = hop;
      },
      {.run_on = RunOn::kDispatcher});
  ASSERT_TRUE(id.ok());
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::int64_t> queue;
  std::int64_t left = kBatons;
  for (std::int64_t baton = 0; baton < kBatons; ++baton) queue.push_back(kBatons + baton);
  const auto hop = [&] {
    for (;;) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return !queue.empty() || left == 0; });
      if (left == 0) return;
      const std::int64_t number = queue.front();
      queue.pop_front();
      lock.unlock();
      EXPECT_EQ(emit_number(bus, number), EmitResult::kAccepted);
      lock.lock();
      if (number / kBatons < kHops) {
        queue.push_back(number + kBatons);
      } else {
        --left;
      }
      changed.notify_all();
    }
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) threads.emplace_back(hop);
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(bus.shutdown(kLong).ok());
  EXPECT_EQ(wrong, 0);
  EXPECT_THAT(last, ::testing::Each(kHops));
}

TEST(DeliveryTest, HandOverByASpinningFlagKeepsTheOrder) {
  constexpr std::int64_t kHops = 20'000;
  TraceEventBus bus;
  std::int64_t last = 0;  // the dispatcher's
  std::int64_t wrong = 0;
  const auto id = bus.subscribe(
      [&](const EventView& event) {
        wrong += number_of(event) == last + 1 ? 0 : 1;
        last = number_of(event);
      },
      {.run_on = RunOn::kDispatcher});
  ASSERT_TRUE(id.ok());
  std::atomic<std::int64_t> turn = 1;
  const auto play = [&](std::int64_t first) {
    for (std::int64_t number = first; number <= kHops; number += 2) {
      while (turn.load(std::memory_order_acquire) != number) std::this_thread::yield();
      EXPECT_EQ(emit_number(bus, number), EmitResult::kAccepted);
      turn.store(number + 1, std::memory_order_release);
    }
  };
  std::thread odd(play, 1);
  std::thread even(play, 2);
  odd.join();
  even.join();
  ASSERT_TRUE(bus.shutdown(kLong).ok());
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(last, kHops);
}

class ContentTest : public ::testing::Test {
 protected:
  ContentTest() { AttributeKey::registered_content("delivery.prompt"); }

  SubscriptionId subscribe(const Filter& filter, bool content, RunOn run_on, Collected& seen) {
    const auto note = [&seen](const EventView& event) {
      seen.add(event.find("delivery.prompt") ? "prompt" : "nothing");
    };
    return *bus_.subscribe_filter(filter, note, {.run_on = run_on, .content = content});
  }
  void emit_both_ways() {
    bus_.emit({.event_type = "llm_call", .payload = {{"delivery.prompt", "text"}}});
    bus_.emit(kLlmCall, kNoIds, "analyst", "", attr<"delivery.prompt">("text"));
  }

  TraceEventBus bus_;
};

TEST_F(ContentTest, WithoutAGrantContentIsDroppedAtEmit) {
  std::atomic<std::size_t> size = 0;
  bus_.subscribe([&](const EventView& event) { size += event.size_bytes(); });
  bus_.emit({.event_type = "llm_call", .payload = {{"delivery.prompt", std::string(1000, 'x')}}});
  bus_.emit(kLlmCall, kNoIds, "analyst", "", attr<"delivery.prompt">(std::string(1000, 'x')));
  ASSERT_TRUE(bus_.flush(kLong).ok());
  EXPECT_GT(size, 0u);
  EXPECT_LT(size, 1000u);
}

TEST_F(ContentTest, GrantShowsContentToItsHolderAlone) {
  for (const RunOn run_on : kEveryRunOn) {
    Collected granted;
    Collected other;
    const SubscriptionId a = subscribe(Filter(), true, run_on, granted);
    const SubscriptionId b = subscribe(Filter(), false, run_on, other);
    emit_both_ways();
    ASSERT_TRUE(bus_.flush(kLong).ok());
    EXPECT_THAT(granted.texts(), ElementsAre("prompt", "prompt"));
    EXPECT_THAT(other.texts(), ElementsAre("nothing", "nothing"));
    bus_.unsubscribe(a);
    emit_both_ways();
    ASSERT_TRUE(bus_.flush(kLong).ok());
    EXPECT_EQ(other.size(), 4u);
    bus_.unsubscribe(b);
  }
}

TEST_F(ContentTest, FilterSeesOnlyGrantedContent) {
  for (const RunOn run_on : kEveryRunOn) {
    const Filter filter = Filter::attribute("delivery.prompt", Compare::kEqual, "text");
    Collected granted;
    Collected other;
    const SubscriptionId a = subscribe(filter, true, run_on, granted);
    const SubscriptionId b = subscribe(filter, false, run_on, other);
    emit_both_ways();
    ASSERT_TRUE(bus_.flush(kLong).ok());
    EXPECT_EQ(granted.size(), 2u);
    EXPECT_THAT(other.texts(), IsEmpty());
    EXPECT_EQ(stats_of(bus_, b).matched, 0u);
    bus_.unsubscribe(a);
    bus_.unsubscribe(b);
  }
}

// What a full shared queue loses counts against those that would have got it, by what their filters
// may see.
TEST(DeliveryLossTest, CallbacksAreChargedOnlyForWhatTheyWouldHaveSeen) {
  AttributeKey::registered_content("delivery.prompt");
  for (const Overflow overflow : {Overflow::kDropNewest, Overflow::kDropOldest}) {
    TraceEventBus bus({.callback_overflow = overflow, .callback_queue_bytes_max = kQueueBytesMin});
    Gate gate;
    const Filter filter = Filter::has_attribute("delivery.prompt");
    const auto all = bus.subscribe([&](const EventView&) { gate.pass(); }, {.content = true});
    const auto blind = bus.subscribe_filter(filter, [](const EventView&) {}, {});
    constexpr std::uint64_t kEvents = 2000;
    for (std::uint64_t i = 0; i < kEvents; ++i) {
      bus.emit({.event_type = "llm_call", .payload = {{"delivery.prompt", "text"}}});
    }
    gate.open();
    ASSERT_TRUE(bus.flush(kLong).ok());
    EXPECT_EQ(stats_of(bus, *blind).matched, 0u);
    const SubscriptionStats stats = stats_of(bus, *all);
    EXPECT_EQ(stats.matched, kEvents);
    EXPECT_EQ(stats.delivered + total(stats.dropped), kEvents);
    EXPECT_GT(total(stats.dropped), 0u);
  }
}

// A callback that joins while the shared queue is full loses what follows, and is told so.
TEST(DeliveryLossTest, CallbackThatJoinsAFullQueueIsChargedForWhatItMisses) {
  TraceEventBus bus({.callback_queue_bytes_max = kQueueBytesMin});
  Gate gate;
  const auto first = bus.subscribe([&](const EventView&) { gate.pass(); }, CallbackOptions{});
  for (int i = 0; i < 200; ++i) emit_number(bus, i);
  ASSERT_TRUE(eventually([&] { return bus.stats().waiting == 0; }));
  const auto second = bus.subscribe([](const EventView&) {}, CallbackOptions{});
  for (int i = 0; i < 50; ++i) emit_number(bus, i);
  ASSERT_TRUE(eventually([&] { return bus.stats().waiting == 0; }));
  gate.open();
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_EQ(stats_of(bus, *first).matched, 250u);
  EXPECT_EQ(stats_of(bus, *second).matched, 50u);
}

TEST(DeliveryTest, GivenTimeIsExactForAnyYear) {
  TraceEventBus bus;
  const std::vector<Timestamp> times = {{0, 0},
                                        {-1, 999'999'999},
                                        {-62'135'596'800, 1},  // the year 1
                                        {1749479521, 7},
                                        {253'402'300'799, 500},
                                        {9'000'000'000'000, 3},
                                        {std::numeric_limits<std::int64_t>::max(), 999'999'999},
                                        {std::numeric_limits<std::int64_t>::min(), 0}};
  for (const RunOn run_on : kEveryRunOn) {
    std::vector<Timestamp> seen;  // flush orders it
    const auto id = bus.subscribe(
        [&](const EventView& event) { seen.push_back(event.timestamp()); }, {.run_on = run_on});
    for (const Timestamp& time : times) bus.emit({.timestamp = time, .event_type = "message"});
    ASSERT_TRUE(bus.flush(kLong).ok());
    EXPECT_EQ(seen, times);
    bus.unsubscribe(*id);
  }
}

TEST(DeliveryTest, TimeNotGivenIsTheMomentOfEmit) {
  TraceEventBus bus;
  for (const RunOn run_on : kEveryRunOn) {
    Timestamp seen;
    const auto id = bus.subscribe([&](const EventView& event) { seen = event.timestamp(); },
                                  {.run_on = run_on});
    const std::int64_t before = Timestamp::now().to_unix_ns();
    emit_number(bus, 1);
    const std::int64_t after = Timestamp::now().to_unix_ns();
    ASSERT_TRUE(bus.flush(kLong).ok());
    constexpr std::int64_t kTolerance = 20'000'000;  // of clocks that are being slewed
    EXPECT_GE(seen.to_unix_ns(), before - kTolerance);
    EXPECT_LE(seen.to_unix_ns(), after + kTolerance);
    bus.unsubscribe(*id);
  }
}

}  // namespace
}  // namespace tracebus::testing
