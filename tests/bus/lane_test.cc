// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/lane.h"

#include <gtest/gtest.h>

#include <memory>

#include "tracebus/bus/seat.h"
#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/core/built_record.h"

namespace tracebus::testing {
namespace {

// A subscription to everything since a stamp, and its place at a lane.
class Taker {
 public:
  Taker(Lane& lane, const std::shared_ptr<BlockPool>& pool, std::uint64_t since_ticks,
        const ExporterOptions& options = {})
      : subscription_(std::make_shared<QueuedSubscription>(
            SubscriptionId{}, options, std::make_unique<OneCallbackSink>(nullptr),
            QueuedSubscription::Home{{pool}, 1, 0}, since_ticks)),
        seat_(subscription_, 0, *pool) {
    lane.add(seat_);
  }
  std::uint64_t matched() const { return subscription_->channels[0]->matched.get(); }
  std::uint64_t refused_verbose() const {
    return count(subscription_->drops.get(), DropReason::kVerbose);
  }
  std::uint64_t lost_as_full() const {
    return count(subscription_->drops.get(), DropReason::kFull);
  }
  std::uint64_t queue_bytes() const { return subscription_->channels[0]->queue_bytes.get(); }
  bool pressed() const { return seat_.pressed(); }
  std::uint64_t published() const { return subscription_->channels[0]->queue.published(); }

 private:
  const std::shared_ptr<QueuedSubscription> subscription_;
  Seat seat_;
};

class LaneTest : public ::testing::Test {
 protected:
  void append(std::uint64_t ticks, Admission admission = {}) { append_to(lane_, ticks, admission); }
  static void append_to(Lane& lane, std::uint64_t ticks, Admission admission = {}) {
    BuiltRecord record = build({.event_type = "lane_test"});
    auto& header = *reinterpret_cast<RecordHeader*>(record.place());
    header.ticks = ticks;
    lane.append(record.place(), header, 0, admission);
  }

  const std::shared_ptr<BlockPool> pool_ = std::make_shared<BlockPool>(anonymous_arena());
  Lane lane_{*pool_, kBlockBytesMin, false};
};

TEST_F(LaneTest, ASeatGetsWhatIsStampedSinceItSubscribed) {
  const Taker first(lane_, pool_, 0);
  append(10);
  const Taker second(lane_, pool_, 20);
  append(15);
  append(20);
  append(25);
  lane_.publish(30);
  EXPECT_EQ(first.published(), 4u);
  EXPECT_EQ(second.published(), 2u);
}

// What a stopped producer held up in the emergency ring comes late, with its old stamp.
TEST_F(LaneTest, WhatComesLateDoesNotReachThoseWhoSubscribedAfterItWasStamped) {
  const Taker first(lane_, pool_, 0);
  const Taker second(lane_, pool_, 20);
  append(30);
  append(10);  // of before the second subscribed
  append(11);
  append(31);
  lane_.publish(40);
  append(12);
  lane_.publish(40);
  EXPECT_EQ(first.published(), 5u);
  EXPECT_EQ(first.matched(), 5u);
  EXPECT_EQ(second.published(), 2u);
  EXPECT_EQ(second.matched(), 2u);
}

// A pass that ends without an event of that stamp lets the second in as well.
TEST_F(LaneTest, WhatComesLateAfterAPassWithoutEventsIsOldAllTheSame) {
  const Taker first(lane_, pool_, 0);
  const Taker second(lane_, pool_, 20);
  lane_.publish(40);
  append(10);
  lane_.publish(41);
  append(42);
  lane_.publish(43);
  EXPECT_EQ(first.published(), 2u);
  EXPECT_EQ(second.published(), 1u);
}

// Queues so full that verbose events give way: one that is old is no loss of those who were not
// there.
TEST_F(LaneTest, LateVerboseEventIsRefusedByThoseOnlyWhoSubscribedBeforeIt) {
  Lane lane(*pool_, kBlockBytesMin, true);
  const ExporterOptions small = {.queue_bytes_max = kQueueBytesMin};
  const Taker first(lane, pool_, 0, small);
  const Taker second(lane, pool_, 20, small);
  std::uint64_t ticks = 20;
  while (!first.pressed() || !second.pressed()) append_to(lane, ++ticks);
  lane.publish(ticks);
  lane.begin_pass();  // in which they move aside
  const std::uint64_t matched = first.matched();
  EXPECT_EQ(second.matched(), matched);
  append_to(lane, 10, {.verbose = true});
  append_to(lane, ++ticks, {.verbose = true});
  lane.publish(ticks);
  EXPECT_EQ(first.refused_verbose(), 2u);
  EXPECT_EQ(first.matched(), matched + 2);
  EXPECT_EQ(second.refused_verbose(), 1u);
  EXPECT_EQ(second.matched(), matched + 1);
}

// --- Queues without room, whose workers read nothing ---

ExporterOptions small_queue() {
  ExporterOptions options;
  options.overflow = Overflow::kDropNewest;
  options.queue_bytes_max = kQueueBytesMin;
  return options;
}
constexpr std::uint64_t kFarMoreThanFit = 10 * kQueueBytesMin / sizeof(RecordHeader);

// What is lost is lost to the one without room, which is not charged more than its budget.
TEST_F(LaneTest, FullQueueGoesWithoutTheBlocksThatAnotherOneTakes) {
  const Taker small(lane_, pool_, 0, small_queue());
  const Taker large(lane_, pool_, 0);
  for (std::uint64_t ticks = 1; ticks <= kFarMoreThanFit; ++ticks) append(ticks);
  lane_.publish(kFarMoreThanFit);
  EXPECT_EQ(large.published(), kFarMoreThanFit);
  EXPECT_EQ(small.queue_bytes(), kQueueBytesMin);
  EXPECT_GT(small.published(), 0u);
  EXPECT_GT(small.lost_as_full(), 0u);
  EXPECT_EQ(small.published() + small.lost_as_full(), kFarMoreThanFit);
}

TEST_F(LaneTest, WhereNobodyHasRoomNoBlockIsTaken) {
  const Taker first(lane_, pool_, 0, small_queue());
  const Taker second(lane_, pool_, 0, small_queue());
  for (std::uint64_t ticks = 1; ticks <= kFarMoreThanFit; ++ticks) append(ticks);
  lane_.publish(kFarMoreThanFit);
  EXPECT_EQ(pool_->allocated_bytes(), kQueueBytesMin);
  for (const Taker* taker : {&first, &second}) {
    EXPECT_EQ(taker->published() + taker->lost_as_full(), kFarMoreThanFit);
  }
}

}  // namespace
}  // namespace tracebus::testing
