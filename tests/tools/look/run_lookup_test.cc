// SPDX-License-Identifier: Apache-2.0
//
// What the commands show of a run's id can be asked for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tracebus/tests/tools/look/look_fixture.h"

namespace tracebus {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::output_of;
using testing::ProgramResult;
using testing::run_program;
using testing::TemporaryFolder;
using testing::write_file;

constexpr const char* kHexRun = "f18853080c9cbf390bca546e04e5c2ef";

class RunLookupTest : public ::testing::Test {
 protected:
  RunLookupTest() {
    std::string lines;
    for (const auto& [id, model] : std::vector<std::pair<std::string, std::string>>{
             {"run-174", "of-run-174"},
             {"run_1745", "of-run_1745"},
             {"other-174x", "of-other-17"},
             {kHexRun, "of-f1885308"},
             {"back\\u001bslash", "of-back"}}) {
      lines += R"({"event_type":"llm_call","run_id":")" + id + R"(","model":")" + model +
               R"(","duration_ms":5,"cost_usd":0.25,"timestamp":1750000000})" + "\n";
    }
    write_file(path_, lines);
  }

  const TemporaryFolder folder_;
  const std::string path_ = folder_.file("runs.jsonl");
};

TEST_F(RunLookupTest, Row76WhatIsShownOfARunsIdFindsIt) {
  const std::vector<std::pair<std::string, std::string>> asked = {
      {"run-174", "of-run-174"},    {"174", "of-run-174"},      {"#174", "of-run-174"},
      {"run_1745", "of-run_1745"},  {"1745", "of-run_1745"},    {"#f1885308", "of-f1885308"},
      {"f1885308", "of-f1885308"},  {"f188…", "of-f1885308"},   {"f188...", "of-f1885308"},
      {"04e5c2ef", "of-f1885308"},  {kHexRun, "of-f1885308"},   {"#oth", "of-other-17"},
      {"other-174x", "of-other-17"}, {"back\\x1bsl", "of-back"}};
  for (const auto& [run, model] : asked) {
    EXPECT_THAT(output_of({"show", path_, "--run", run}), HasSubstr(model)) << "--run " << run;
  }
  for (const std::string command : {"timeline", "flame", "query", "cost"}) {
    EXPECT_THAT(output_of({command, path_, "--run", "#f1885308"}), HasSubstr("of-f1885308"))
        << command;
  }
}

TEST_F(RunLookupTest, WhatMayBeSeveralRunsIsRefusedWithTheirNames) {
  for (const char* const command : {"show", "timeline", "flame", "query", "cost"}) {
    const ProgramResult several = run_program({command, path_, "--run", "run"});
    EXPECT_EQ(several.status, 2) << command;
    EXPECT_THAT(several.err, AllOf(HasSubstr("--run: 'run' may be any of 2 runs"),
                                   HasSubstr("run-174"), HasSubstr("run_1745"),
                                   Not(HasSubstr("other"))));
  }
  for (const char* const nothing : {"#", "moon", "885"}) {
    EXPECT_EQ(run_program({"show", path_, "--run", nothing}).status, 2) << nothing;
  }
}

}  // namespace
}  // namespace tracebus
