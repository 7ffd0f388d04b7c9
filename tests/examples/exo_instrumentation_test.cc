// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tracebus/tests/examples/seed_example.h"

namespace tracebus {
namespace {

using ::testing::HasSubstr;
using testing::of_type;
using testing::ReadEvents;
using testing::SeedExample;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST_F(SeedExample, Row42_Row43_ExoInstrumentation) {
  const std::string printed = run("exo_instrumentation");
  EXPECT_THAT(printed, HasSubstr(R"({"exo.agent.name": "researcher", "exo.agent.step": 1, )"
                                 R"("exo.agent.model": "gpt-4o"})"));
  EXPECT_THAT(printed, HasSubstr(R"({"exo.tool.name": "search", "exo.tool.status": "success"})"));
  const ReadEvents events = testing::read_trace({file()});
  EXPECT_EQ(testing::tree_of(events),
            R"(AGENT "researcher" ok model="gpt-4o" input_tokens=500 output_tokens=150 )"
            R"(exo.agent.step=1
TOOL "search" ok tool_name="search" exo.tool.status="success"
AGENT "worker" ok exo.agent.step=1
)");
  EXPECT_EQ(of_type(events, "agent_end")[0]["duration_ms"], "420.0");
  EXPECT_EQ(of_type(events, "tool_end")[0]["duration_ms"], "120.5");
}

TEST_F(SeedExample, Row51_Row52_Row53_ExoPromptLogger) {
  EXPECT_THAT(run("exo_prompt_logger"),
              StartsWith("System: 9\nUser: 7\nAssistant: 3\nTool: 3\nTotal: 22\n"
                         "INFO: LLM Execution\n"));
}

TEST_F(SeedExample, Row64_ExoSpanConsumer) {
  run("exo_span_consumer");
  EXPECT_THAT(testing::lines_of(testing::read_file(file())), SizeIs(2));
  EXPECT_EQ(testing::tree_of(testing::read_trace({file()})),
            "AGENT \"researcher\"\n  TOOL \"search\"\n");
}

}  // namespace
}  // namespace tracebus
