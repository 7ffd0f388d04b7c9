// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tracebus/tests/source_folder.h"
#include "tracebus/tests/tools/look/look_fixture.h"

namespace tracebus {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kSample;
using testing::lines_of;
using ::testing::Not;
using testing::output_of;
using testing::ProgramResult;
using testing::read_file;
using testing::run_program;
using ::testing::SizeIs;
using testing::TemporaryFolder;
using testing::write_file;

struct Condition {
  std::vector<std::string> options;
  std::size_t events;
};

void PrintTo(const Condition& condition, std::ostream* out) {
  for (const std::string& option : condition.options) *out << option << " ";
}

class Row68QueryCommandTest : public ::testing::TestWithParam<Condition> {};

// Counted by hand in the fixture.
TEST_P(Row68QueryCommandTest, EachConditionLeavesWhatItShould) {
  std::vector<std::string> arguments = {"query", kSample, "--json"};
  arguments.insert(arguments.end(), GetParam().options.begin(), GetParam().options.end());
  EXPECT_THAT(lines_of(output_of(arguments)), SizeIs(GetParam().events));
}

INSTANTIATE_TEST_SUITE_P(
    Conditions, Row68QueryCommandTest,
    ::testing::Values(
        Condition{{}, 17}, Condition{{"--type", "llm_call"}, 3},
        Condition{{"--agent", "Billing Agent"}, 4}, Condition{{"--model", "gpt-4o-mini"}, 2},
        Condition{{"--run", "run_fixture_1"}, 10}, Condition{{"--run", "run_fixture_3"}, 0},
        Condition{{"--workflow", "refund-processor"}, 7}, Condition{{"--session", "none"}, 0},
        Condition{{"--user", "none"}, 0}, Condition{{"--tag", "none"}, 0},
        Condition{{"--provider", "none"}, 0}, Condition{{"--kind", "llm", "--min-ms", "1"}, 3},
        Condition{{"--min-ms", "1801", "--type", "llm_call"}, 1},
        Condition{{"--max-ms", "1801", "--type", "llm_call"}, 2},
        Condition{{"--min-cost", "0.003"}, 2}, Condition{{"--max-cost", "0.003"}, 1},
        Condition{{"--attr", "cost_usd=0.0185"}, 1},
        Condition{{"--attr", "cost_usd=0.0185", "--attr", "input_tokens=600"}, 1},
        Condition{{"--attr", "cost_usd=0.0185", "--attr", "input_tokens=1"}, 0},
        Condition{{"--since", "2026-06-16T09:01:03"}, 5},
        Condition{{"--until", "2026-06-16T09:01:00Z"}, 10}, Condition{{"--until", "2026-06-16"}, 0},
        Condition{{"--since", "2026-06-16T09:01:00", "--until", "2026-06-16T09:01:03"}, 2},
        Condition{{"--text", "VIOLATION"}, 1}, Condition{{"--limit", "4"}, 4},
        Condition{{"--offset", "15"}, 2}));

TEST(QueryCommandTest, Row68SortsAndSaysHowManyAreNotShown) {
  const ProgramResult result =
      run_program({"query", kSample, "--type", "llm_call", "--sort", "duration", "--limit", "2"});
  EXPECT_EQ(result.status, 0) << result.err;
  const std::vector<std::string> lines = lines_of(result.out);
  ASSERT_THAT(lines, SizeIs(3));
  EXPECT_THAT(lines[0], HasSubstr("MODEL"));
  EXPECT_THAT(lines[1], HasSubstr("gemini-1.5-pro"));
  EXPECT_THAT(lines[1], HasSubstr("2100.0"));
  EXPECT_THAT(lines[2], HasSubstr("claude-3-5-sonnet"));
  EXPECT_THAT(result.err, HasSubstr("2 of 3 events that match"));
  const std::string smallest =
      output_of({"query", kSample, "--type", "llm_call", "--sort", "duration", "--reverse"});
  EXPECT_THAT(lines_of(smallest)[1], HasSubstr("gpt-4o-mini"));
}

TEST(QueryCommandTest, JsonHoldsColumnsAndTheWholeEvent) {
  simdjson::dom::parser parser;
  const auto span = testing::json_of(parser, {"query", kSample, "--json", "--text", "violation"});
  EXPECT_EQ(testing::text_at(span, "/event_type"), "error");
  EXPECT_EQ(testing::text_at(span, "/run_id"), "run_fixture_2");
  EXPECT_EQ(testing::text_at(span, "/time"), "2026-06-16T09:01:04.000000000Z");
  EXPECT_EQ(testing::text_at(span, "/event/payload/message"), "policy violation detected");
  EXPECT_TRUE(span.at_pointer("/cost_usd").is_null());
}

TEST(QueryCommandTest, NothingThatMatchesEndsWell) {
  const ProgramResult result = run_program({"query", kSample, "--agent", "nobody"});
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_THAT(result.err, IsEmpty());
  EXPECT_THAT(output_of({"query", "--help"}), HasSubstr("also where nothing matches"));
}

TEST(QueryCommandTest, BadLinesAreNamedWithTheirNumberAndTheRestIsFound) {
  const TemporaryFolder folder;
  write_file(folder.file("bad.jsonl"), read_file(kSample) + "nonsense\n");
  const ProgramResult result = run_program({"query", folder.file("bad.jsonl"), "--json"});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.err, HasSubstr("bad.jsonl:18: "));
  EXPECT_THAT(lines_of(result.out), SizeIs(17));
}

TEST(QueryCommandTest, AFileThatIsMissingKeepsNobodyFromTheOthers) {
  const ProgramResult both = run_program({"query", "/no/such/file", kSample, "--json"});
  EXPECT_EQ(both.status, 2);
  EXPECT_THAT(both.err, HasSubstr("/no/such/file"));
  EXPECT_THAT(lines_of(both.out), SizeIs(17));
  const ProgramResult none = run_program({"query", "/no/such/file"});
  EXPECT_EQ(none.status, 2);
  EXPECT_THAT(none.out, IsEmpty());
}

TEST(QueryCommandTest, AFileThatDoesNotFitIsRefusedWithTheOptionThatHelps) {
  const TemporaryFolder folder;
  std::string text;
  while (text.size() < (std::size_t{2} << 20)) text += read_file(kSample);
  write_file(folder.file("large.jsonl"), text);
  const ProgramResult result =
      run_program({"query", folder.file("large.jsonl"), "--memory-mb", "1"});
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("--memory-mb"));
}

// UsersAsk22 and CWE-150: nothing in a file moves the cursor of whoever looks at it.
TEST(QueryCommandTest, HostileTextsAreEscapedByEveryCommand) {
  simdjson::dom::parser parser;
  const auto hostile = parser.load(TRACEBUS_TEST_DATA "/hostile/console.json").value();
  const TemporaryFolder folder;
  std::string text;
  const simdjson::dom::array payloads = hostile["payloads"];
  for (const auto payload : payloads) {
    const std::string said = simdjson::minify(payload);
    for (const std::string type : {"pattern_start", "llm_call", "error", "pattern_end"}) {
      text += "{\"event_type\":\"" + type + "\",\"agent_name\":" + said + ",\"model\":" + said +
              ",\"workflow\":" + said + ",\"run_id\":" + said + ",\"message\":" + said +
              ",\"timestamp\":1750000000,\"duration_ms\":5,\"cost_usd\":0.5}\n";
    }
  }
  write_file(folder.file("hostile.jsonl"), text);
  for (const std::vector<std::string>& command : {std::vector<std::string>{"query"},
                                                  {"query", "--json"},
                                                  {"show"},
                                                  {"show", "--json"},
                                                  {"cost", "--by", "model,agent,workflow,run"},
                                                  {"cost", "--json"},
                                                  {"timeline"},
                                                  {"timeline", "--json"},
                                                  {"flame"},
                                                  {"flame", "--json"},
                                                  {"tail", "-n", "1000"},
                                                  {"tail", "--json"},
                                                  {"flame", "--svg", "/dev/stdout"}}) {
    std::vector<std::string> arguments = command;
    arguments.push_back(folder.file("hostile.jsonl"));
    const ProgramResult result = run_program(arguments);
    for (const std::string& out : {result.out, result.err}) {
      for (const char c : out) {
        const auto byte = static_cast<unsigned char>(c);
        ASSERT_TRUE(byte == '\n' || (byte >= 0x20 && byte != 0x7F)) << command[0] << out;
      }
      for (const char* const hidden : {"\xC2\x9B", "\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xAE"}) {
        ASSERT_THAT(out, Not(HasSubstr(hidden))) << command[0];
      }
    }
  }
}

}  // namespace
}  // namespace tracebus
