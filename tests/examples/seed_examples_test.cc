// SPDX-License-Identifier: Apache-2.0
//
// The seeds' examples in C++, run as they stand in tools/examples/seeds: what each printed, and the
// spans and events that it wrote.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tracebus/tests/examples/seed_example.h"

namespace tracebus {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::of_type;
using testing::ReadEvent;
using testing::ReadEvents;
using testing::SeedExample;
using ::testing::SizeIs;

// --- Document 000 ---

TEST_F(SeedExample, Pyagent_EventBus) {
  EXPECT_EQ(run("pyagent_event_bus"),
            "[agent_start] analyst\n"
            "Agent event: {\"model\":\"claude-sonnet-4-20250514\"}\n"
            "Agent event: {}\n");
}

TEST_F(SeedExample, Row13_Row14_Row15_Row21_PyagentBuiltInExporters) {
  EXPECT_EQ(run("pyagent_exporters"),
            "[agent_start] pattern=pipeline agent=analyst\n"
            "[error] pattern=pipeline agent=analyst message=overloaded\n"
            "[agent_end] pattern=pipeline agent=analyst\n"
            "errors: 1\n");
  const ReadEvents events = testing::read_trace({file()});
  ASSERT_THAT(events, SizeIs(3));
  EXPECT_EQ(events[1].type, "error");
  EXPECT_EQ(events[1]["message"], "\"overloaded\"");
}

TEST_F(SeedExample, Row25_Row27_PyagentAgentHooksAndTracedProvider) {
  const std::vector<std::string> lines = testing::lines_of(run("pyagent_agent_hooks"));
  ASSERT_THAT(lines, SizeIs(7));
  EXPECT_THAT(lines[0], HasSubstr("[agent_start] agent=analyst "));
  EXPECT_THAT(lines[5], ::testing::StartsWith("[cost_record] "));
  EXPECT_THAT(lines[6], HasSubstr(" output=Revenue rose, says: Summarise Q3 earnings "));
  const ReadEvents events = testing::read_trace({file()});
  std::vector<std::string> types;
  for (const ReadEvent& event : events) types.push_back(event.type);
  EXPECT_THAT(types, ElementsAre("agent_start", "llm_call_start", "provider_call_start",
                                 "provider_call_end", "llm_call_end", "cost_record", "agent_end"));
  const double span_ms = std::stod(events[6]["duration_ms"]);
  EXPECT_LE(std::stod(events[6]["duration_seconds"]) * 1000, 1.5 * span_ms + 0.1)
      << "both are of the same run";
  EXPECT_EQ(events[2]["provider"], "\"anthropic\"");
  EXPECT_EQ(events[2]["input_messages"], "2");
  EXPECT_EQ(events[3]["output_tokens"], "480");
  EXPECT_EQ(events[5]["cost_usd"], "0.0108") << "1200 and 480 tokens at the prices of the table";
}

TEST_F(SeedExample, Row28_Row29_PyagentDecoratorTracing) {
  EXPECT_EQ(tree_of("pyagent_traced_pipeline"),
            R"(PATTERN "pipeline"
  AGENT "extractor"
    LLM "claude-haiku-3-5-20241022" model="claude-haiku-3-5-20241022" provider="anthropic" )"
            R"(input_tokens=180 output_tokens=42 cost_usd=6e-05
  AGENT "writer"
    LLM "gpt-4o-mini" model="gpt-4o-mini" provider="openai" )"
            R"(input_tokens=60 output_tokens=85 cost_usd=9e-05
)");
}

TEST_F(SeedExample, Row30_PyagentPatternSpanEmitter) {
  EXPECT_EQ(tree_of("pyagent_span_emitter"),
            R"(PATTERN "debate" ok rounds=2 topic="nvidia_investment" )"
            R"(service.name="investment-analysis" output_length=47 escalated=false )"
            R"(execution_ms=0.0 token_estimate=0 cost_usd=0.01032
  AGENT "bull" round=1
  AGENT "bear" round=1
  AGENT "bull" round=2
  AGENT "bear" round=2
  AGENT "judge"
PATTERN "debate" error rounds=2 topic="nvidia_investment" service.name="investment-analysis" )"
            R"(span.status_message="nothing to judge" span.events=[{"name":"exception",)"
            R"("attributes":{"exception.type":"std::invalid_argument",)"
            R"("exception.message":"nothing to judge"}}]
  AGENT "bull" round=1
  AGENT "bear" round=1
  AGENT "bull" round=2
  AGENT "bear" round=2
  AGENT "judge" error )"
            R"(span.events=[{"name":"exception","attributes":{"exception.escaped":true}}]
)");
}

TEST_F(SeedExample, Row44_PyagentCostTracker) {
  EXPECT_EQ(run("pyagent_cost_tracker"),
            R"(Total session cost: $0.0103
By pattern: {"debate": 0.01032}
By model: {"gemini-2.5-flash": 0.00192, "claude-sonnet-4-20250514": 0.0084}
By agent: {"bull": 0.00094, "bear": 0.00098, "judge": 0.0084}
If 500 runs/day: $5.16/day
{"total_cost_usd": 0.01032, "total_tokens": 3370, "entries": 3, )"
            R"("by_pattern": {"debate": 0.01032}, )"
            R"("by_agent": {"bull": 0.00094, "bear": 0.00098, "judge": 0.0084}, )"
            R"("by_model": {"gemini-2.5-flash": 0.00192, "claude-sonnet-4-20250514": 0.0084}}
)");
}

TEST_F(SeedExample, Row47_Row48_Row49_PyagentRecordAndReplay) {
  EXPECT_EQ(run("pyagent_recorder"),
            R"(Recorded 4 events
Total cost: $0.00015
[pattern_start] : ...
  tokens: 0+0, cost: $0.00000
[llm_call] extractor: Revenue: $25.2B (+8% YoY), gross margin: 17.1%...
  tokens: 180+42, cost: $0.00006
[llm_call] writer: Tesla Q3: Revenue beat consensus by 2%......
  tokens: 60+85, cost: $0.00009
[pattern_end] : Tesla Q3: Revenue beat consensus by 2%......
  tokens: 0+0, cost: $0.00000
Replayed: Revenue: $25.2B (+8% YoY), gross margin: 17.1%
Once more: a miss
)");
  EXPECT_THAT(testing::lines_of(testing::read_file(file())), SizeIs(4));
}

// --- Document 001 ---

// The lines have the document's keys in its order, and two events for each call.
TEST_F(SeedExample, Row47_PyagentStreamingRecorder) {
  run("pyagent_streaming_recorder");
  const std::vector<std::string> lines = testing::lines_of(testing::read_file(file()));
  ASSERT_THAT(lines, SizeIs(8));
  EXPECT_THAT(lines[3],
              ::testing::MatchesRegex(
                  R"re(\{"event_type": "llm_call_end", "agent_name": "billing_agent", )re"
                  R"re("workflow": "main", "pattern": "supervisor", "run_id": "[0-9a-f]+", )re"
                  R"re("provider": "anthropic", "model": "claude-sonnet-4-20250514", )re"
                  R"re("input_tokens": 180, "output_tokens": 140, "duration_ms": [0-9.e-]+, )re"
                  R"re("cost_estimate": 0.0084, "timestamp": "[0-9T:.-]+Z"\})re"));
  std::vector<std::string> types;
  for (const ReadEvent& event : testing::read_trace({file()})) types.push_back(event.type);
  EXPECT_THAT(types, ElementsAre("pattern_start", "agent_start", "llm_call_start", "llm_call_end",
                                 "llm_call_start", "llm_call_error", "agent_end", "pattern_end"));
}

// --- Document 002 ---

TEST_F(SeedExample, Row34_PlyraBasicAgent) {
  const std::string captured =
      R"( session.id="session-abc" user.id="user-123" )"
      R"(input.value="\"What are the top EV companies?\"" input.mime_type="application/json" )"
      R"(output.value="[{\"title\":\"Result 1\",\"snippet\":\"...\"}]" )"
      R"(output.mime_type="application/json")";
  EXPECT_EQ(tree_of("plyra_basic_agent"), "AGENT \"researcher\" service.name=\"my-agent\"" +
                                              captured + "\n  TOOL \"web-search\"" + captured +
                                              "\n");
}

TEST_F(SeedExample, Row34_PlyraBasicAgentIsSeenOnTheConsole) {
  const std::vector<std::string> lines = testing::lines_of(run("plyra_basic_agent"));
  ASSERT_THAT(lines, SizeIs(4));
  EXPECT_THAT(lines[0], HasSubstr("[agent_start] agent=researcher"));
  EXPECT_THAT(lines[1], HasSubstr("[tool_start] agent=researcher"));
  EXPECT_THAT(lines[2], HasSubstr("span.name=web-search"));
  EXPECT_THAT(lines[3], HasSubstr("[agent_end]"));
}

TEST_F(SeedExample, Row38_Row61_PlyraMultiAgent) {
  const std::string whose = R"( session.id="session-id" user.id="user-id" tag.tags=["production"])"
                            R"( metadata="{\"tier\":\"enterprise\"}")";
  EXPECT_EQ(tree_of("plyra_multi_agent"),
            "AGENT \"orchestrator\"" + whose + "\n  AGENT \"research_agent\"" + whose +
                "\n  AGENT \"analysis_agent\"" + whose + "\nAGENT \"research_agent\"\n");
}

TEST_F(SeedExample, Row37_PlyraWithGuard) {
  EXPECT_EQ(tree_of("plyra_with_guard"),
            R"(AGENT "executor"
  GUARD "input-safety" guard.policy="content-safety" guard.action="block" )"
            R"(guard.triggered=true guard.confidence=0.95 )"
            R"(guard.details="{\"reason\":\"unsafe keyword detected\"}"
AGENT "executor"
  GUARD "input-safety" guard.policy="content-safety" guard.action="allow" )"
            R"(guard.triggered=false guard.confidence=0.95 )"
            R"(guard.details="{\"reason\":\"nothing found\"}"
  TOOL "execute"
)");
}

TEST_F(SeedExample, Row36_PlyraSpanBuilder) {
  EXPECT_EQ(tree_of("plyra_span_builder"),
            R"(AGENT "orchestrator-step" input.value="{\"query\":\"analyze competitors\"}" )"
            R"(input.mime_type="application/json" agent.name="orchestrator" )"
            R"(agent.framework="custom" output.value="three of them" )"
            R"(output.mime_type="text/plain" )"
            R"(span.events=[{"name":"checkpoint","attributes":{"step":1}}]
)");
}

TEST_F(SeedExample, Row34_Row35_PlyraDecorators) {
  EXPECT_EQ(tree_of("plyra_decorators"),
            R"(CHAIN "pipeline"
  AGENT "planner"
    LLM "gpt-4"
  ROUTER "by difficulty"
  RETRIEVER "documents"
  TOOL "search" input.value="\"cats\"" input.mime_type="application/json" )"
            R"(output.value="[\"cats 1\"]" output.mime_type="application/json"
  TOOL "search" error input.value="\"\"" input.mime_type="application/json" )"
            R"(span.status_message="an empty query" span.events=[{"name":"exception",)"
            R"("attributes":{"exception.type":"std::invalid_argument",)"
            R"("exception.message":"an empty query"}}]
)");
}

TEST_F(SeedExample, Row65_PlyraOpenLlmetry) {
  const ReadEvents events = events_of("plyra_openllmetry");
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_THAT(events[0].payload, ElementsAre(std::pair("llm.provider", "\"OpenAI\""),
                                             std::pair("llm.model_name", "\"gpt-4o\""),
                                             std::pair("openinference.span.kind", "\"LLM\""),
                                             std::pair("llm.token_count.prompt", "12"),
                                             std::pair("llm.token_count.completion", "30")));
}

// --- Document 003 ---

TEST_F(SeedExample, Row39_Row40_TutorialTracer) {
  const std::string printed = run("tutorial_tracer");
  for (const char* const line :
       {"aside ended error\n", "task ended ok\n", "process_query ended unset\n"}) {
    EXPECT_THAT(printed, HasSubstr(line));
  }
  EXPECT_EQ(testing::tree_of(testing::read_trace({file()})),
            R"(CHAIN "process_query" priority="high" service.name="agent_service"
  CHAIN "task" ok attempt=1 )"
            R"(span.events=[{"name":"request_received","attributes":{"bytes":12}}]
  CHAIN "aside" error user_id="u-1" span.status_message="took too long"
)");
}

TEST_F(SeedExample, Row31_TutorialTraced) {
  const ReadEvents events = events_of("tutorial_traced");
  const ReadEvent& tool = events.back();
  EXPECT_EQ(tool["code.function"], "\"execute_tool\"");
  EXPECT_THAT(tool["code.filepath"], HasSubstr("tutorial_traced.cc"));
  EXPECT_GT(std::stoi(tool["code.lineno"]), 20);
  EXPECT_THAT(testing::tree_of(events),
              ::testing::StartsWith(R"(CHAIN "process_request" request_length=9 )"
                                    R"(request.type="query" span.events=)"
                                    R"([{"name":"request_received","attributes":{}}]
  CHAIN "validate_input" valid=true
  CHAIN "generate_response" response.length=21
    CHAIN "llm_call" model="gpt-4"
CHAIN "tool_execution" )"));
}

// --- Document 004 ---

TEST_F(SeedExample, Row31_Row32_ExoTraced) {
  EXPECT_EQ(tree_of("exo_traced"),
            R"(CHAIN "research_task"
CHAIN "fetch_data" source="api"
CHAIN "process"
CHAIN "stream_results"
CHAIN "my_operation" key="value" input.value="{\"text\":\"abc\",\"times\":2}" )"
            R"(input.mime_type="application/json" output.value="6" )"
            R"(output.mime_type="application/json"
CHAIN "my_sync_operation" step=1
)");
}

TEST_F(SeedExample, Row31_ExoEndToEndTracing) {
  EXPECT_EQ(tree_of("exo_pipeline"),
            R"(CHAIN "agent_pipeline" input.value="{\"input\":\"launch\"}" )"
            R"(input.mime_type="application/json" output.value="\"done: plan for launch\"" )"
            R"(output.mime_type="application/json"
  CHAIN "prepare_context"
  CHAIN "call_llm"
  CHAIN "execute_tools"
)");
}

TEST_F(SeedExample, Row56_Row57_Row58_Row59_ExoBaggageAndAgentToAgent) {
  EXPECT_THAT(run("exo_baggage"), ::testing::StartsWith("user_id = u-123\n"));
  const ReadEvents events = testing::read_trace({file()});
  EXPECT_EQ(testing::tree_of(events), "AGENT \"sender\"\n  AGENT \"receiver\" user_id=\"u-123\"\n");
  const ReadEvents edges = of_type(events, "handoff");
  ASSERT_THAT(edges, SizeIs(1));
  EXPECT_EQ(edges[0]["agent.handoff.from"], "\"sender\"");
  EXPECT_EQ(edges[0]["agent.handoff.to"], "\"receiver\"");
}

// --- How agents are to be written ---

TEST_F(SeedExample, Row25_Row60_IssueAgents) {
  const ReadEvents events = events_of("issue_agents");
  EXPECT_EQ(testing::tree_of(events),
            R"(PATTERN "debate" rounds=2 service.name="investment-analysis"
  AGENT "bull"
    LLM "gemini-2.5-flash" model="gemini-2.5-flash" provider="gcp.gemini" input_tokens=450 )"
            R"(output_tokens=380 cache_read_input_tokens=200
  CHAIN "fetch"
  AGENT "researcher" service.name="research"
)");
  const ReadEvents edges = of_type(events, "handoff");
  ASSERT_THAT(edges, SizeIs(1));
  EXPECT_EQ(edges[0]["agent.handoff.from"], "\"orchestrator\"");
  EXPECT_EQ(edges[0]["agent.handoff.reason"], "\"needs research\"");
  EXPECT_EQ(edges[0]["agent.handoff.to"], "\"research\"");
}

}  // namespace
}  // namespace tracebus
