// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "tracebus/tests/tools/look/look_fixture.h"

namespace tracebus {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using testing::json_of;
using testing::kSample;
using ::testing::Not;
using testing::number_at;
using testing::output_of;
using testing::ProgramResult;
using testing::run_program;
using testing::TemporaryFolder;
using testing::text_at;
using testing::write_file;

TEST(CostCommandTest, Row76BarsSharesAveragesAndDailySpend) {
  EXPECT_EQ(
      output_of({"cost", kSample, "--by", "model,workflow,day"}),
      kSample +
          " — $0.0248, 1,840 tokens, 3 calls\n"
          "\n"
          "Cost by model\n"
          "  model                                   cost   share  runs          avg  calls  "
          "tokens\n"
          "  claude-3-5-sonnet  ████████████████  $0.0185  74.6 %     1  $0.0185/run      1     "
          "980\n"
          "  gemini-1.5-pro     ████              $0.0042  16.9 %     1  $0.0042/run      1     "
          "540\n"
          "  gpt-4o-mini        ██                $0.0021   8.5 %     1  $0.0021/run      1     "
          "320\n"
          "\n"
          "Cost by workflow\n"
          "  workflow                               cost   share  runs          avg  calls  "
          "tokens\n"
          "  customer-support  ████████████████  $0.0206  83.1 %     1  $0.0206/run      2   "
          "1,300\n"
          "  refund-processor  ███               $0.0042  16.9 %     1  $0.0042/run      1     "
          "540\n"
          "\n"
          "Daily spend (UTC)\n"
          "  day                              cost    share  runs          avg  calls  tokens\n"
          "  2026-06-16  ████████████████  $0.0248  100.0 %     2  $0.0124/run      3   1,840\n");
}

TEST(CostCommandTest, EveryDimensionAddsUpToTheSame) {
  simdjson::dom::parser parser;
  const std::string dimensions = "model,workflow,agent,provider,pattern,session,user,run,day,hour";
  const auto all = json_of(parser, {"cost", kSample, "--json", "--by", dimensions});
  EXPECT_DOUBLE_EQ(number_at(all, "/cost_usd"), 0.0248);
  EXPECT_EQ(testing::count_at(all, "/tokens"), 1840);
  std::size_t found = 0;
  const simdjson::dom::object dimensions_found = all["by"];
  for (const auto field : dimensions_found) {
    ++found;
    double cost = 0;
    double share = 0;
    std::int64_t tokens = 0;
    const simdjson::dom::array groups = field.value;
    for (const auto group : groups) {
      cost += number_at(group, "/cost_usd");
      share += number_at(group, "/share");
      tokens += testing::count_at(group, "/tokens");
    }
    EXPECT_NEAR(cost, 0.0248, 1e-12) << field.key;
    EXPECT_NEAR(share, 1, 1e-9) << field.key;
    EXPECT_EQ(tokens, 1840) << field.key;
  }
  EXPECT_EQ(found, 10u);
  EXPECT_EQ(text_at(all, "/by/hour/0/name"), "2026-06-16T09");
}

TEST(CostCommandTest, ConditionsLeaveWhatWasAskedFor) {
  simdjson::dom::parser parser;
  const auto one = json_of(parser, {"cost", kSample, "--json", "--run", "run_fixture_2"});
  EXPECT_DOUBLE_EQ(number_at(one, "/cost_usd"), 0.0042);
  EXPECT_THAT(output_of({"cost", kSample, "--since", "2030-01-01"}),
              AllOf(HasSubstr("$0.0000, 0 tokens, 0 calls"), HasSubstr("nothing")));
  const ProgramResult wrong = run_program({"cost", kSample, "--by", "moon"});
  EXPECT_EQ(wrong.status, 2);
  EXPECT_THAT(wrong.err, AllOf(HasSubstr("'moon'"), HasSubstr("workflow")));
}

TEST(CostCommandTest, GroupsBeyondTheLimitAreOneLine) {
  EXPECT_THAT(output_of({"cost", kSample, "--by", "model", "--limit", "1"}),
              AllOf(HasSubstr("(2 others)"), HasSubstr("$0.0063  25.4 %"), HasSubstr("860"),
                    Not(HasSubstr("gpt-4o-mini"))));
}

TEST(CostCommandTest, CallsThatNobodyPricedAreSaidToBe) {
  const TemporaryFolder folder;
  write_file(folder.file("unpriced.jsonl"),
             R"({"event_type":"llm_call","model":"new","duration_ms":5,"input_tokens":7,)"
             R"("output_tokens":1,"run_id":"r","timestamp":1750000000})"
             "\n");
  EXPECT_THAT(output_of({"cost", folder.file("unpriced.jsonl"), "--by", "model"}),
              AllOf(HasSubstr(" — unpriced, 8 tokens, 1 call\n"), HasSubstr("  new    unpriced "),
                    Not(HasSubstr("$"))));
  simdjson::dom::parser parser;
  const auto all = json_of(parser, {"cost", folder.file("unpriced.jsonl"), "--json"});
  EXPECT_EQ(testing::count_at(all, "/by/model/0/unpriced_calls"), 1);
  for (const char* const unknown : {"/cost_usd", "/by/model/0/cost_usd", "/by/model/0/share",
                                    "/by/model/0/usd_per_run"}) {
    EXPECT_TRUE(all.at_pointer(unknown).is_null()) << unknown;
  }
}

TEST(CostCommandTest, WhereSomeCallsArePricedTheOthersAreSaidBesideThem) {
  const TemporaryFolder folder;
  const std::string call = R"({"event_type":"llm_call","duration_ms":5,"input_tokens":7,)"
                           R"("output_tokens":1,"run_id":"r","timestamp":1750000000,"model":)";
  write_file(folder.file("some.jsonl"), call + "\"new\"}\n" + call + "\"new\"}\n" + call +
                                            "\"old\",\"cost_usd\":0.5}\n" + call +
                                            "\"gift\",\"cost_usd\":0}\n");
  const std::string text = output_of({"cost", folder.file("some.jsonl"), "--by", "model"});
  EXPECT_THAT(text, HasSubstr(" — $0.5000 + 2 calls unpriced, 32 tokens, 4 calls\n"));
  for (const std::string& line : testing::lines_of(text)) {
    if (line.starts_with("  new ")) {
      EXPECT_THAT(line, AllOf(HasSubstr(" unpriced "), Not(HasSubstr("$"))));
    }
    if (line.starts_with("  gift ")) {
      EXPECT_THAT(line, HasSubstr(" $0.0000 ")) << "that it was free was said";
    }
  }
}

TEST(CostCommandTest, TokensFromACacheAreSaid) {
  const TemporaryFolder folder;
  write_file(folder.file("cached.jsonl"),
             R"({"event_type":"llm_call","model":"m","duration_ms":5,"input_tokens":1000,)"
             R"("output_tokens":1,"cache_read_input_tokens":100,"cost_usd":0.5,"run_id":"r",)"
             R"("timestamp":1750000000})"
             "\n");
  EXPECT_THAT(output_of({"cost", folder.file("cached.jsonl"), "--by", "model"}),
              AllOf(HasSubstr(" tokens (10.0 % of the input cached), 1 call\n"),
                    HasSubstr("cached\n")));
  EXPECT_THAT(output_of({"cost", kSample}), Not(HasSubstr("cached")));
}

// What the demo says of itself is counted on the bus, by other code than the store's.
TEST(CostCommandTest, TheDemosOwnSumsComeOut) {
  const TemporaryFolder folder;
  const std::string path = folder.file("demo.jsonl");
  const ProgramResult demo = run_program({"demo", "--agents", "50", "--threads", "1", "--runs",
                                          "100", "--rate", "20000", "--jsonl", path});
  ASSERT_EQ(demo.status, 0) << demo.err;
  const auto account = testing::account_of(demo.out);
  ASSERT_TRUE(account);
  simdjson::dom::parser parser;
  const auto all = json_of(parser, {"cost", path, "--json"});
  char cost[64];
  std::snprintf(cost, sizeof cost, "cost: $%.4f;", number_at(all, "/cost_usd"));
  EXPECT_THAT(demo.out, HasSubstr(cost));
  std::int64_t input = 0;
  std::int64_t output = 0;
  const simdjson::dom::array models = all.at_pointer("/by/model");
  for (const auto group : models) {
    input += testing::count_at(group, "/input_tokens");
    output += testing::count_at(group, "/output_tokens");
  }
  std::string plain = demo.out;  // without the commas of its numbers
  std::erase(plain, ',');
  EXPECT_THAT(plain, HasSubstr("tokens: " + std::to_string(input) + " input ("));
  EXPECT_THAT(plain, HasSubstr(" cached) " + std::to_string(output) + " output"));
  simdjson::dom::parser second;
  const auto shown = json_of(second, {"show", path, "--json", "--limit", "1"});
  EXPECT_EQ(testing::count_at(shown, "/spans"), static_cast<std::int64_t>(account->delivered));
  const std::string runs = std::to_string(testing::count_at(shown, "/runs"));
  EXPECT_THAT(plain, ContainsRegex("pattern_start +" + runs + " "));
}

}  // namespace
}  // namespace tracebus
