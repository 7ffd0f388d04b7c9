// SPDX-License-Identifier: Apache-2.0
//
// No line is wider than the terminal, and no money is cut, however narrow it is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <regex>
#include <set>

#include "tracebus/render/text_parts.h"
#include "tracebus/tests/tools/look/look_fixture.h"

namespace tracebus {
namespace {

using ::testing::HasSubstr;
using testing::kSample;
using testing::lines_of;
using ::testing::Not;
using testing::output_of;
using testing::TemporaryFolder;
using testing::write_file;

// Amounts, each with what follows it up to a space, so that what was cut is none of the wide ones.
std::multiset<std::string> money_in(const std::string& text) {
  static const std::regex kMoney("\\$[^ \n]*");
  return {std::sregex_token_iterator(text.begin(), text.end(), kMoney),
          std::sregex_token_iterator()};
}

std::string at_width(const std::string& width, const std::vector<std::string>& command) {
  setenv("COLUMNS", width.c_str(), 1);
  std::string out = output_of(command);
  unsetenv("COLUMNS");
  return out;
}

class NarrowTerminalTest : public ::testing::Test {
 protected:
  NarrowTerminalTest() {
    const std::string deep = folder_.file("deep.jsonl");
    std::string lines;
    for (int i = 1; i <= 40; ++i) {
      lines += span("s" + std::to_string(i), i == 1 ? "" : "s" + std::to_string(i - 1),
                    "a step with a name of its own " + std::to_string(i),
                    i == 40 ? R"(,"kind":"LLM","cost_usd":1234567.25,"input_tokens":123456)" : "");
    }
    lines += span("lost", "a-parent-that-nobody-ever-heard-of-in-any-file", "orphan", "");
    lines += span("s3", "s1", "three again", R"(,"kind":"LLM","cost_usd":0.000000001)");
    lines += span("bad", "s2", "bad", R"(,"status":"error","error":"it went wrong in a long way")");
    write_file(deep, lines);
    std::string calls;
    for (const std::string model : {"20250514", "20250601", "20250701"}) {
      calls += R"({"event_type":"llm_call","run_id":"a-run-with-a-long-id-)" + model +
               R"(","agent_name":"a quite long name of an agent","workflow":"a-long-workflow",)" +
               R"("model":"claude-sonnet-4-with-a-long-name-)" + model +
               R"(","duration_ms":1234.5,"input_tokens":1200,"output_tokens":12,)" +
               R"("cache_read_input_tokens":120,"cost_usd":0.0123456,"timestamp":1750000000})" +
               "\n" + R"({"event_type":"llm_call","run_id":"other","model":"unknown-)" + model +
               R"(","duration_ms":5,"input_tokens":7,"output_tokens":1,"timestamp":1750100000})" +
               "\n";
    }
    write_file(folder_.file("calls.jsonl"), calls);
    files_ = {kSample, deep, folder_.file("calls.jsonl")};
  }

  static std::string span(const std::string& id, const std::string& parent,
                          const std::string& name, const std::string& more) {
    return R"({"trace_id":"T","span_id":")" + id + R"(","parent_span_id":")" + parent +
           R"(","name":")" + name + R"(","start_time":"2026-01-01T00:00:03Z",)" +
           R"("end_time":"2026-01-01T00:00:04Z")" + more + "}\n";
  }

  const TemporaryFolder folder_;
  std::vector<std::string> files_;
};

TEST_F(NarrowTerminalTest, NoLineIsWiderThanTheTerminalAndNoMoneyIsCut) {
  for (const std::string& file : files_) {
    for (const std::string command : {"show", "timeline", "query", "cost", "tail", "top"}) {
      std::vector<std::string> arguments = {command, file};
      if (command == "top") arguments.insert(arguments.end(), {"-n", "1"});
      const auto wide = money_in(at_width("1000", arguments));
      for (const std::string width : {"40", "60", "80", "120"}) {
        const std::string text = at_width(width, arguments);
        for (const std::string& line : lines_of(text)) {
          EXPECT_LE(count_code_points(line), std::stoul(width))
              << command << " " << file << "\n" << line;
        }
        const auto narrow = money_in(text);
        EXPECT_TRUE(std::ranges::includes(wide, narrow)) << command << " " << width << "\n" << text;
        // The averages of costs may be left out, and nothing else.
        if (command == "cost") continue;
        EXPECT_EQ(narrow, wide) << command << " " << width << "\n" << text;
      }
    }
  }
}

TEST_F(NarrowTerminalTest, NamesWithOneBeginningStayApartAndWhatIsLeftOutIsSaid) {
  const std::string calls = folder_.file("calls.jsonl");
  for (const std::string width : {"40", "60", "80"}) {
    const std::string cost = at_width(width, {"cost", calls, "--by", "model"});
    std::set<std::string> names;  // that three models of one beginning are called
    for (const std::string& line : lines_of(cost)) {
      if (line.starts_with("  claude")) names.insert(line.substr(2, line.find(' ', 2)));
    }
    EXPECT_EQ(names.size(), 3u) << cost;
    EXPECT_THAT(cost, HasSubstr("unpriced"));
  }
  EXPECT_THAT(at_width("40", {"cost", calls, "--by", "model"}), HasSubstr("no room for cached"));
  EXPECT_THAT(at_width("120", {"cost", calls, "--by", "model"}), Not(HasSubstr("no room for")));
  EXPECT_THAT(at_width("40", {"query", calls}), HasSubstr("no room for RUN"));
  EXPECT_THAT(at_width("40", {"show", folder_.file("deep.jsonl")}), HasSubstr("no room for"));
}

TEST_F(NarrowTerminalTest, TheDayOfAllRowsStandsInTheHeadingAlone) {
  const std::string rows = at_width("100", {"query", kSample});
  EXPECT_TRUE(rows.starts_with("2026-06-16 ")) << rows;
  EXPECT_EQ(rows.find("2026-06-16", 1), std::string::npos) << rows;
  EXPECT_THAT(rows, HasSubstr("\n09:00:00.000Z "));
  const std::string days = at_width("100", {"query", folder_.file("calls.jsonl")});
  EXPECT_THAT(days, HasSubstr("\n2025-06-15T15:06:40.000Z "));
}

}  // namespace
}  // namespace tracebus
