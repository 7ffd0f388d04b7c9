// SPDX-License-Identifier: Apache-2.0
//
// Damaged lines: what is saved, what is reported, and that the rest is read.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/tests/readers/read_events.h"

namespace tracebus::test {
namespace {

using std::string_literals::operator""s;

std::string types_of(const ReadEvents& read) {
  std::string types;
  for (const SeenEvent& event : read.events) types += event.type;
  return types;
}

// The records of the tests: each has the form in which all known writers begin.
std::string record(std::string_view type) {
  return R"({"timestamp": 1.5, "event_type": ")" + std::string(type) +
         R"(", "payload": {"n": [1, {"a": "b"}]}})";
}

// A damaged line between two good ones, which must be read.
struct Damage {
  explicit Damage(const std::string& line) {
    const std::string before = record("<") + "\n";
    ReadEvents read = read_text(before + line + "\n" + record(">") + "\n");
    start = before.size();
    account = read.account;
    EXPECT_EQ(account.lines, 3u) << line;
    const std::string types = types_of(read);
    EXPECT_TRUE(types.starts_with('<') && types.ends_with('>')) << types;
    if (types.size() < 2) return;
    saved = types.substr(1, types.size() - 2);
    if (read.events.size() > 2) payload = read.events[1].payload;
  }
  // The only problem, if it is on the second line at the given offset in it.
  std::string message(std::uint64_t offset = 0) const {
    if (account.bad_lines != 1 || account.problems.size() != 1) return "not one problem";
    const ReadProblem& problem = account.problems[0];
    if (problem.line != 2 || problem.offset != start + offset) return "another place";
    return problem.message;
  }

  std::uint64_t start = 0;
  std::string saved;    // the types of its events
  std::string payload;  // of its first event
  ReadAccount account;
};

TEST(JsonlDamage, ByteOrderMarkIsNothing) {
  const ReadEvents read = read_text("\xEF\xBB\xBF" + record("a") + "\n\xEF\xBB\xBF" + record("b"));
  EXPECT_EQ(types_of(read), "ab");
  EXPECT_EQ(read.account.bad_lines + read.account.repaired, 0u);
}

TEST(JsonlDamage, OffsetsCountTheByteOrderMark) {
  EXPECT_EQ(Damage("\xEF\xBB\xBF"
                   "bad")
                .message(3),
            "not a JSON object");
}

TEST(JsonlDamage, CarriageReturnsAndBlankLinesAreNothing) {
  const ReadEvents read =
      read_text("\r\n" + record("a") + "\r\n\n \t\r\n" + record("b") + "\r\n\n");
  EXPECT_EQ(types_of(read), "ab");
  EXPECT_EQ(read.account.lines, 6u);
  EXPECT_EQ(read.account.blank_lines, 4u);
  EXPECT_EQ(read.account.bad_lines + read.account.repaired, 0u);
}

TEST(JsonlDamage, HoleOfNulBytesBeforeARecordIsRepaired) {
  const Damage damage(std::string(5000, '\0') + record("a"));
  EXPECT_EQ(damage.saved, "a");
  EXPECT_EQ(damage.account.bad_lines, 0u);
  EXPECT_EQ(damage.account.repaired, 1u);
  EXPECT_EQ(Damage(record("a") + "\0\0 \0"s).account.repaired, 1u);
}

TEST(JsonlDamage, LineOfNulBytesIsABadLine) {
  EXPECT_EQ(Damage(std::string(70'000, '\0')).message(), "a hole: nothing but NUL bytes");
}

TEST(JsonlDamage, NulBytesInsideARecordAreABadLine) {
  EXPECT_EQ(Damage(R"({"event_type": "e)" + "\0\0\0"s + R"("})").message(),
            "not JSON: a control character inside a string");
  EXPECT_EQ(Damage(R"({"event_type": )" + "\0\0\0"s + R"("e"})").saved, "");
}

TEST(JsonlDamage, TornLastLineIsReportedAndNotInvented) {
  const std::string whole = record("a") + "\n";
  const ReadEvents read = read_text(whole + record("b").substr(0, 40));
  EXPECT_EQ(types_of(read), "a");
  ASSERT_EQ(read.account.problems.size(), 1u);
  EXPECT_EQ(read.account.problems[0].line, 2u);
  EXPECT_EQ(read.account.problems[0].offset, whole.size());
  EXPECT_EQ(read.account.problems[0].message, "cut off: an object is not closed");
}

TEST(JsonlDamage, LastLineWithoutLineFeedIsRead) {
  const ReadEvents read = read_text(record("a") + "\n" + record("b"));
  EXPECT_EQ(types_of(read), "ab");
  EXPECT_EQ(read.account.lines, 2u);
}

TEST(JsonlDamage, RecordsGluedOnOneLineAreAllRead) {
  const Damage damage(record("a") + record("b") + "  " + record("c"));
  EXPECT_EQ(damage.saved, "abc");
  EXPECT_EQ(damage.account.bad_lines + damage.account.repaired, 0u);
}

TEST(JsonlDamage, TornRecordAfterAGluedOneIsReportedInItsPlace) {
  const Damage damage(record("a") + record("b").substr(0, 20));
  EXPECT_EQ(damage.saved, "a");
  EXPECT_EQ(damage.message(record("a").size()), "cut off: an object is not closed");
}

TEST(JsonlDamage, WholeRecordAfterATornOneIsRead) {
  // A writer died in the middle of b, and the next one appended c without ending the line.
  const std::string torn = record("b");
  int saved = 0;
  for (std::size_t cut = 1; cut < torn.size(); ++cut) {
    const Damage damage(torn.substr(0, cut) + record("c"));
    EXPECT_NE(damage.message(), "another place") << cut;
    EXPECT_EQ(damage.account.bad_lines, 1u) << cut;
    saved += damage.saved == "c" ? 1 : 0;
    // Where a value may follow, c might as well be a part of b: not read rather than invented.
    const std::size_t last = torn.find_last_not_of(' ', cut - 1);
    const bool value = torn[last] == ':' || torn[last] == ',' || torn[last] == '[';
    EXPECT_EQ(damage.saved, value ? "" : "c") << cut;
  }
  EXPECT_GT(saved, 50);
}

TEST(JsonlDamage, WholeRecordsBetweenTornOnesAreRead) {
  const std::string torn = record("t").substr(0, 30);
  const Damage damage(torn + record("a") + record("b") + torn + record("c") + torn);
  EXPECT_EQ(damage.saved, "abc");
  ASSERT_EQ(damage.account.problems.size(), 3u);
  EXPECT_EQ(damage.account.problems[1].offset, damage.start + torn.size() + 2 * record("a").size());
}

TEST(JsonlDamage, PiecesOfADamagedRecordAreNotTakenForRecords) {
  const std::string inner = record("i");
  EXPECT_EQ(Damage(R"({"event_type": "e", "a": )" + inner).saved, "");
  EXPECT_EQ(Damage(R"({"event_type": "e", "a": [1, )" + inner + "]").saved, "");
  EXPECT_EQ(Damage(R"({"event_type": "e", "a"; )" + inner + "}").saved, "");
  EXPECT_EQ(Damage(R"({"timestamp": 1, "event_type": "e"}, "agent_name": "a"})").saved, "");
  EXPECT_EQ(Damage(R"({"timestamp": 1, "event_type": "e"}])").saved, "");
}

TEST(JsonlDamage, LinesThatAreNoObjectAreBadLines) {
  for (const std::string line :
       {"[1,2]", "\"text\"", "12", "null", "tr", "hello world", "}", "]{}", ","}) {
    EXPECT_EQ(Damage(line).message(), "not a JSON object") << line;
  }
  EXPECT_EQ(Damage("{}").message(), "not an event: \"event_type\" is missing or no string");
  EXPECT_EQ(Damage(R"({"event_type": 3})").saved, "");
}

TEST(JsonlDamage, BadSyntaxIsABadLine) {
  for (const std::string line : {R"({"event_type":"e",})",
                                 R"({"event_type":"e" "a":1})",
                                 R"({"event_type":"e","a"})",
                                 R"({"event_type":"e","a":})",
                                 R"({"event_type":"e","a":[1,]})",
                                 R"({"event_type":"e","a":[1 2]})",
                                 R"({"event_type":"e","a":[1}})",
                                 R"({"event_type":"e","a":{1:2}})",
                                 R"({"event_type":"e","a":tru})",
                                 R"({"event_type":"e","a":nul})",
                                 R"({"event_type":"e","a":01})",
                                 R"({"event_type":"e","a":1.})",
                                 R"({"event_type":"e","a":-})",
                                 R"({"event_type":"e","a":+1})",
                                 R"({"event_type":"e","a":.5})",
                                 R"({"event_type":"e","a":"\x"})",
                                 R"({"event_type":"e","a":"\u12"})",
                                 R"({event_type:"e"})",
                                 R"({'event_type':'e'})",
                                 R"({"event_type":"e","a":1e999})",
                                 R"({"event_type":"e","a":undefined})",
                                 R"({"event_type":"e","a":[1,2})",
                                 R"({"event_type":"e","a":{"b":1})"}) {
    const Damage damage(line);
    EXPECT_EQ(damage.saved, "") << line;
    EXPECT_NE(damage.message(), "another place") << line;
    EXPECT_NE(damage.message(), "not one problem") << line;
  }
}

TEST(JsonlDamage, NanAndInfinityAreNullAndCounted) {
  const Damage damage(
      R"({"event_type": "e", "payload": {"a": NaN, "b": [Infinity, -Infinity], "c": "NaN"}})");
  EXPECT_EQ(damage.saved, "e");
  EXPECT_EQ(damage.payload, R"({"a":null,"b":[null,null],"c":"NaN"})");
  EXPECT_EQ(damage.account.repaired, 1u);
  EXPECT_EQ(damage.account.bad_lines, 0u);
  EXPECT_EQ(Damage(R"({"event_type": "e", "a": xNaN})").saved, "");
  EXPECT_EQ(Damage(R"({"event_type": "e", "a": NaNa})").saved, "");
}

TEST(JsonlDamage, LoneSurrogatesAreReplacedAndCounted) {
  const Damage damage(
      R"({"event_type":"e","a":"\ud83d","b":"\ude00x","c":"\ud83d\ud83d\ude00","\udfff":1})");
  EXPECT_EQ(damage.payload, "{\"a\":\"\uFFFD\",\"b\":\"\uFFFDx\",\"c\":\"\uFFFD😀\",\"\uFFFD\":1}");
  EXPECT_EQ(damage.account.repaired, 1u);
  EXPECT_EQ(Damage(R"({"event_type":"e","a":"\\ud83d"})").account.repaired, 0u);
}

TEST(JsonlDamage, InvalidUtf8IsReplacedAndCounted) {
  const Damage damage(
      "{\"event_type\":\"e\",\"a\":\"\xFF|\xC3|\xE2\x82|\xED\xA0\x80|\xC0\xAF|é\"}");
  EXPECT_EQ(damage.payload, "{\"a\":\"\uFFFD|\uFFFD|\uFFFD|\uFFFD\uFFFD\uFFFD|\uFFFD\uFFFD|é\"}");
  EXPECT_EQ(damage.account.repaired, 1u);
  EXPECT_EQ(Damage("{\"event_type\":\"e\",\xFF\"a\":1}").saved, "");
}

TEST(JsonlDamage, OnlyTheRepairedOfGluedRecordsCounts) {
  const Damage damage(record("a") + R"({"event_type": "b", "x": NaN})" + record("c"));
  EXPECT_EQ(damage.saved, "abc");
  EXPECT_EQ(damage.account.repaired, 1u);
}

TEST(JsonlDamage, IntegersBeyondSixtyFourBitsAreABadLine) {
  for (const std::string number : {"9223372036854775808", "-9223372036854775809",
                                   "18446744073709551615", "123456789012345678901234567890"}) {
    EXPECT_EQ(Damage(R"({"event_type":"e","a":[{"b":)" + number + " }]}").message(),
              "an integer beyond 64 bits");
  }
  EXPECT_EQ(Damage(R"({"event_type":"e","a":9223372036854775807})").saved, "e");
  EXPECT_EQ(Damage(R"({"event_type":"e","a":9223372036854775808.0})").saved, "e");
}

TEST(JsonlDamage, NestingIsLimited) {
  const auto nested = [](int depth) {
    return R"({"event_type":"e","payload":{"a":)" + std::string(depth, '[') +
           std::string(depth, ']') + "}}";
  };
  EXPECT_EQ(Damage(nested(64)).saved, "e");
  EXPECT_EQ(Damage(nested(65)).message(), "nested deeper than 64 levels");
  EXPECT_EQ(Damage(nested(100'000)).message(), "nested deeper than 64 levels");
  EXPECT_EQ(Damage(std::string(100'000, '[')).message(), "not a JSON object");
  std::string objects = R"({"event_type":"e")";
  for (int i = 0; i < 100'000; ++i) objects += R"(,"a":{"b":1)";
  EXPECT_EQ(Damage(objects).saved, "");
}

TEST(JsonlDamage, BinaryRubbishIsABadLine) {
  std::string rubbish;
  for (int byte = 255; byte > 0; --byte) {
    if (byte != '\n') rubbish += static_cast<char>(byte);
  }
  EXPECT_EQ(Damage(rubbish).message(), "not a JSON object");
}

TEST(JsonlDamage, ManyFalseStartsTakeLinearTime) {
  std::string line = "x";
  while (line.size() < 8'000'000) line += R"({"timestamp")";
  const Damage damage(line);
  EXPECT_EQ(damage.saved, "");
  EXPECT_EQ(damage.account.bad_lines, 1u);
}

TEST(JsonlDamage, AllProblemsAreCountedAndTheFirstThousandListed) {
  std::string text;
  for (int i = 0; i < 2500; ++i) text += "bad\n";
  const ReadEvents read = read_text(text + record("a"));
  EXPECT_EQ(types_of(read), "a");
  EXPECT_EQ(read.account.bad_lines, 2500u);
  ASSERT_EQ(read.account.problems.size(), ReadAccount::kProblemsMax);
  EXPECT_EQ(read.account.problems[999].line, 1000u);
  EXPECT_EQ(read.account.problems[999].offset, 3996u);
}

}  // namespace
}  // namespace tracebus::test
