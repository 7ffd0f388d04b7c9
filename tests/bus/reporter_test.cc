// SPDX-License-Identifier: Apache-2.0
//
// What the reporter says, and when, on a clock that the test moves.
#include "tracebus/bus/reporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tracebus/tests/bus/bus_test_support.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ReporterTest : public ::testing::Test {
 protected:
  ReporterTest() {
    ExporterOptions options;
    options.name = "late";
    options.on_overflow = [this](const OverflowReport& report) { reports_.push_back(report); };
    const auto pool = std::make_shared<BlockPool>(anonymous_arena());
    one_ = std::make_shared<QueuedSubscription>(SubscriptionId{}, options,
                                                std::make_unique<OneCallbackSink>(nullptr),
                                                QueuedSubscription::Home{{pool}, 1, 0}, 0);
  }

  void lose(std::uint64_t events) { one_->drops.add(DropReason::kFull, events); }
  // Looks after so much time; how long the reporter would then sleep, zero for ever.
  milliseconds look_after(milliseconds time) {
    now_ += time;
    const auto next = reporter_.look({one_}, rejected_, now_);
    if (next == Reporter::TimePoint::max()) return milliseconds(0);
    return std::chrono::duration_cast<milliseconds>(next - now_);
  }
  std::vector<std::string> take_log() { return std::exchange(log_, {}); }

  std::vector<std::string> log_;
  std::vector<OverflowReport> reports_;
  std::shared_ptr<QueuedSubscription> one_;
  DropCounts rejected_{};
  Reporter reporter_{[this](std::string_view text) { log_.emplace_back(text); }};
  Reporter::TimePoint now_{seconds(1000)};
};

TEST_F(ReporterTest, BeginAndEndAreSaidOnceEachWithExactNumbers) {
  EXPECT_EQ(look_after(seconds(1)), milliseconds(0));
  lose(3);
  EXPECT_EQ(look_after(seconds(1)), seconds(1));
  for (int i = 0; i < 5; ++i) {
    lose(1);
    EXPECT_EQ(look_after(milliseconds(999)), seconds(1));
  }
  EXPECT_EQ(look_after(milliseconds(999)), seconds(1));  // not quiet for a second yet
  ASSERT_EQ(reports_.size(), 1u);
  EXPECT_EQ(look_after(milliseconds(1)), milliseconds(0));
  look_after(seconds(30));
  EXPECT_THAT(take_log(), ElementsAre("late began to lose events: full 3",
                                      "late stopped losing events: full 8 in all"));
  ASSERT_EQ(reports_.size(), 2u);
  EXPECT_TRUE(reports_[0].dropping);
  EXPECT_EQ(count(reports_[0].dropped, DropReason::kFull), 3u);
  EXPECT_FALSE(reports_[1].dropping);
  EXPECT_EQ(count(reports_[1].dropped, DropReason::kFull), 8u);
}

// Each time for the callback, but not for the log: somebody reads that.
TEST_F(ReporterTest, LogIsRateLimitedAndTheCallbackIsNot) {
  for (int burst = 0; burst < 4; ++burst) {  // at 0, 2, 4 and 6 seconds
    lose(1);
    look_after(seconds(1));
    look_after(seconds(1));
  }
  EXPECT_EQ(reports_.size(), 8u);
  EXPECT_THAT(take_log(), ElementsAre("late began to lose events: full 1",
                                      "late stopped losing events: full 1 in all"));
  lose(1);
  look_after(seconds(3));
  EXPECT_THAT(take_log(), ElementsAre("late began to lose events: full 5"));
}

TEST_F(ReporterTest, EmitsThatFindNoRoomAreSaidAndThoseToAClosedBusAreNot) {
  rejected_[static_cast<std::size_t>(DropReason::kClosed)] = 7;
  look_after(seconds(1));
  EXPECT_THAT(take_log(), IsEmpty());
  rejected_[static_cast<std::size_t>(DropReason::kFull)] = 2;
  look_after(seconds(1));
  rejected_[static_cast<std::size_t>(DropReason::kFull)] = 5;
  look_after(seconds(1));
  look_after(seconds(1));
  EXPECT_THAT(take_log(), ElementsAre("emit began to lose events: full 2",
                                      "emit stopped losing events: full 5 in all"));
}

TEST_F(ReporterTest, AnErrorIsSaidOnceAndTheNextOneAfterAWhile) {
  one_->note_error("disk is full");
  look_after(seconds(1));
  look_after(seconds(30));
  EXPECT_THAT(take_log(), ElementsAre("late: disk is full"));
  one_->note_error("disk is gone");
  look_after(seconds(1));
  one_->note_error("no disk");
  look_after(seconds(9));
  EXPECT_THAT(take_log(), ElementsAre("late: disk is gone"));
  look_after(seconds(1));
  EXPECT_THAT(take_log(), ElementsAre("late: no disk"));
}

}  // namespace
}  // namespace tracebus::testing
