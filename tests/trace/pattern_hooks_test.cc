// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/pattern_hooks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/tests/trace/span_rig.h"

namespace tracebus {
namespace {

using testing::Seen;
using ::testing::SizeIs;
using testing::SpanRig;

class Vote : public PatternHooks<Vote> {
 public:
  std::string run(std::string_view input, bool fails = false) {
    return run_hooked({.pattern = "vote", .input = input}, [&](PatternRun& run) -> std::string {
      run.set("rounds", 2);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      if (fails) throw std::runtime_error("no majority");
      return "yes, élan";
    });
  }
};

TEST(PatternHooksTest, Row26StartAndEndSayWhatTheSeedSays) {
  SpanRig rig(Filter(), {}, /*content=*/true);
  Vote vote;
  vote.set_trace_bus(rig.bus).set_service_name("elections");
  EXPECT_EQ(vote.run("shall we?"), "yes, élan");
  const std::vector<Seen> seen = rig.take();
  ASSERT_THAT(seen, SizeIs(2));
  EXPECT_EQ(seen[0].type, "pattern_start");
  EXPECT_EQ(seen[0].pattern, "vote");
  EXPECT_EQ(seen[0]["input"], "\"shall we?\"");
  EXPECT_EQ(seen[0]["service.name"], "\"elections\"");
  const Seen& end = seen[1];
  EXPECT_EQ(end.type, "pattern_end");
  EXPECT_EQ(end["output"], "\"yes, élan\"");
  EXPECT_EQ(end["output_length"], "9") << "characters, not bytes";
  EXPECT_EQ(end["token_estimate"], "2");
  EXPECT_EQ(end["rounds"], "2");
  EXPECT_EQ(end["span.status"], "\"ok\"");
  EXPECT_GE(std::stod(end["duration_seconds"]), 0.002);
}

TEST(PatternHooksTest, Row26AFailureIsAnErrorAndAnEnd) {
  SpanRig rig;
  Vote vote;
  vote.set_trace_bus(rig.bus);
  EXPECT_THROW(vote.run("x", true), std::runtime_error);
  const std::vector<Seen> seen = rig.take();
  ASSERT_THAT(seen, SizeIs(3));
  EXPECT_EQ(seen[1].type, "error");
  EXPECT_EQ(seen[1]["message"], "\"no majority\"");
  EXPECT_EQ(seen[2].type, "pattern_end");
  EXPECT_EQ(seen[2]["span.status"], "\"error\"");
}

TEST(PatternHooksTest, WithoutABusNothingIsEmitted) {
  SpanRig rig;
  EXPECT_EQ(Vote().run("x"), "yes, élan");
  EXPECT_THAT(rig.take(), SizeIs(0));
}

}  // namespace
}  // namespace tracebus
