// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/timer.h"

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>

#include "tracebus/tests/bus/simulated_clock.h"

namespace tracebus {
namespace {

using std::chrono_literals::operator""ms;
using testing::SimulatedClock;

TEST(Timer, Row42_StopSaysTheSecondsSinceStart) {
  SimulatedClock clock;
  Timer timer;
  EXPECT_EQ(timer.elapsed(), 0.0);
  EXPECT_EQ(&timer.start(), &timer);
  clock.pass(1500ms);
  EXPECT_EQ(timer.elapsed(), 0.0) << "before the first stop";
  EXPECT_DOUBLE_EQ(timer.stop(), 1.5);
  EXPECT_DOUBLE_EQ(timer.elapsed(), 1.5);
}

TEST(Timer, Row42_EachStopMeasuresFromTheLastStart) {
  SimulatedClock clock;
  Timer timer;
  timer.start();
  clock.pass(250ms);
  timer.stop();
  clock.pass(250ms);
  EXPECT_DOUBLE_EQ(timer.stop(), 0.5);
  timer.start();
  clock.pass(125ms);
  EXPECT_DOUBLE_EQ(timer.stop(), 0.125);
}

TEST(Timer, Row42_StopWithoutStartMeasuresNothing) {
  Timer timer;
  EXPECT_EQ(timer.stop(), 0.0);
  EXPECT_EQ(timer.elapsed(), 0.0);
}

TEST(Timer, Row42_AWallClockThatIsSetBackDoesNotMatter) {
  SimulatedClock clock;
  Timer timer;
  timer.start();
  clock.pass(500ms);
  clock.set_wall_by(-3600'000ms);
  EXPECT_DOUBLE_EQ(timer.stop(), 0.5);
}

TEST(Timer, Row42_AScopeStopsItsTimerAlsoWhenAnExceptionLeavesIt) {
  SimulatedClock clock;
  Timer timer;
  try {
    const ScopedTimer timing(timer);
    clock.pass(750ms);
    throw std::runtime_error("gone");
  } catch (const std::runtime_error&) {
    clock.pass(1000ms);
  }
  EXPECT_DOUBLE_EQ(timer.elapsed(), 0.75);
}

}  // namespace
}  // namespace tracebus
