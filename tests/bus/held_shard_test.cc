// SPDX-License-Identifier: Apache-2.0
//
// Several dispatchers, of which one is stopped in the middle of a pass, with an event that it has
// not queued yet: the others go on, and nothing that happens meanwhile makes that event get lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

#include "tracebus/tests/bus/held_arena.h"
#include "tracebus/tests/bus/numbered_events.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr std::size_t kShards = 2;
constexpr std::size_t kQueueBytes = std::size_t{256} << 10;
// An eighth of a shard's part of the queue, and of no ring: those are larger, or free.
constexpr std::size_t kBlockBytes = kQueueBytes / kShards / 8;

class HeldShardTest : public ::testing::Test {
 protected:
  HeldShardTest() {
    for (std::size_t i = 0; i < kShards; ++i) producers_.push_back(bus_->producer());
  }
  ~HeldShardTest() override {
    arena_.release();
    producers_.clear();  // the arena outlives them
    bus_.reset();
  }

  ExporterOptions small() const {
    return {.batch = {.delay_ms_max = 0}, .queue_bytes_max = kQueueBytes};
  }
  // The first producer's dispatcher stops at its first event, number 1.
  void hold_first_shard() {
    arena_.hold_next(kBlockBytes);
    EXPECT_EQ(emit(0, 1), EmitResult::kAccepted);
    ASSERT_TRUE(eventually([&] { return arena_.holds(); }));
  }
  EmitResult emit(std::size_t producer, std::int64_t number) {
    return emit_numbered(producers_[producer],
                         {.producer = static_cast<std::int64_t>(producer), .number = number});
  }

  HeldArena arena_;
  const std::shared_ptr<NumberedReceiver> seen_ = std::make_shared<NumberedReceiver>();
  std::unique_ptr<TraceEventBus> bus_ =
      std::make_unique<TraceEventBus>(BusOptions{.dispatchers = kShards, .arena = &arena_});
  std::vector<Producer> producers_;
};

TEST_F(HeldShardTest, OtherShardsEventsAreDelivered) {
  ASSERT_TRUE(bus_->add_exporter(receiving_exporter(seen_), small()).ok());
  hold_first_shard();
  for (std::int64_t n = 1; n <= 100; ++n) EXPECT_EQ(emit(1, n), EmitResult::kAccepted);
  EXPECT_TRUE(eventually([&] { return seen_->numbers(1) == numbers_to(100); }));
  EXPECT_TRUE(seen_->numbers(0).empty());
  const absl::Status late = bus_->flush(milliseconds(20));
  EXPECT_EQ(late.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(late.message()), HasSubstr("busy: dispatcher"));
  arena_.release();
  ASSERT_TRUE(bus_->flush(kLong).ok());
  EXPECT_EQ(seen_->numbers(0), numbers_to(1));
}

// The worker waits for the dispatcher that has not left, as it will queue one event more.
TEST_F(HeldShardTest, EventOfAHeldShardIsCountedAfterUnsubscribe) {
  std::atomic<bool> shut_down = false;
  const auto id = bus_->add_exporter(exporter_of({.shutdown =
                                                      [&](Deadline) {
                                                        shut_down = true;
                                                        return absl::OkStatus();
                                                      }}),
                                     small());
  ASSERT_TRUE(id.ok());
  hold_first_shard();
  // Somebody else, so that it can be seen that the second shard has taken up what is new.
  const SubscriptionId other =
      bus_->subscribe_filter({"agent_end"}, [&](const EventView& event) { seen_->see(event); });
  EXPECT_TRUE(bus_->unsubscribe(*id, milliseconds(10)));
  emit_numbered(producers_[1], {.producer = 1, .number = 1, .type = "agent_end"});
  ASSERT_TRUE(eventually([&] { return seen_->count() == 1; }));
  std::this_thread::sleep_for(milliseconds(20));  // for a worker that would end now
  EXPECT_FALSE(shut_down);
  arena_.release();
  EXPECT_TRUE(eventually([&] { return shut_down.load(); }));
  EXPECT_TRUE(eventually([&] {
    const SubscriptionStats stats = stats_of(*bus_, *id);
    return stats.matched == 1 && count(stats.dropped, DropReason::kUnsubscribed) == 1;
  }));
  EXPECT_TRUE(bus_->unsubscribe(other));
}

// Came and went while a dispatcher was stopped: that one never had a seat for it.
TEST_F(HeldShardTest, SubscriptionThatAShardNeverAdoptedEnds) {
  ASSERT_TRUE(bus_->add_exporter(receiving_exporter(seen_), small()).ok());
  hold_first_shard();
  std::atomic<bool> shut_down = false;
  const auto brief = bus_->add_exporter(exporter_of({.shutdown = [&](Deadline) {
    shut_down = true;
    return absl::OkStatus();
  }}));
  ASSERT_TRUE(brief.ok());
  const absl::Status late = bus_->flush(milliseconds(10));
  EXPECT_EQ(late.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(bus_->unsubscribe(*brief, milliseconds(10)));
  EXPECT_FALSE(shut_down);
  arena_.release();
  EXPECT_TRUE(eventually([&] { return shut_down.load(); }));
  ASSERT_TRUE(bus_->flush(kLong).ok());
  EXPECT_EQ(stats_of(*bus_, *brief).matched, 0u);
}

// Shards that parked for good hear of it all the same.
TEST_F(HeldShardTest, ParkedShardsAdoptFlushAndLeave) {
  const auto parks = [&] { return bus_->stats().parks; };
  ASSERT_TRUE(eventually([&] {
    const std::uint64_t before = parks();
    std::this_thread::sleep_for(milliseconds(100));
    return parks() == before;
  }));
  std::atomic<int> flushes = 0;
  std::atomic<bool> shut_down = false;
  const auto id = bus_->add_exporter(exporter_of({.flush =
                                                      [&](Deadline) {
                                                        ++flushes;
                                                        return absl::OkStatus();
                                                      },
                                                  .shutdown =
                                                      [&](Deadline) {
                                                        shut_down = true;
                                                        return absl::OkStatus();
                                                      }}));
  ASSERT_TRUE(id.ok());
  ASSERT_TRUE(bus_->flush(kLong).ok());
  EXPECT_GE(flushes, 1);
  EXPECT_LE(flushes, static_cast<int>(kShards));
  EXPECT_TRUE(bus_->unsubscribe(*id, kLong));
  EXPECT_TRUE(shut_down);  // not given up on
}

// The shard with the fewest producers may be one without room, as its rings are larger.
TEST_F(HeldShardTest, ProducersGoWhereThereIsRoomForARing) {
  constexpr std::size_t kGrowth = 4;  // in small rings
  constexpr std::size_t kRings = 5 + kGrowth;
  TraceEventBus bus({.ring_bytes = kRingBytesMin,
                     .ring_bytes_max = kGrowth * kRingBytesMin,
                     .ring_budget_bytes = kShards * kRings * kRingBytesMin,
                     .dispatchers = kShards,
                     .arena = &arena_});
  ASSERT_TRUE(bus.add_exporter(receiving_exporter(seen_), small()).ok());
  std::vector<Producer> producers;
  producers.push_back(bus.producer());
  arena_.hold_next(kBlockBytes);  // so that what it grows by is not given back
  while (emit_numbered(producers[0], {.number = 1}) == EmitResult::kAccepted) continue;
  ASSERT_TRUE(eventually([&] { return arena_.holds(); }));
  EXPECT_TRUE(eventually([&] {
    if (Producer producer = bus.producer()) producers.push_back(std::move(producer));
    return producers.size() == kRings + kRings - kGrowth;
  }));
  EXPECT_FALSE(bus.producer());
  arena_.release();
}

// Overflow::kBlock: a shard's full queue stops those who emit through that shard.
TEST_F(HeldShardTest, FullQueueOfOneShardHoldsUpNobodyOfAnother) {
  Gate hold;
  std::atomic<bool> inside = false;
  ExporterOptions blocking = small();
  blocking.overflow = Overflow::kBlock;
  blocking.block_timeout_ms = 1;
  const auto id = bus_->add_exporter(receiving_exporter(seen_,
                                                        [&](const Batch&, const ExportContext&) {
                                                          inside = true;
                                                          hold.pass();
                                                          return ExportResult::ok();
                                                        }),
                                     blocking);
  ASSERT_TRUE(id.ok());
  const auto given_up = [&] {
    return count(stats_of(*bus_, *id).dropped, DropReason::kBlockTimeout);
  };
  std::int64_t first = 0;
  while (given_up() == 0 && first < 100'000) emit(0, ++first);
  ASSERT_GT(given_up(), 0u);
  ASSERT_TRUE(eventually([&] { return bus_->stats().waiting == 0; }));
  const std::uint64_t before = given_up();
  for (std::int64_t n = 1; n <= 100; ++n) EXPECT_EQ(emit(1, n), EmitResult::kAccepted);
  ASSERT_TRUE(eventually([&] { return bus_->stats().waiting == 0; }));
  EXPECT_EQ(given_up(), before);  // who waits gives up, as the gate does not open
  EXPECT_EQ(emit(0, ++first), EmitResult::kAccepted);
  EXPECT_TRUE(eventually([&] { return given_up() == before + 1; }));
  hold.open();
  ASSERT_TRUE(bus_->flush(kLong).ok());
  EXPECT_EQ(seen_->numbers(1), numbers_to(100));
  EXPECT_TRUE(inside);
}

}  // namespace
}  // namespace tracebus::testing
