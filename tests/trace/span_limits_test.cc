// SPDX-License-Identifier: Apache-2.0
//
// What a span does where it meets a limit: what it loses is counted, the rest stays well formed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tracebus/tests/trace/span_rig.h"

namespace tracebus {
namespace {

using testing::Seen;
using ::testing::SizeIs;
using testing::SpanRig;

TEST(SpanLimits, MemoryIsBoundedAndWhatIsLostIsCounted) {
  SpanRig rig;
  {
    auto span = rig.tracer.chain("c");
    for (int i = 0; i < 200; ++i) span.set("key " + std::to_string(i), i);
    for (int i = 0; i < 200; ++i) span.add_event("e").add_link({});
    span.set("key 0", std::string(kSpanTextBytesMax + 10, 'x'));
  }
  const Seen end = rig.take_end();
  EXPECT_EQ(end["span.dropped_attributes"], std::to_string(200 - kSpanAttributesMax));
  EXPECT_EQ(end["span.dropped_events"], std::to_string(200 - kSpanEventsMax));
  EXPECT_EQ(end["span.dropped_links"], std::to_string(200 - kSpanLinksMax));
  EXPECT_EQ(end["span.truncated_bytes"], "10");
  EXPECT_EQ(end["key 127"], "127");
  EXPECT_EQ(end["key 128"], "");
}

TEST(SpanLimits, TextsOfAllAttributesAreBounded) {
  SpanRig rig;
  {
    auto span = rig.tracer.chain("c");
    for (int i = 0; i < 10; ++i) {
      span.set("key " + std::to_string(i), std::string(kSpanTextBytesMax, 'x'));
    }
  }
  const Seen end = rig.take_end();
  EXPECT_EQ(end["span.dropped_attributes"], "7") << "four would fit, but for their keys";
  EXPECT_EQ(end["key 2"].size(), kSpanTextBytesMax + 2);
  EXPECT_EQ(end["key 3"], "null");
}

TEST(SpanLimits, EachTextIsBoundedEvenWhereThereIsRoomForMore) {
  SpanRig rig;
  {
    auto span = rig.tracer.chain("c");
    span.set(attr<"first">(std::string(kSpanTextBytesMax - 10, 'x')));  // makes room for twice that
    span.set(attr<"second">(std::string(kSpanTextBytesMax + 1, 'y')));
  }
  const Seen end = rig.take_end();
  EXPECT_EQ(end["first"].size(), kSpanTextBytesMax - 10 + 2);
  EXPECT_EQ(end["second"].size(), kSpanTextBytesMax + 2);
  EXPECT_EQ(end["span.truncated_bytes"], "1");
}

// A value that is set again and again leaves no trace of what it was.
TEST(SpanLimits, ProgressCanBeSetForEver) {
  SpanRig rig;
  {
    auto span = rig.tracer.chain("c", {{"other", "stays"}});
    for (int i = 0; i < 100'000; ++i) span.set("progress", "step " + std::to_string(i));
  }
  const Seen end = rig.take_end();
  EXPECT_EQ(end["progress"], "\"step 99999\"");
  EXPECT_EQ(end["other"], "\"stays\"");
  EXPECT_EQ(end["span.dropped_attributes"], "");
}

TEST(SpanLimits, NamesOfAnyLengthAndKindOfAgent) {
  SpanRig rig;
  const std::string long_name(2 * kNameBytesMax, 'n');  // too long for a handle
  {
    auto agent = rig.tracer.agent(long_name);
    auto tool = rig.tracer.tool("");
  }
  const std::vector<Seen> seen = rig.take();
  ASSERT_THAT(seen, SizeIs(4));
  EXPECT_EQ(seen[2].agent, long_name);
  EXPECT_EQ(seen[2]["span.name"], "\"\"");
  EXPECT_EQ(seen[3]["span.name"].size(), kNameBytesMax + 2);
  EXPECT_EQ(seen[3]["span.truncated_bytes"], std::to_string(kNameBytesMax));
  for (const Seen& event : seen) EXPECT_TRUE(event.well_formed);
}

TEST(SpanLimits, NamesOfPatternsThatAreTextsAreInEachRecord) {
  SpanRig rig;
  const std::string pattern(2 * kNameBytesMax, 'p');  // too long for a handle
  {
    auto run = rig.tracer.pattern(pattern);
    auto agent = rig.tracer.agent("bull");
    auto tool = rig.tracer.tool("fetch");
    tool.set(attr<"query">("cats"));
  }
  const std::vector<Seen> seen = rig.take();
  ASSERT_THAT(seen, SizeIs(6));
  for (const Seen& event : seen) {
    EXPECT_TRUE(event.well_formed);
    EXPECT_EQ(event.pattern, pattern);
  }
  EXPECT_EQ(seen[3].agent, "bull");
  EXPECT_EQ(seen[3]["query"], "\"cats\"");
}

TEST(SpanLimits, AccountHoldsWhenTheRingIsFull) {
  SpanRig rig;
  for (int i = 0; i < 100'000; ++i) {
    auto span = rig.tracer.tool("t", {attr<"i">(i), {"text", "some text"}});
  }
  const std::vector<Seen> seen = rig.take();
  const BusStats stats = rig.bus.stats();
  EXPECT_EQ(stats.emitted, 200'000u);
  EXPECT_EQ(stats.emitted, seen.size() + total(stats.rejected));
  EXPECT_GT(total(stats.rejected), 0u);
}

}  // namespace
}  // namespace tracebus
