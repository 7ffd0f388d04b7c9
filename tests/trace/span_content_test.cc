// SPDX-License-Identifier: Apache-2.0
//
// Content of spans, by whatever name, judged by what subscribers received.
#include <gtest/gtest.h>

#include "tracebus/tests/trace/span_rig.h"

namespace tracebus {
namespace {

using testing::Seen;
using testing::SpanRig;

TEST(Row34Content, IsSeenOnlyByThoseItIsGrantedTo) {
  for (const bool granted : {false, true}) {
    SpanRig rig(Filter(), {}, granted);
    { rig.tracer.tool("t").set("input.value", "secret").set("size", 6); }
    const Seen end = rig.take_end();
    EXPECT_EQ(end["input.value"], granted ? "\"secret\"" : "");
    EXPECT_EQ(end["size"], "6");
  }
}

TEST(Row34Content, IsKnownByNamesThatNobodyRegisteredAndInsideOfObjects) {
  for (const bool granted : {false, true}) {
    SpanRig rig(Filter(), {}, granted);
    { rig.tracer.tool("t").set("tool.arguments.city", "secret").set("size", 6); }
    const Seen named = rig.take_end();
    EXPECT_EQ(named["tool.arguments.city"], granted ? "\"secret\"" : "");
    EXPECT_EQ(named["size"], "6");
    {
      rig.tracer.tool("t")
          .set("request", Value::object({{"input.value", "secret"}}))
          .set("size", 7);
    }
    const Seen nested = rig.take_end();
    EXPECT_EQ(nested["request"], granted ? R"({"input.value":"secret"})" : "");
    EXPECT_EQ(nested["size"], "7");
  }
}

}  // namespace
}  // namespace tracebus
