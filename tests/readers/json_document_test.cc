// SPDX-License-Identifier: Apache-2.0
//
// Files that are one JSON document.
#include "tracebus/readers/json_document.h"

#include <gtest/gtest.h>

#include <cctype>
#include <string>
#include <string_view>
#include <vector>

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

// What both readers make of the same.
std::vector<std::string> lines_of(const ReadEvents& read) {
  std::vector<std::string> lines;
  for (const SeenEvent& event : read.events) lines.push_back(event.line);
  return lines;
}

constexpr std::string_view kSpans[] = {
    R"({"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"a",)"
    R"("startTimeUnixNano":"1","endTimeUnixNano":"1000000"})",
    R"({"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b175","name":"b \" ]}",)"
    R"("startTimeUnixNano":2,"endTimeUnixNano":3,"attributes":[{"key":"k\\",)"
    R"("value":{"stringValue":"}{"}}]})"};

// Each with a second one of its kind, and what is shared behind the spans.
std::vector<std::string> documents() {
  const std::string two = std::string(kSpans[0]) + ", " + std::string(kSpans[1]);
  const std::string resource =
      R"("resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]})";
  const std::string scope = R"("scope":{"name":"lib","version":"1"})";
  const std::string scoped = R"({"spans":[)" + two + "]," + scope + "}";
  const std::string jaeger =
      R"({"traceID":"abc","spans":[{"traceID":"abc","spanID":"1","operationName":"o",)"
      R"("startTime":5,"duration":7,"processID":"p1"},{"traceID":"abc","spanID":"2",)"
      R"("operationName":"q","startTime":6,"duration":1,"processID":"p2"}],)"
      R"("processes":{"p1":{"serviceName":"x"},"p2":{"serviceName":"y"}}})";
  const std::string told =
      R"({"spans":[{"span_id":"1","name":"n","start_time":5,"end_time":6},)"
      R"({"span_id":"2","name":"m","start_time":5,"end_time":null}],"x":[{}],"runId":"r",)"
      R"("trace_id":"t-1")";
  return {
      R"({"resourceSpans":[{"scopeSpans":[)" + scoped + R"(,{"scope":{},"spans":[)" +
          std::string(kSpans[0]) + "]}]," + resource + R"(},{"scopeSpans":[{"spans":[)" + two +
          "]}]}]}",
      R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"eventName":"e","timeUnixNano":"5",)"
      R"("body":{"stringValue":"b"}}]}],)" +
          resource + "}]}",
      R"({"data":[)" + jaeger + "," + jaeger + R"(],"total":0})",
      told + "}",
      told + R"(,"event":"start"})",
      R"({"event_type":"e","timestamp":1749479521.123456789,"spans":[1],"data":{"agent":"a"}})",
      R"({"event":"end","span":{"span_id":"1","name":"n","start_time":5,"end_time":6}})",
      R"({"timestamp":5.000000001,"event_type":"e","agent_name":"","pattern_type":"",)"
      R"("payload":{"latency":1},"origin":["00000000000000ff",4294967295,18446744073709551615]})"};
}

TEST(JsonDocument, SaysWhatItsLineWouldSay) {
  std::string list = "[";
  std::vector<std::string> all;
  for (const std::string& document : documents()) {
    SCOPED_TRACE(document);
    const ReadEvents lines = read_text(document);
    const ReadEvents seen = read_all(*read_document(memory_source(document)));
    EXPECT_FALSE(lines.events.empty());
    EXPECT_EQ(lines_of(seen), lines_of(lines));
    EXPECT_EQ(seen.account.bad_lines, 0u);
    for (const std::string& line : lines_of(lines)) all.push_back(line);
    list += (list.size() == 1 ? "" : " ,\r\n\t") + document;
  }
  EXPECT_EQ(lines_of(read(list + "\n]")), all) << "and a list of all of them";
}

TEST(JsonDocument, DamageOfOneSpanIsToldWithItsOffsetAndTheOthersAreRead) {
  const std::string begin = R"({"resourceSpans":[{"scopeSpans":[{"spans":[)";
  const std::string text = begin + std::string(kSpans[0]) + R"(,{"spanId":truth},7,)" +
                           std::string(kSpans[1]) + "]}]}]}";
  const ReadEvents seen = read_all(*read_document(memory_source(text)));
  EXPECT_EQ(seen.events.size(), 2u);
  ASSERT_EQ(seen.account.problems.size(), 2u);
  EXPECT_EQ(seen.account.problems[0].offset, begin.size() + kSpans[0].size() + 1);
  EXPECT_EQ(seen.account.problems[1].offset, text.find(",7,") + 1);
}

TEST(JsonDocument, ListThatBreaksOffIsToldAndWhatFollowsItIsRead) {
  const std::string broken = R"({"scopeSpans":[{"spans":[)" + std::string(kSpans[0]) + " " +
                             std::string(kSpans[1]) + "]}]}";
  const std::string whole = R"({"scopeSpans":[{"spans":[)" + std::string(kSpans[1]) + "]}]}";
  const ReadEvents seen = read_all(
      *read_document(memory_source(R"({"resourceSpans":[)" + broken + "," + whole + "]}")));
  EXPECT_EQ(seen.events.size(), 2u);
  ASSERT_EQ(seen.account.problems.size(), 1u);
  EXPECT_NE(seen.account.problems[0].message.find("left out"), std::string::npos);
  // The same a level above: what comes before its spans is missing a comma.
  const ReadEvents none = read_all(*read_document(
      memory_source(R"({"resourceSpans":[{"resource":{} "scopeSpans":[]},)" + whole + "]}")));
  EXPECT_EQ(none.events.size(), 1u);
  EXPECT_EQ(none.account.bad_lines, 1u);
}

TEST(JsonDocument, SpanOfMoreThanARecordMayHaveIsABadPart) {
  const std::string large = R"({"span_id":"1","name":")" + std::string(17 << 20, 'x') +
                            R"(","start_time":5,"end_time":6})";
  const ReadEvents seen = read_all(*read_document(memory_source(
      R"({"spans":[)" + large + R"(,{"span_id":"2","name":"m","start_time":5,"end_time":6}]})")));
  EXPECT_EQ(seen.events.size(), 1u);
  ASSERT_EQ(seen.account.problems.size(), 1u);
  EXPECT_NE(seen.account.problems[0].message.find("16 MiB"), std::string::npos);
}

// Another comma, brace or quote less or more: ends, and loses nothing in silence.
TEST(JsonDocument, EveryMissingByteIsReadOrTold) {
  for (const std::string& document : documents()) {
    const std::size_t events = read_text(document).events.size();
    for (std::size_t at = 0; at < document.size(); ++at) {
      std::string text = document;
      text.erase(at, 1);
      const ReadEvents seen = read_all(*read_document(memory_source(text)));
      EXPECT_TRUE(seen.events.size() >= events || seen.account.bad_lines != 0 ||
                  seen.account.repaired != 0 || std::isalnum(document[at]) != 0)
          << at << " of " << document << ": " << seen.events.size();
    }
  }
}

}  // namespace
}  // namespace tracebus::test
