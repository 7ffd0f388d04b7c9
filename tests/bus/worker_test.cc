// SPDX-License-Identifier: Apache-2.0
//
// A worker between two dispatchers, step by step: the test does what these do, and in which order.
#include "tracebus/bus/worker.h"

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <memory>
#include <thread>
#include <utility>

#include "tracebus/bus/lane.h"
#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/bus/process_cpu.h"
#include "tracebus/tests/core/built_record.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;

class WorkerTest : public ::testing::Test {
 protected:
  static constexpr std::uint32_t kShards = 2;

  // The side of one dispatcher.
  struct Side {
    Side(const std::shared_ptr<QueuedSubscription>& subscription, std::uint32_t shard,
         BlockPool& pool)
        : lane(pool, subscription->block_bytes, false), seat(subscription, shard, pool) {
      lane.add(seat);
    }
    void append(int events) {
      for (int i = 0; i < events; ++i) {
        BuiltRecord record = build({.event_type = "worker_test"});
        lane.append(record.place(), *reinterpret_cast<const RecordHeader*>(record.place()), 0, {});
      }
    }
    void publish() { lane.publish(~std::uint64_t{0}); }
    void leave() {
      lane.remove(seat);
      seat.leave();
    }
    Lane lane;
    Seat seat;
  };

  WorkerTest() {
    std::vector<std::shared_ptr<BlockPool>> pools;
    for (std::uint32_t i = 0; i < kShards; ++i) {
      pools.push_back(std::make_shared<BlockPool>(anonymous_arena()));
    }
    ExporterOptions options;
    options.batch = {.events_max = 100, .delay_ms_max = 3'600'000};
    auto exporter = exporter_of({.export_batch =
                                     [this](const Batch& batch, const ExportContext&) {
                                       exported_ += batch.size();
                                       return ExportResult::ok();
                                     },
                                 .flush =
                                     [this](Deadline) {
                                       ++flushes_;
                                       return absl::OkStatus();
                                     },
                                 .shutdown =
                                     [this](Deadline) {
                                       ++shutdowns_;
                                       return absl::OkStatus();
                                     }});
    one_ = std::make_shared<QueuedSubscription>(SubscriptionId{}, options,
                                                std::make_unique<ExporterSink>(std::move(exporter)),
                                                QueuedSubscription::Home{pools, 1, 0}, 0);
    for (std::uint32_t i = 0; i < kShards; ++i) sides_.emplace_back(one_, i, *pools[i]);
  }
  std::uint64_t unsubscribed() const { return count(one_->drops.get(), DropReason::kUnsubscribed); }

  std::uint64_t exported_ = 0;
  int flushes_ = 0;
  std::atomic<int> shutdowns_ = 0;
  std::shared_ptr<QueuedSubscription> one_;
  std::deque<Side> sides_;
};

// One dispatcher is in a long pass when the subscription ends: what it still publishes is counted,
// and the worker, which is to count it, is still there.
TEST_F(WorkerTest, EndsOnlyWhenEveryDispatcherHasLeft) {
  Worker worker(*one_);
  for (Side& side : sides_) side.append(3);
  sides_[0].publish();
  sides_[0].leave();
  EXPECT_EQ(worker.step(), Worker::Step::kIdle);
  EXPECT_EQ(unsubscribed(), 3u);
  EXPECT_EQ(shutdowns_, 0);
  sides_[1].publish();
  EXPECT_EQ(worker.step(), Worker::Step::kIdle);
  EXPECT_EQ(unsubscribed(), 6u);
  sides_[1].append(2);
  EXPECT_EQ(shutdowns_, 0);
  sides_[1].leave();  // which publishes
  EXPECT_EQ(worker.step(), Worker::Step::kEnded);
  EXPECT_EQ(unsubscribed(), 8u);
  EXPECT_EQ(shutdowns_, 1);
  EXPECT_EQ(exported_, 0u);
  EXPECT_EQ(one_->stats().in_flight, 0u);
  for (Side& side : sides_) EXPECT_TRUE(side.seat.done());
}

// A subscription may end before a dispatcher has heard of it, and it says so twice.
TEST_F(WorkerTest, DispatcherThatNeverHadASeatLeavesAsWell) {
  Worker worker(*one_);
  one_->leave(1);
  one_->leave(1);
  EXPECT_EQ(worker.step(), Worker::Step::kIdle);
  one_->leave(0);
  EXPECT_EQ(worker.step(), Worker::Step::kEnded);
  EXPECT_EQ(shutdowns_, 1);
}

// The exporter is flushed once, for all dispatchers that asked and had their events settled.
TEST_F(WorkerTest, FlushWaitsForTheEventsOfAllThatAsk) {
  Worker worker(*one_);
  for (std::uint32_t i = 0; i < kShards; ++i) {
    sides_[i].append(1);
    sides_[i].publish();
    sides_[i].lane.ask_flush(7 + i);
  }
  for (std::uint64_t settled = 1; settled <= kShards; ++settled) {
    EXPECT_EQ(worker.step(), Worker::Step::kWorked);
    EXPECT_EQ(exported_, settled);
    EXPECT_FALSE(one_->flushed({7, 0}));
    EXPECT_FALSE(one_->flushed({0, 8}));
  }
  EXPECT_EQ(worker.step(), Worker::Step::kWorked);
  EXPECT_TRUE(one_->flushed({7, 8}));
  EXPECT_EQ(flushes_, 1);
  EXPECT_EQ(worker.step(), Worker::Step::kIdle);
}

// Whatever it waits for, it sleeps.
class SleepingWorkerTest : public WorkerTest {
 protected:
  SleepingWorkerTest() : thread_(Worker::start(one_, {}).value()) {}
  ~SleepingWorkerTest() override {
    for (std::uint32_t i = 0; i < kShards; ++i) one_->leave(i);
    thread_.join();
    EXPECT_EQ(shutdowns_, 1);
  }
  static bool falls_asleep() { return testing::falls_asleep(milliseconds(100), milliseconds(10)); }
  std::thread thread_;
};

TEST_F(SleepingWorkerTest, WithNothingToDo) { EXPECT_TRUE(falls_asleep()); }

TEST_F(SleepingWorkerTest, WithLessThanABatch) {
  sides_[1].append(50);
  sides_[1].publish();
  one_->wake();
  EXPECT_TRUE(falls_asleep());
  EXPECT_EQ(one_->unclaimed(), 50u);
}

TEST_F(SleepingWorkerTest, WhileADispatcherHasNotLeft) {
  sides_[0].append(50);
  sides_[0].publish();
  sides_[0].leave();
  EXPECT_TRUE(eventually([&] { return unsubscribed() == 50; }));
  EXPECT_TRUE(falls_asleep());
  EXPECT_EQ(shutdowns_, 0);
}

}  // namespace
}  // namespace tracebus::testing
