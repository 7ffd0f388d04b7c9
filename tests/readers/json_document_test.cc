// SPDX-License-Identifier: Apache-2.0
//
// Files that are one JSON document.
#include "tracebus/readers/json_document.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tracebus/tests/readers/read_events.h"

namespace tracebus::test {
namespace {

ReadEvents read(std::string_view text) {
  EXPECT_TRUE(looks_like_document(text)) << text;
  return read_all(*read_document(memory_source(text)));
}

constexpr std::string_view kOtlp = R"({
  "resourceSpans": [
    {
      "scopeSpans": [
        {
          "spans": [
            {"traceId": "5B8EFFF798038103D269B633813FC60C", "spanId": "EEE19B7EC3C1B174",
             "name": "one", "startTimeUnixNano": "1544712660000000000",
             "endTimeUnixNano": "1544712661000000000"}
          ]
        }
      ]
    }
  ]
}
)";

TEST(JsonDocument, GoesOverManyLines) {
  const ReadEvents seen = read(kOtlp);
  ASSERT_EQ(seen.events.size(), 1u);
  EXPECT_EQ(seen.events[0].type, "chain_end");
  EXPECT_EQ(seen.account.bad_lines, 0u);
}

TEST(JsonDocument, MayBeAListOfEventsAndSpans) {
  const ReadEvents seen =
      read(R"([{"event_type":"a","timestamp":1749479521.25},{"span_id":"s","name":"n",)"
           R"("start_time":1749479521,"end_time":1749479522},7,{"x":1}])");
  ASSERT_EQ(seen.events.size(), 2u);
  EXPECT_EQ(seen.events[0].type, "a");
  EXPECT_EQ(seen.events[0].time, "2025-06-09T14:32:01.250000000Z");
  EXPECT_EQ(seen.events[1].type, "chain_end");
  EXPECT_EQ(seen.account.bad_lines, 2u) << "a number, and an object that is neither";
}

TEST(JsonDocument, WithAByteOrderMarkAndWindowsLineEnds) {
  std::string text = "\xEF\xBB\xBF";
  for (const char c : kOtlp) text += c == '\n' ? std::string("\r\n") : std::string(1, c);
  EXPECT_EQ(read(text).events.size(), 1u);
}

TEST(JsonDocument, WhatIsNoneIsReadByLines) {
  const ReadEvents seen = read("{\n{\"event_type\":\"a\"}\n{\"event_type\":\"b\"}\n");
  ASSERT_EQ(seen.events.size(), 2u);
  EXPECT_EQ(seen.account.bad_lines, 1u);
  EXPECT_EQ(seen.account.lines, 3u);
}

TEST(JsonDocument, IsKnownByItsBeginning) {
  EXPECT_TRUE(looks_like_document("  [1"));
  EXPECT_TRUE(looks_like_document("{\n"));
  EXPECT_TRUE(looks_like_document("{ \"data\": [\n"));
  EXPECT_TRUE(looks_like_document(R"({"data":[{"traceID":"1","spans":[)"));
  EXPECT_FALSE(looks_like_document(""));
  EXPECT_FALSE(looks_like_document(" \n"));
  EXPECT_FALSE(looks_like_document(R"({"event_type":"a"})"
                                   "\n{"));
  EXPECT_FALSE(looks_like_document(R"({"resourceSpans":[{"scopeSpans":[)"))
      << "a line of any length";
  EXPECT_FALSE(looks_like_document("nonsense\n{"));
}

TEST(JsonDocument, EveryTruncationEndsAndIsTold) {
  for (std::size_t size = 1; size < kOtlp.size() - 2; ++size) {
    const ReadEvents seen = read_all(*read_document(memory_source(kOtlp.substr(0, size))));
    EXPECT_LE(seen.events.size(), 1u);
    EXPECT_GE(seen.account.bad_lines, 1u) << size;
  }
}

}  // namespace
}  // namespace tracebus::test
