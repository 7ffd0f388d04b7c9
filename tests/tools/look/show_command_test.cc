// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tracebus/tests/tools/look/look_fixture.h"

namespace tracebus {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::json_of;
using testing::kSample;
using testing::lines_of;
using ::testing::Not;
using testing::output_of;
using testing::ProgramResult;
using testing::read_file;
using testing::run_program;
using testing::TemporaryFolder;
using testing::text_at;
using testing::write_file;

TEST(ShowCommandTest, Row76RunsAreListedInTheSeedsLayout) {
  EXPECT_EQ(output_of({"show", kSample}),
            kSample +
                " — 17 spans from 2 runs\n"
                "\n"
                "Run #fixture_2   refund-processor   1 step   4.0s   $0.0042 [error]\n"
                "└── Policy Checker  3.0s  gemini-1.5-pro  300→240 tok $0.00420\n"
                "\n"
                "Run #fixture_1   customer-support   2 steps   6.0s   $0.0206\n"
                "├── Classifier     2.0s  gpt-4o-mini        200→120 tok $0.00210\n"
                "└── Billing Agent  3.0s  claude-3-5-sonnet  600→380 tok $0.01850\n");
}

TEST(ShowCommandTest, Row76TheSeedsRun174LooksAsInTheDocument) {
  const TemporaryFolder folder;
  const auto step = [](const std::string& name, const std::string& model, int end_ms, int ms,
                       int in, int out, const std::string& cost) {
    const std::string at = "\"timestamp\":" + std::to_string(1750000000 + end_ms / 1000) + "." +
                           std::to_string(1000 + end_ms % 1000).substr(1);
    return "{\"event_type\":\"llm_call_end\",\"run_id\":\"run-174\",\"agent_name\":\"" + name +
           "\",\"span_id\":\"" + name +
           "\",\"parent_span_id\":\"top\",\"duration_ms\":" + std::to_string(ms) + ",\"model\":\"" +
           model + "\",\"input_tokens\":" + std::to_string(in) +
           ",\"output_tokens\":" + std::to_string(out) + ",\"cost_usd\":" + cost + "," + at + "}\n";
  };
  write_file(folder.file("run.jsonl"),
             step("classifier", "claude-haiku", 300, 300, 12, 1, "0.00001") +
                 step("billing_agent", "claude-sonnet", 2700, 2400, 180, 140, "0.0084") +
                 step("formatter", "claude-haiku", 3400, 700, 145, 80, "0.00051") +
                 "{\"event_type\":\"pattern_end\",\"run_id\":\"run-174\",\"span_id\":\"top\","
                 "\"pattern_type\":\"supervisor\",\"duration_ms\":3400,"
                 "\"timestamp\":1750000003.4}\n");
  // The document's headline says $0.0092, which its lines do not add up to.
  EXPECT_THAT(output_of({"show", folder.file("run.jsonl")}),
              HasSubstr("Run #174   supervisor   3 steps   3.4s   $0.00892\n"
                        "├── classifier     0.3s  claude-haiku   12→1 tok    $0.00001\n"
                        "├── billing_agent  2.4s  claude-sonnet  180→140 tok $0.00840\n"
                        "└── formatter      0.7s  claude-haiku   145→80 tok  $0.00051\n"));
}

TEST(ShowCommandTest, Row69OpenRunsAndOrphansAreMarked) {
  const TemporaryFolder folder;
  write_file(folder.file("open.jsonl"),
             R"({"event_type":"agent_start","agent_name":"waiting","run_id":"r1",)"
             R"("span_id":"00000000000000a1","timestamp":1750000000})"
             "\n"
             R"({"event_type":"tool_end","name":"lost","run_id":"r2","duration_ms":100,)"
             R"("span_id":"00000000000000b1","parent_span_id":"00000000000000ff",)"
             R"("timestamp":1750000001})"
             "\n");
  const std::string out = output_of({"show", folder.file("open.jsonl")});
  EXPECT_THAT(out, AllOf(HasSubstr("2 spans from 2 runs"), HasSubstr("waiting"),
                         HasSubstr("[stale, 1 span open]"), HasSubstr("[open]"),
                         HasSubstr("[orphan: 00000000000000ff is missing]")));
  EXPECT_THAT(output_of({"show", folder.file("open.jsonl"), "--status", "stale"}),
              AllOf(HasSubstr("Run #r1"), Not(HasSubstr("Run #r2"))));
}

TEST(ShowCommandTest, OneRunIsShownAloneAndOneThatIsNotThereIsRefused) {
  const std::string out = output_of({"show", kSample, "--run", "run_fixture_1"});
  EXPECT_THAT(out, AllOf(HasSubstr("Run #fixture_1"), Not(HasSubstr("Run #fixture_2"))));
  const ProgramResult none = run_program({"show", kSample, "--run", "run_\x1b[2J"});
  EXPECT_EQ(none.status, 2);
  EXPECT_THAT(none.err, AllOf(HasSubstr("'run_\\x1b[2J'"), HasSubstr("--limit 0")));
  EXPECT_THAT(output_of({"show", kSample, "--limit", "1"}),
              AllOf(Not(HasSubstr("Run #fixture_1")), HasSubstr("1 older run not shown")));
}

TEST(ShowCommandTest, JsonHasTheSumsAndTheTree) {
  simdjson::dom::parser parser;
  const auto all = json_of(parser, {"show", kSample, "--json"});
  EXPECT_EQ(testing::count_at(all, "/spans"), 17);
  EXPECT_EQ(testing::count_at(all, "/runs"), 2);
  EXPECT_EQ(text_at(all, "/list/0/status"), "failed");
  EXPECT_EQ(text_at(all, "/list/1/status"), "success");
  EXPECT_DOUBLE_EQ(testing::number_at(all, "/list/1/cost_usd"), 0.0206);
  EXPECT_EQ(testing::count_at(all, "/list/0/tokens") + testing::count_at(all, "/list/1/tokens"),
            1840);
  EXPECT_EQ(text_at(all, "/list/1/spans/0/place"), "root");
  EXPECT_EQ(text_at(all, "/list/1/spans/1/name"), "Classifier");
  EXPECT_EQ(testing::count_at(all, "/list/1/spans/1/depth"), 1);
  EXPECT_DOUBLE_EQ(testing::number_at(all, "/list/1/spans/1/start_ms"), 1000);
  EXPECT_DOUBLE_EQ(testing::number_at(all, "/list/1/spans/1/duration_ms"), 2000);
}

TEST(ShowCommandTest, ColoursAreForTerminalsAndForThoseWhoAsk) {
  EXPECT_THAT(output_of({"show", kSample}), Not(HasSubstr("\x1b")));
  EXPECT_THAT(output_of({"show", kSample, "--color", "always"}),
              HasSubstr("\x1b[31mRun #fixture_2 "));
  EXPECT_THAT(output_of({"show", kSample, "--color", "never"}), Not(HasSubstr("\x1b")));
  EXPECT_EQ(run_program({"show", kSample, "--color", "blue"}).status, 2);
}

TEST(ShowCommandTest, LinesKeepWithinTheWidthOfTheTerminal) {
  const TemporaryFolder folder;
  const std::string long_name(200, 'n');
  write_file(folder.file("wide.jsonl"),
             "{\"event_type\":\"llm_call\",\"agent_name\":\"" + long_name + "\",\"model\":\"" +
                 long_name + "\",\"run_id\":\"" + long_name +
                 "\",\"duration_ms\":5,\"tokens\":7,\"timestamp\":1750000000}\n");
  for (const std::string width : {"", "60", "80", "150"}) {
    setenv("COLUMNS", width.c_str(), 1);
    const std::size_t most = width.empty() ? 100 : std::stoul(width);
    for (const char* const command : {"query", "cost", "tail", "timeline", "show"}) {
      const std::vector<std::string> lines =
          lines_of(output_of({command, folder.file("wide.jsonl")}));
      ASSERT_FALSE(lines.empty());
      std::size_t widest = 0;
      // The first of some is the path, and how long that is lies with whoever runs this.
      for (std::size_t i = 1; i < lines.size(); ++i) {
        std::size_t columns = 0;
        for (const char c : lines[i]) columns += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
        widest = std::max(widest, columns);
      }
      EXPECT_LE(widest, most) << command;
    }
  }
  unsetenv("COLUMNS");
}

TEST(ShowCommandTest, WhoeverReadsMayGoAwayAndNothingIsSaidOfIt) {
  const TemporaryFolder folder;
  std::string lines;  // more than a pipe holds
  for (int i = 0; i < 5000; ++i) {
    lines += R"({"event_type":"llm_call","run_id":"r)" + std::to_string(i) +
             R"(","model":"m","duration_ms":5,"timestamp":1750000000})" + "\n";
  }
  write_file(folder.file("many.jsonl"), lines);
  const std::string run = "('" TRACEBUS_PROGRAM "' show --limit 0 '" + folder.file("many.jsonl") +
                          "'; echo $? > '" + folder.file("status") + "') 2> '" +
                          folder.file("err") + "' | head -c 1 > '" + folder.file("out") + "'";
  ASSERT_EQ(std::system(run.c_str()), 0);
  // What stands before the bar of the pipe may end after the pipe does.
  ASSERT_TRUE(testing::eventually([&] { return !read_file(folder.file("status")).empty(); }));
  EXPECT_EQ(read_file(folder.file("status")), "141\n");
  EXPECT_EQ(read_file(folder.file("err")), "");
}

TEST(ShowCommandTest, TheHeadingCountsTheFilesThatWereRead) {
  const ProgramResult result = run_program({"show", "/no/such/file", kSample});
  EXPECT_EQ(result.status, 2);
  EXPECT_TRUE(result.out.starts_with(kSample + " — 17 spans from 2 runs\n")) << result.out;
}

TEST(ShowCommandTest, AnUnknownCommandIsEchoedWithoutWhatATerminalObeys) {
  const ProgramResult result = run_program({"sh\x1b[2Jow", kSample});
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, AllOf(HasSubstr("sh\\x1b[2Jow"), Not(HasSubstr("\x1b"))));
}

TEST(TimelineCommandTest, Row77AnEmptyFileIsAnEmptyTrace) {
  const TemporaryFolder folder;
  write_file(folder.file("empty.jsonl"), "");
  EXPECT_EQ(output_of({"timeline", folder.file("empty.jsonl")}), "Empty trace\n");
}

}  // namespace
}  // namespace tracebus
