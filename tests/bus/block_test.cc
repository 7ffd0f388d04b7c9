// SPDX-License-Identifier: Apache-2.0
//
// Overflow::kBlock: nothing is lost as long as producers may wait, they wait no longer than they
// were told, and nobody else notices.
//
// The oracle is the receiver: every number of every producer, or the ones that are missing are
// exactly as many as the subscription counted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "tracebus/bus/no_wait_scope.h"
#include "tracebus/tests/bus/numbered_events.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::IsEmpty;

constexpr std::int64_t kForEverMs = 600'000;  // longer than kLong: a test that waits for it fails

milliseconds since(steady_clock::time_point begin) {
  return std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin);
}

// Takes nothing, until it is opened.
struct HeldUp {
  Gate gate;
  std::atomic<bool> inside = false;
  std::shared_ptr<NumberedReceiver> receiver = std::make_shared<NumberedReceiver>();

  std::unique_ptr<Exporter> exporter() {
    return receiving_exporter(receiver, [this](const Batch&, const ExportContext&) {
      inside = true;
      gate.pass();
      return ExportResult::ok();
    });
  }
};

ExporterOptions blocking(std::int64_t timeout_ms, std::size_t queue_bytes_max = kQueueBytesMin) {
  return {.batch = {.delay_ms_max = 0},
          .overflow = Overflow::kBlock,
          .queue_bytes_max = queue_bytes_max,
          .block_timeout_ms = timeout_ms};
}

// Emits until the subscription counts an event that waited in vain; the number of that event.
std::int64_t emit_until_blocked(TraceEventBus& bus, const SubscriptionId& id,
                                std::string_view type = "agent_start") {
  for (std::int64_t number = 1; number < 1'000'000; ++number) {
    EXPECT_EQ(emit_numbered(bus, {.number = number, .type = type}), EmitResult::kAccepted);
    if (count(stats_of(bus, id).dropped, DropReason::kBlockTimeout) != 0) return number;
  }
  ADD_FAILURE() << "the gate never closed";
  return 0;
}

// --- Nothing is lost ---

// One draw of the sizes of everything, and of stalls.
class StallRun {
 public:
  explicit StallRun(std::uint64_t seed) : random_(seed), seed_(seed) {}

  void run() {
    BusOptions options;
    options.ring_bytes = kRingBytesMin << below(4);
    options.ring_bytes_max = options.ring_bytes << 2 * below(3);
    const auto receiver = std::make_shared<NumberedReceiver>();
    const auto stalls = std::make_shared<std::mt19937_64>(seed_);
    TraceEventBus bus(options);
    ExporterOptions lossless = blocking(kForEverMs, kQueueBytesMin << below(8));
    lossless.batch.events_max = 1 + below(300);
    const auto stall = [stalls](const Batch&, const ExportContext&) {
      if ((*stalls)() % 8 == 0)
        std::this_thread::sleep_for(std::chrono::microseconds((*stalls)() % 2000));
      return ExportResult::ok();
    };
    const auto id = bus.add_exporter(receiving_exporter(receiver, stall), lossless);
    std::vector<std::thread> threads;
    for (std::int64_t producer = 0; producer < kThreads; ++producer) {
      threads.emplace_back([&bus, producer, seed = random_()] { produce(bus, producer, seed); });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_TRUE(bus.flush(kLong).ok());
    EXPECT_THAT(receiver->problems(), IsEmpty());
    for (std::int64_t producer = 0; producer < kThreads; ++producer) {
      EXPECT_EQ(receiver->numbers(producer), numbers_to(kEvents));
    }
    EXPECT_EQ(total(stats_of(bus, *id).dropped), 0u);
    EXPECT_EQ(total(bus.stats().rejected), 0u);
  }

 private:
  static constexpr std::int64_t kThreads = 4;
  static constexpr std::int64_t kEvents = 1000;

  static void produce(TraceEventBus& bus, std::int64_t producer, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (std::int64_t number = 1; number <= kEvents; ++number) {
      std::size_t bytes = random() % 64;
      if (random() % 100 == 0) bytes = random() % 3000;
      if (random() % 500 == 0) bytes = random() % 200'000;  // beside most rings
      EXPECT_EQ(emit_numbered(bus, {.producer = producer, .number = number, .text_bytes = bytes}),
                EmitResult::kAccepted);
    }
  }
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  std::mt19937_64 random_;
  const std::uint64_t seed_;
};

TEST(G2_BlockTest, UsersAsk25_RandomStallsOfTheExporterLoseNothing) {
  const int seeds = rounds(12, 200);
  for (int seed = 1; seed <= seeds && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    StallRun(static_cast<std::uint64_t>(seed)).run();
  }
}

// The queue is as small as can be: it is full with one block, and has to be empty with it again.
TEST(G2_BlockTest, SmallestQueueOpensItsGateAgain) {
  TraceEventBus bus;
  const auto receiver = std::make_shared<NumberedReceiver>();
  const auto id = bus.add_exporter(receiving_exporter(receiver), blocking(kLong.count()));
  for (std::int64_t number = 1; number <= 2000; ++number) {
    ASSERT_EQ(emit_numbered(bus, {.number = number}), EmitResult::kAccepted);
    if (number % 100 == 0) std::this_thread::sleep_for(milliseconds(1));
  }
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_EQ(receiver->numbers(0), numbers_to(2000));
  EXPECT_EQ(total(stats_of(bus, *id).dropped), 0u);
}

// --- Waits are bounded, and counted ---

TEST(G2_BlockTest, WhatWaitsInVainIsCountedThereAndReachesEverybodyElse) {
  constexpr std::int64_t kTimeoutMs = 30;
  HeldUp held_up;
  TraceEventBus bus;
  const auto slow = bus.add_exporter(held_up.exporter(), blocking(kTimeoutMs));
  const auto good = std::make_shared<NumberedReceiver>();
  ASSERT_TRUE(bus.add_exporter(receiving_exporter(good)).ok());
  std::int64_t last = emit_until_blocked(bus, *slow);
  for (int i = 0; i < 5; ++i) {
    const auto begin = steady_clock::now();
    EXPECT_EQ(emit_numbered(bus, {.number = ++last}), EmitResult::kAccepted);
    EXPECT_GE(since(begin), milliseconds(kTimeoutMs - 1));
    EXPECT_LT(since(begin), milliseconds(5000));
  }
  held_up.gate.open();
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_EQ(good->numbers(0), numbers_to(last));
  const SubscriptionStats stats = stats_of(bus, *slow);
  EXPECT_EQ(stats.matched, static_cast<std::uint64_t>(last));
  EXPECT_EQ(stats.delivered, held_up.receiver->count());
  EXPECT_GE(count(stats.dropped, DropReason::kBlockTimeout), 6u);
  EXPECT_EQ(stats.delivered + count(stats.dropped, DropReason::kBlockTimeout), stats.matched);
  EXPECT_THAT(held_up.receiver->problems(), IsEmpty());
  EXPECT_EQ(total(bus.stats().rejected), 0u);
}

// Nobody takes events out of the ring, so there is room for none: the emit itself gives up.
TEST(G2_BlockTest, RingThatStaysFullEndsInBlockTimeout) {
  constexpr std::int64_t kTimeoutMs = 30;
  Gate gate;
  std::atomic<bool> inside = false;
  TraceEventBus bus({.ring_bytes = kRingBytesMin, .ring_bytes_max = kRingBytesMin});
  const auto hold_up = [&](const EventView&) {
    inside = true;
    gate.pass();
  };
  ASSERT_TRUE(bus.subscribe(hold_up, {.run_on = RunOn::kDispatcher}).ok());
  const auto receiver = std::make_shared<NumberedReceiver>();
  ASSERT_TRUE(bus.add_exporter(receiving_exporter(receiver), blocking(kTimeoutMs)).ok());
  emit_numbered(bus, {.number = 1});
  ASSERT_TRUE(eventually([&] { return inside.load(); }));
  std::int64_t accepted = 1;
  EmitResult last = EmitResult::kAccepted;
  while (last == EmitResult::kAccepted && accepted < 10'000) {
    last = emit_numbered(bus, {.number = accepted + 1});
    accepted += last == EmitResult::kAccepted ? 1 : 0;
  }
  EXPECT_EQ(last, EmitResult::kBlockTimeout);
  EXPECT_EQ(count(bus.stats().rejected, DropReason::kBlockTimeout), 1u);
  EXPECT_EQ(total(bus.stats().rejected), 1u);
  gate.open();
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_EQ(receiver->numbers(0), numbers_to(accepted));
}

// First the queue is full, then the ring is: that is one wait, not two.
TEST(G2_BlockTest, FullQueueAndFullRingTogetherAreWaitedForOnce) {
  constexpr std::int64_t kTimeoutMs = 600;
  Gate gate;
  std::atomic<bool> inside = false;
  HeldUp held_up;
  TraceEventBus bus({.ring_bytes = kRingBytesMin, .ring_bytes_max = kRingBytesMin});
  const auto slow = bus.add_exporter(held_up.exporter(), blocking(kTimeoutMs));
  emit_until_blocked(bus, *slow);
  const auto hold_up = [&](const EventView&) {
    inside = true;
    gate.pass();
  };
  ASSERT_TRUE(bus.subscribe(hold_up, {.run_on = RunOn::kDispatcher}).ok());
  emit_numbered(bus, {.number = 1'000'000});
  ASSERT_TRUE(eventually([&] { return inside.load(); }));
  EmitResult last = EmitResult::kAccepted;
  steady_clock::time_point begin;
  for (int i = 0; i < 40 && last == EmitResult::kAccepted; ++i) {
    begin = steady_clock::now();
    last = emit_numbered(bus, {.number = 2'000'000 + i, .text_bytes = 900});
  }
  EXPECT_EQ(last, EmitResult::kBlockTimeout);
  // Once more, where this thread was stopped in between: two waits are two every time.
  for (int i = 0; i < 5 && since(begin) >= milliseconds(2 * kTimeoutMs); ++i) {
    begin = steady_clock::now();
    last = emit_numbered(bus, {.number = 3'000'000 + i, .text_bytes = 900});
  }
  EXPECT_LT(since(begin), milliseconds(2 * kTimeoutMs));
  gate.open();
  held_up.gate.open();
  ASSERT_TRUE(bus.flush(kLong).ok());
}

// --- Only those who emit what it wants are slowed ---

TEST(G8_BlockTest, ProducersOfOtherTypesAreNotSlowed) {
  HeldUp held_up;
  TraceEventBus bus;
  ExporterOptions options = blocking(100);
  options.filter = Filter::types({"tool_start"});
  const auto slow = bus.add_exporter(held_up.exporter(), options);
  const auto good = std::make_shared<NumberedReceiver>();
  ASSERT_TRUE(
      bus.add_exporter(receiving_exporter(good), {.filter = Filter::types({"agent_start"})}).ok());
  emit_until_blocked(bus, *slow, "tool_start");
  std::atomic<bool> done = false;
  std::thread waiting([&] {
    while (!done) emit_numbered(bus, {.producer = 1, .number = 1, .type = "tool_start"});
  });
  const auto begin = steady_clock::now();
  for (std::int64_t number = 1; number <= 1000; ++number) {
    EXPECT_EQ(emit_numbered(bus, {.number = number}), EmitResult::kAccepted);
  }
  EXPECT_LT(since(begin), milliseconds(1000 * 100 / 10));  // a tenth of what waiting would take
  done = true;
  waiting.join();
  held_up.gate.open();
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_EQ(good->numbers(0), numbers_to(1000));
}

TEST(G8_BlockTest, CallbacksThatEmitNeverWait) {
  constexpr std::int64_t kEchoes = 3000;
  for (const RunOn run_on : {RunOn::kDispatcher, RunOn::kSharedWorker, RunOn::kOwnWorker}) {
    HeldUp held_up;
    TraceEventBus bus;
    ExporterOptions options = blocking(kForEverMs);
    options.filter = Filter::types({"tool_start"});
    const auto slow = bus.add_exporter(held_up.exporter(), options);
    std::atomic<std::int64_t> echoed = 0;
    const auto echo = [&](const EventView&) {
      for (std::int64_t i = 0; i < kEchoes; ++i) {
        const EmitResult result = emit_numbered(bus, {.number = ++echoed, .type = "tool_start"});
        EXPECT_EQ(result, EmitResult::kAccepted);
      }
    };
    ASSERT_TRUE(bus.subscribe_filter({"agent_end"}, echo, {.run_on = run_on}).ok());
    // The first echoes close the gate, and sooner or later some find it closed.
    const auto gave_up = [&] {
      return count(stats_of(bus, *slow).dropped, DropReason::kBlockTimeout);
    };
    const auto deadline = steady_clock::now() + kLong;
    std::int64_t round = 0;
    while (gave_up() == 0 && steady_clock::now() < deadline) {
      emit_numbered(bus, {.number = ++round, .type = "agent_end"});
      ASSERT_TRUE(eventually([&] { return echoed == round * kEchoes; }));
      ASSERT_TRUE(eventually([&] { return bus.stats().waiting == 0; }));
    }
    held_up.gate.open();
    ASSERT_TRUE(bus.flush(kLong).ok());
    const SubscriptionStats stats = stats_of(bus, *slow);
    EXPECT_EQ(stats.delivered, held_up.receiver->count());
    EXPECT_GT(count(stats.dropped, DropReason::kBlockTimeout), 0u);
    EXPECT_EQ(stats.delivered + count(stats.dropped, DropReason::kBlockTimeout),
              static_cast<std::uint64_t>(round * kEchoes));
    EXPECT_THAT(held_up.receiver->problems(), IsEmpty());
  }
}

// --- Nobody is held for ever ---

TEST(G8_BlockTest, WithinANoWaitScopeEmitsNeverWait) {
  HeldUp held_up;
  TraceEventBus bus;
  const auto slow = bus.add_exporter(held_up.exporter(), blocking(kForEverMs));
  std::atomic<std::int64_t> gave_up = 0;
  std::atomic<std::int64_t> last = 0;
  std::atomic<bool> stop = false;
  std::thread producer([&] {
    {
      const NoWaitScope no_wait;
      { const NoWaitScope inner; }
      gave_up = emit_until_blocked(bus, *slow);
    }
    for (std::int64_t number = gave_up + 1; !stop; ++number) {
      emit_numbered(bus, {.number = number});
      last = number;
      // Those who do not wait are not to bury the bus.
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
  });
  EXPECT_TRUE(eventually([&] { return gave_up != 0; }));
  const auto waits = [&] {
    const std::int64_t before = last;
    std::this_thread::sleep_for(milliseconds(100));
    return last == before;
  };
  EXPECT_TRUE(eventually(waits)) << "the scope is over, and with it the right not to wait";
  stop = true;
  held_up.gate.open();
  producer.join();
  ASSERT_TRUE(bus.flush(kLong).ok());
  const SubscriptionStats stats = stats_of(bus, *slow);
  const std::uint64_t dropped = count(stats.dropped, DropReason::kBlockTimeout);
  EXPECT_GT(dropped, 0u);
  EXPECT_EQ(stats.delivered + dropped, static_cast<std::uint64_t>(last));
  EXPECT_EQ(held_up.receiver->count(), stats.delivered);
  EXPECT_EQ(held_up.receiver->numbers(0).back(), last) << "the one that waited";
}

// Threads that wait for a subscription that takes nothing.
struct Waiting {
  explicit Waiting(TraceEventBus& bus) {
    for (std::int64_t producer = 1; producer <= 4; ++producer) {
      threads.emplace_back([this, &bus, producer] {
        for (std::int64_t number = 1; !stop; ++number) {
          last = emit_numbered(bus, {.producer = producer, .number = number});
          ++emitted;
          // Those who do not wait are not to bury the bus.
          std::this_thread::sleep_for(std::chrono::microseconds(100));
        }
      });
    }
  }
  ~Waiting() {
    stop = true;
    for (std::thread& thread : threads) thread.join();
  }
  // Whether nobody gets any further.
  bool all_wait() const {
    const std::uint64_t before = emitted;
    std::this_thread::sleep_for(milliseconds(100));
    return emitted == before;
  }
  std::atomic<bool> stop = false;
  std::atomic<std::uint64_t> emitted = 0;
  std::atomic<EmitResult> last = EmitResult::kAccepted;
  std::vector<std::thread> threads;
};

TEST(G8_BlockTest, UnsubscribeReleasesThoseWhoWait) {
  HeldUp held_up;
  TraceEventBus bus;
  const auto slow = bus.add_exporter(held_up.exporter(), blocking(kForEverMs));
  const auto good = std::make_shared<NumberedReceiver>();
  ASSERT_TRUE(bus.add_exporter(receiving_exporter(good), {.queue_bytes_max = 64 << 20}).ok());
  {
    Waiting producers(bus);
    ASSERT_TRUE(eventually([&] { return producers.all_wait(); }));
    EXPECT_TRUE(bus.unsubscribe(*slow, milliseconds(10)));
    EXPECT_TRUE(eventually([&] { return !producers.all_wait(); }));
  }
  held_up.gate.open();
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_THAT(good->problems(), IsEmpty());
  EXPECT_GT(good->count(), 0u);
}

TEST(G8_BlockTest, UsersAsk1_ShutdownWithAHungBlockingExporterKeepsItsDeadline) {
  const auto gate = std::make_shared<Gate>();
  const auto receiver = std::make_shared<NumberedReceiver>();
  {
    TraceEventBus bus;
    const auto hang = [gate](const Batch&, const ExportContext&) {
      gate->pass();
      return ExportResult::ok();
    };
    const auto slow = bus.add_exporter(receiving_exporter(receiver, hang), blocking(kForEverMs));
    Waiting producers(bus);
    ASSERT_TRUE(eventually([&] { return producers.all_wait(); }));
    const auto begin = steady_clock::now();
    EXPECT_EQ(bus.shutdown(milliseconds(200)).code(), absl::StatusCode::kDeadlineExceeded);
    EXPECT_LT(since(begin), milliseconds(5000));
    EXPECT_TRUE(eventually([&] { return producers.last == EmitResult::kClosed; }));
    const SubscriptionStats stats = stats_of(bus, *slow);
    EXPECT_EQ(stats.matched, stats.delivered + total(stats.dropped));
    EXPECT_EQ(stats.in_flight, 0u);
  }
  gate->open();
  // The thread that was left behind ends, and with it its exporter.
  EXPECT_TRUE(eventually([&] { return gate.use_count() == 1; }));
}

}  // namespace
}  // namespace tracebus::testing
