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
  Taker(Lane& lane, const std::shared_ptr<BlockPool>& pool, std::uint64_t since_ticks)
      : subscription_(std::make_shared<QueuedSubscription>(
            SubscriptionId{}, ExporterOptions{}, std::make_unique<OneCallbackSink>(nullptr),
            QueuedSubscription::Home{{pool}, 1, 0}, since_ticks)),
        seat_(subscription_, 0, *pool) {
    lane.add(seat_);
  }
  std::uint64_t matched() const { return subscription_->channels[0]->matched.get(); }
  std::uint64_t published() const { return subscription_->channels[0]->queue.published(); }

 private:
  const std::shared_ptr<QueuedSubscription> subscription_;
  Seat seat_;
};

class LaneTest : public ::testing::Test {
 protected:
  void append(std::uint64_t ticks) {
    BuiltRecord record = build({.event_type = "lane_test"});
    auto& header = *reinterpret_cast<RecordHeader*>(record.place());
    header.ticks = ticks;
    lane_.append(record.place(), header, 0, {});
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

}  // namespace
}  // namespace tracebus::testing
