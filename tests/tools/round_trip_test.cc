// SPDX-License-Identifier: Apache-2.0
//
// What the demo wrote comes back byte by byte, ids and times included, through every format.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tracebus/tests/source_folder.h"
#include "tracebus/tests/tools/program.h"

namespace tracebus {
namespace {

using testing::ProgramResult;
using testing::read_file;
using testing::run_program;
using testing::TemporaryFolder;

void expect_replayed(const std::string& from, const std::string& to) {
  const ProgramResult result = run_program({"replay", from, "--to", to});
  EXPECT_EQ(result.status, 0) << result.err;
}

// Not EXPECT_EQ: it would print megabytes.
void expect_same_file(const std::string& a, const std::string& b) {
  const std::string text = read_file(a);
  ASSERT_FALSE(text.empty());
  EXPECT_TRUE(text == read_file(b)) << a << " and " << b << " differ";
}

class RoundTripTest : public ::testing::TestWithParam<std::vector<std::string>> {
 protected:
  void SetUp() override {
    std::vector<std::string> arguments = {"demo", "--rate",  "30000",          "--queue-mb",
                                          "256",  "--jsonl", folder_.file("a")};
    arguments.insert(arguments.end(), GetParam().begin(), GetParam().end());
    const ProgramResult result = run_program(arguments);
    ASSERT_EQ(result.status, 0) << result.err;
  }
  TemporaryFolder folder_;
};

TEST_P(RoundTripTest, JsonlToJsonl) {
  expect_replayed(folder_.file("a"), "jsonl:" + folder_.file("b"));
  expect_same_file(folder_.file("a"), folder_.file("b"));
}

#ifdef TRACEBUS_WITH_PROTO
TEST_P(RoundTripTest, JsonlToProtobufToJsonl) {
  expect_replayed(folder_.file("a"), "proto:" + folder_.file("p"));
  expect_replayed(folder_.file("p"), "jsonl:" + folder_.file("c"));
  expect_same_file(folder_.file("a"), folder_.file("c"));
}

TEST_P(RoundTripTest, ProtobufToProtobuf) {
  expect_replayed(folder_.file("a"), "proto:" + folder_.file("p"));
  expect_replayed(folder_.file("p"), "proto:" + folder_.file("q"));
  expect_same_file(folder_.file("p"), folder_.file("q"));
}
#endif

INSTANTIATE_TEST_SUITE_P(Workloads, RoundTripTest,
                         ::testing::Values(std::vector<std::string>{"--runs", "200"},
                                           std::vector<std::string>{"--runs", "100", "--deltas",
                                                                    "--threads", "3"},
                                           // More than fits between two flushes of the replay.
                                           std::vector<std::string>{"--runs", "400", "--content"}));

// The demo's calls say no costs; what is recorded behind them does.
TEST(RoundTripTest, EveryFormatSaysWhatItCost) {
  const TemporaryFolder folder;
  const ProgramResult demo =
      run_program({"demo", "--runs", "200", "--threads", "1", "--rate", "20000", "--to",
                   "jsonl:" + folder.file("a.jsonl"), "--to", "otlp-file:" + folder.file("a.otlp"),
                   "--to", "jaeger-file:" + folder.file("a.json")});
  ASSERT_EQ(demo.status, 0) << demo.err;
  const auto cost_of = [&](const std::string& file) {
    const std::string out = run_program({"cost", "--json", folder.file(file)}).out;
    return out.substr(0, out.find("\"by\""));
  };
  const std::string cost = cost_of("a.jsonl");
  EXPECT_EQ(cost.find("\"cost_usd\":0.0,"), std::string::npos) << cost;
  EXPECT_EQ(cost_of("a.otlp"), cost);
  EXPECT_EQ(cost_of("a.json"), cost);
}

TEST(RoundTripTest, ForeignTracesAreStableOnceReplayed) {
  const std::string traces = TRACEBUS_TEST_DATA "/traces/";
  for (const char* name : {"pyagent_sample_trace.jsonl", "pyagent_jsonl_exporter_format.jsonl",
                           "pyagent_recorder_format.jsonl", "studio_span.jsonl"}) {
    const TemporaryFolder folder;
    expect_replayed(traces + name, "jsonl:" + folder.file("b"));
    expect_replayed(folder.file("b"), "jsonl:" + folder.file("c"));
    expect_same_file(folder.file("b"), folder.file("c"));
  }
}

}  // namespace
}  // namespace tracebus
