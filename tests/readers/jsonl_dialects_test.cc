// SPDX-License-Identifier: Apache-2.0
//
// What the members of a line become: times, ids, payload, and the difference between our own lines
// and those of others.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tracebus/tests/readers/read_events.h"

namespace tracebus::test {
namespace {

constexpr std::string_view kRun = "00112233445566778899aabbccddeeff";
constexpr std::string_view kSpan = "0123456789abcdef";
constexpr std::string_view kOrigin = R"("origin":["fedcba9876543210",3,7])";

// A line whose only payload is x, with `members` before it.
SeenEvent read_with(std::string_view members) {
  return read_one(R"({"event_type":"e",)" + std::string(members) + R"(,"x":1})");
}
std::string time_of(std::string_view timestamp) {
  return read_with(R"("timestamp":)" + std::string(timestamp)).time;
}

TEST(JsonlTimes, NumbersAreSecondsUpToNanosecondsBySize) {
  EXPECT_EQ(time_of("1749479521.2434397"), "2025-06-09T14:32:01.243439700Z");
  EXPECT_EQ(time_of("1749479521"), "2025-06-09T14:32:01.000000000Z");
  EXPECT_EQ(time_of("1749479521243"), "2025-06-09T14:32:01.243000000Z");
  EXPECT_EQ(time_of("1749479521243.4397"), "2025-06-09T14:32:01.243439700Z");
  EXPECT_EQ(time_of("1749479521243439"), "2025-06-09T14:32:01.243439000Z");
  EXPECT_EQ(time_of("1749479521243439.7"), "2025-06-09T14:32:01.243439700Z");
  EXPECT_EQ(time_of("1749479521243439712"), "2025-06-09T14:32:01.243439712Z");
  EXPECT_EQ(time_of("1749479521243439712.9"), "2025-06-09T14:32:01.243439712Z");
  EXPECT_EQ(time_of("1.7494795212434397e9"), "2025-06-09T14:32:01.243439700Z");
}

TEST(JsonlTimes, LimitsOfTheSizes) {
  EXPECT_EQ(time_of("99999999999.5"), "5138-11-16T09:46:39.500000000Z");
  EXPECT_EQ(time_of("100000000000"), "1973-03-03T09:46:40.000000000Z");
  EXPECT_EQ(time_of("99999999999999"), "5138-11-16T09:46:39.999000000Z");
  EXPECT_EQ(time_of("100000000000000"), "1973-03-03T09:46:40.000000000Z");
  EXPECT_EQ(time_of("99999999999999999"), "5138-11-16T09:46:39.999999000Z");
  EXPECT_EQ(time_of("100000000000000000"), "1973-03-03T09:46:40.000000000Z");
}

TEST(JsonlTimes, BeforeNineteenSeventy) {
  EXPECT_EQ(time_of("-0.5"), "1969-12-31T23:59:59.500000000Z");
  EXPECT_EQ(time_of("-200000000000.25"), "1963-08-31T04:26:39.999750000Z");
  EXPECT_EQ(time_of("-100000000001"), "1966-10-31T14:13:19.999000000Z");
}

TEST(JsonlTimes, TextIsIsoOrANumber) {
  EXPECT_EQ(time_of(R"("2026-06-16T09:00:00")"), "2026-06-16T09:00:00.000000000Z");
  EXPECT_EQ(time_of(R"("2026-06-16 09:00:00.5+02:00")"), "2026-06-16T07:00:00.500000000Z");
  EXPECT_EQ(time_of(R"("1749479521.25")"), "2025-06-09T14:32:01.250000000Z");
  EXPECT_EQ(time_of(R"("1749479521250")"), "2025-06-09T14:32:01.250000000Z");
}

TEST(JsonlTimes, NoneLeavesTheTimeOpenAndNonsenseIsABadLine) {
  EXPECT_EQ(read_with(R"("agent_name":"a")").time, "");
  EXPECT_EQ(time_of(R"("")"), "");
  EXPECT_EQ(time_of("null"), "");
  for (const char* const nonsense : {R"("yesterday")", R"("2026-13-01T00:00:00")", "1e300"}) {
    const ReadEvents read =
        read_text(std::string(R"({"event_type":"e","timestamp":)") + nonsense + "}");
    EXPECT_TRUE(read.events.empty()) << nonsense;
    ASSERT_EQ(read.account.problems.size(), 1u) << nonsense;
    EXPECT_NE(read.account.problems[0].message.find("timestamp"), std::string::npos);
  }
}

TEST(JsonlTimes, OurOwnAreSecondsOfAnyYearToTheLastDigit) {
  const auto own_time = [](std::string_view time) {
    return read_with(R"("timestamp":)" + std::string(time) + "," + std::string(kOrigin)).time;
  };
  EXPECT_EQ(own_time("1749479521.123456789"), "2025-06-09T14:32:01.123456789Z");
  EXPECT_EQ(own_time("100000000000.0"), "5138-11-16T09:46:40.000000000Z");
  EXPECT_EQ(own_time("-62167219200.000000001").substr(0, 6), "-0001-");
}

TEST(JsonlIds, LowerCaseHexIsBinaryAndOtherTextIsKept) {
  SeenEvent event = read_with(R"("run_id":")" + std::string(kRun) + R"(","span_id":")" +
                              std::string(kSpan) + R"(","trace_id":"T-1","parent_span_id":"9")");
  EXPECT_EQ(event.run, kRun);
  EXPECT_FALSE(event.run_is_foreign);
  EXPECT_EQ(event.span, kSpan);
  EXPECT_EQ(event.trace, "T-1");
  EXPECT_EQ(event.parent, "9");
  EXPECT_EQ(event.payload, R"({"x":1})");
  EXPECT_TRUE(read_with(R"("run_id":"00112233445566778899AABBCCDDEEFF")").run_is_foreign);
  EXPECT_TRUE(read_with(R"("run_id":"run-174")").run_is_foreign);
}

TEST(JsonlIds, NumbersAreText) {
  const SeenEvent event = read_with(R"("run_id":42)");
  EXPECT_EQ(event.run, "42");
  EXPECT_TRUE(event.run_is_foreign);
}

TEST(JsonlIds, ZerosAndEmptyTextAreNoId) {
  const std::string zeros(32, '0');
  EXPECT_EQ(read_with(R"("run_id":")" + zeros + '"').run, "");
  EXPECT_EQ(read_with(R"("run_id":"")").run, "");
  // Our own lines leave out ids that are none, so zeros are a text that somebody chose.
  EXPECT_EQ(read_with(R"("run_id":")" + zeros + "\"," + std::string(kOrigin)).run, zeros);
}

TEST(JsonlOrigin, IsRestoredExactly) {
  const SeenEvent event =
      read_with(R"("origin":["00000000000000ff",4294967295,18446744073709551615])");
  EXPECT_EQ(event.origin, (Origin{0xff, 18446744073709551615u, 4294967295u}));
  EXPECT_EQ(event.payload, R"({"x":1})");
}

TEST(JsonlOrigin, OfAnotherFormIsPayload) {
  for (const std::string value :
       {R"("web")", "[]", R"(["fedcba9876543210"])", R"(["fedcba9876543210",1])",
        R"(["fedcba9876543210",1,2,3])", R"(["FEDCBA9876543210",1,2])",
        R"(["fedcba9876543210",4294967296,2])", R"(["fedcba9876543210",-1,2])",
        R"(["fedcba9876543210","1",2])", R"([1,["fedcba9876543210"],{"a":"b"}])"}) {
    const SeenEvent event = read_with(R"("origin":)" + value);
    EXPECT_FALSE(event.origin.has_value()) << value;
    EXPECT_EQ(event.payload, R"({"origin":)" + value + R"(,"x":1})");
  }
}

TEST(JsonlOrigin, LongTextInItsPlaceFitsTheParser) {
  const std::string value = R"([")" + std::string(100'000, 'o') + R"(",1,2])";
  EXPECT_EQ(read_with(R"("origin":)" + value).payload, R"({"origin":)" + value + R"(,"x":1})");
}

TEST(JsonlPayload, UnknownMembersAreKeptInTheirOrderAroundThePayload) {
  const SeenEvent event = read_one(R"({"z":1,"event_type":"e","payload":{"b":2,"a":3},"c":[4]})");
  EXPECT_EQ(event.payload, R"({"z":1,"b":2,"a":3,"c":[4]})");
}

TEST(JsonlPayload, ThatIsNoObjectIsAnAttribute) {
  EXPECT_EQ(read_one(R"({"event_type":"e","payload":[1,2]})").payload, R"({"payload":[1,2]})");
  EXPECT_EQ(read_one(R"({"event_type":"e","payload":null})").payload, R"({"payload":null})");
}

TEST(JsonlPayload, SecondNamesOfAFieldArePayloadWhereTheFirstIsGiven) {
  const SeenEvent flat = read_one(R"({"type":"e","agent":"a","pattern":"p"})");
  EXPECT_EQ(flat.type + flat.agent + flat.pattern, "eap");
  EXPECT_EQ(flat.payload, "{}");
  const SeenEvent both = read_one(R"({"type":"t","event_type":"e","agent":"b","agent_name":"a",)"
                                  R"("pattern":"q","pattern_type":"p"})");
  EXPECT_EQ(both.type + both.agent + both.pattern, "eap");
  EXPECT_EQ(both.payload, R"({"type":"t","agent":"b","pattern":"q"})");
}

TEST(JsonlPayload, FieldsOfTheWrongTypeAreKeptAsAttributes) {
  const SeenEvent event =
      read_one(R"({"event_type":"e","agent_name":{"n":1},"run_id":[1],"pattern_type":null})");
  EXPECT_EQ(event.agent + event.pattern + event.run, "");
  EXPECT_EQ(event.payload, R"({"agent_name":{"n":1},"run_id":[1],"pattern_type":null})");
}

TEST(JsonlPayload, RepeatedKeysAreKeptAndTheLastFieldWins) {
  const SeenEvent event =
      read_one(R"({"event_type":"d","event_type":"e","payload":{"a":1,"a":2,"b":{"c":1,"c":2}}})");
  EXPECT_EQ(event.type, "e");
  EXPECT_EQ(event.payload, R"({"a":1,"a":2,"b":{"c":1,"c":2}})");
}

TEST(JsonlPayload, ValuesKeepTheirTypes) {
  constexpr std::string_view kPayload =
      R"({"a":3,"b":3.0,"c":-0.0,"d":9223372036854775807,"e":-9223372036854775808,"f":1e+300,)"
      R"("g":"","h":null,"i":[],"j":{},"k":[[],{"":false}],"l":true,"m":"\u0000\u001f\"\\/é😀"})";
  EXPECT_EQ(read_one(R"({"event_type":"e","payload":)" + std::string(kPayload) + "}").payload,
            kPayload);
}

TEST(JsonlPayload, EscapesOfOtherWritersMeanTheSame) {
  EXPECT_EQ(read_one(R"({"event_type":"e","\u0061\/":"\u20ac\ud83d\ude00\/\u0009"})").payload,
            R"({"a/":"€😀/\t"})");
}

TEST(JsonlRecorder, PatternComesFromTheMetadataOfTheFirstLineOnly) {
  const std::string rest =
      R"(","messages_in":[],"response":"","metadata":{"pattern_type":"debate"}})";
  EXPECT_EQ(read_one(R"({"event_type":"pattern_start)" + rest).pattern, "debate");
  EXPECT_EQ(read_one(R"({"event_type":"llm_call)" + rest).pattern, "");
}

}  // namespace
}  // namespace tracebus::test
