// SPDX-License-Identifier: Apache-2.0
//
// The parts of the examples that need no HTTP: tools, JSON, agents that a stub answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/core/profile.h"
#include "tracebus/tests/trace/span_rig.h"
#include "tracebus/tools/examples/agents/calculator.h"
#include "tracebus/tools/examples/agents/chat_json.h"
#include "tracebus/tools/examples/agents/supervisor.h"
#include "tracebus/tools/examples/agents/text_search.h"
#include "tracebus/tools/examples/agents/traced_agent_executor.h"

namespace tracebus::examples {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using tracebus::testing::Seen;
using tracebus::testing::SpanRig;

// Answers what it was given, in order.
class ScriptedClient final : public ChatClient {
 public:
  explicit ScriptedClient(std::deque<ChatReply> replies) : replies_(std::move(replies)) {}
  ChatReply complete(const ChatRequest& request) override {
    requests.push_back(request);
    if (replies_.empty()) throw ChatError("the script has ended");
    ChatReply reply = std::move(replies_.front());
    replies_.pop_front();
    return reply;
  }
  std::vector<ChatRequest> requests;

 private:
  std::deque<ChatReply> replies_;
};

ChatReply says(std::string text) {
  return {.id = "",
          .model = "m",
          .text = std::move(text),
          .tool_calls = {},
          .finish_reason = "stop",
          .usage = LlmUsage{.input_tokens = 10, .output_tokens = 2}};
}
ChatReply calls(std::string name, std::string arguments) {
  ChatReply reply = says("");
  reply.finish_reason = "tool_calls";
  reply.tool_calls.push_back({"call_1", std::move(name), std::move(arguments)});
  return reply;
}

std::vector<std::string> types_of(const std::vector<Seen>& events) {
  std::vector<std::string> types;
  for (const Seen& seen : events) types.push_back(seen.type);
  return types;
}

TEST(Calculator, WorksOutWhatItIsGiven) {
  EXPECT_EQ(calculate("1 + 2 * 3"), "7");
  EXPECT_EQ(calculate("(331 - 288) / 288 * 100"), "14.930556");
  EXPECT_EQ(calculate("-(2 - 5) * .5"), "1.5");
  EXPECT_EQ(calculate("8 - 3 - 2"), "3");
  EXPECT_EQ(calculate("0 * -1"), "0");
}

TEST(Calculator, RefusesWhatIsNoExpression) {
  for (const std::string text : {"", "1 +", "(1", "1)", "two", "1 / 0", "0 / 0", "9e9", "nan",
                                 "inf", "9999999999 * 9999999999", "1 2"}) {
    EXPECT_THROW(calculate(text), ToolError) << text;
  }
  EXPECT_THROW(calculate(std::string(500, '(')), ToolError) << "no deep recursion";
  EXPECT_THROW(calculate(std::string(900, '-') + "1"), ToolError);
  EXPECT_THROW(calculate(std::string(100'000, '1')), ToolError);
}

TEST(TextSearchTest, LinesWithMoreWordsComeFirst) {
  const TextSearch search("red apple\ngreen apple tree\nblue sky\n");
  EXPECT_EQ(search.find("Apple TREE"), "green apple tree\nred apple");
  EXPECT_EQ(search.find("apple", 1), "red apple");
  EXPECT_EQ(search.find("cloud"), "");
}

TEST(ChatJson, RequestsAndRepliesComeBack) {
  ChatRequest request = {.agent = "", .model = "gpt \"4\"", .messages = {{"user", "a\nb\u00e9"}}};
  request.messages.push_back({"assistant", "", {{"c1", "search", R"({"q": "x"})"}}});
  request.messages.push_back({"tool", "found", {}, "c1"});
  const ChatRequest read = parse_request(request_json(request));
  EXPECT_EQ(read.model, request.model);
  ASSERT_THAT(read.messages, SizeIs(3));
  EXPECT_EQ(read.messages[0].content, "a\nb\u00e9");
  EXPECT_EQ(read.messages[1].tool_calls.at(0).arguments, R"({"q": "x"})");
  EXPECT_EQ(read.messages[2].tool_call_id, "c1");
  ChatReply reply = calls("search", "{}");
  reply.usage->cache_read_tokens = 4;
  const ChatReply back = parse_reply(reply_json(reply));
  EXPECT_EQ(back.tool_calls.at(0).name, "search");
  EXPECT_EQ(back.finish_reason, "tool_calls");
  EXPECT_EQ(back.usage->input_tokens, 10);
  EXPECT_EQ(back.usage->cache_read_tokens, 4);
}

TEST(ChatJson, HostileAnswersAreErrorsThatSayWhatIsWrong) {
  const std::pair<std::string, std::string> kCases[] = {
      {"", "not JSON"},
      {"<html>", "not JSON"},
      {"{\"choices\": [", "not JSON"},
      {"[]", "has no \"choices\""},
      {"{}", "has no \"choices\""},
      {"{\"choices\": []}", "has no choice"},
      {"{\"choices\": 7}", "has no choice"},
      {"{\"choices\": [{}]}", "has no \"message\""},
      {"{\"choices\": [{\"message\": {\"role\": 1}}]}", "\"role\" that is no text"},
      {"{\"choices\": [{\"message\": {\"role\": \"assistant\", \"content\": []}}]}", "no text"},
      {"{\"choices\": [{\"message\": {\"role\": \"a\", \"tool_calls\": {}}}]}", "no list"},
      {"{\"choices\": [{\"message\": {\"role\": \"a\"}}], \"usage\": {\"prompt_tokens\": -1}}",
       "that is no count"},
      {"{\"choices\": [{\"message\": {\"role\": \"a\"}}], \"usage\": {\"prompt_tokens\": 1e99}}",
       "that is no count"},
      {std::string(100'000, '['), "not JSON"},
  };
  for (const auto& [json, expected] : kCases) {
    try {
      (void)parse_reply(json);
      ADD_FAILURE() << json.substr(0, 100);
    } catch (const ChatError& error) {
      EXPECT_THAT(error.what(), HasSubstr(expected)) << json.substr(0, 100);
    }
  }
}

class ExampleAgents : public ::testing::Test {
 protected:
  Agent agent(std::string name, ChatClient& client) {
    return Agent({.name = std::move(name), .model = "m", .system_prompt = "s"}, client);
  }
  SpanRig rig_{Filter(), {}, /*content=*/true};
};

TEST_F(ExampleAgents, AgentCallsToolsUntilItHasAnAnswer) {
  ScriptedClient client({calls("calculator", R"({"expression": "6 * 7"})"), says("it is 42")});
  Agent solver = agent("solver", client);
  solver.add_tool(calculator_tool()).set_trace_bus(rig_.bus);
  EXPECT_EQ(solver.run("six times seven?"), "it is 42");
  EXPECT_EQ(client.requests.at(1).messages.back().content, "42");
  EXPECT_THAT(types_of(rig_.take()),
              ElementsAre("agent_start", "llm_call_start", "llm_call_end", "tool_start", "tool_end",
                          "llm_call_start", "llm_call_end", "agent_end"));
}

TEST_F(ExampleAgents, WhatToolsFailWithIsToldToTheModel) {
  ScriptedClient client({calls("calculator", R"({"expression": "1 / 0"})"),
                         calls("calculator", "no JSON"), calls("teleport", "{}"), says("sorry")});
  Agent solver = agent("solver", client);
  solver.add_tool(calculator_tool()).set_trace_bus(rig_.bus);
  EXPECT_EQ(solver.run("x"), "sorry");
  EXPECT_THAT(client.requests.at(1).messages.back().content, HasSubstr("error: the result"));
  EXPECT_THAT(client.requests.at(2).messages.back().content, HasSubstr("error: the input"));
  EXPECT_THAT(client.requests.at(3).messages.back().content, HasSubstr("there is no tool"));
  int tool_errors = 0;
  for (const Seen& seen : rig_.take()) tool_errors += seen.type == "tool_error" ? 1 : 0;
  EXPECT_EQ(tool_errors, 2);
}

TEST_F(ExampleAgents, AgentThatNeverAnswersIsStopped) {
  std::deque<ChatReply> replies(20, calls("calculator", R"({"expression": "1"})"));
  ScriptedClient client(std::move(replies));
  Agent solver = agent("solver", client);
  solver.add_tool(calculator_tool());
  EXPECT_THROW(solver.run("x"), ChatError);
  EXPECT_THAT(client.requests, SizeIs(kAgentStepsMax));
}

TEST_F(ExampleAgents, Row61HandOffsOfASupervisorAreEdges) {
  ScriptedClient client(
      {calls("hand_off", R"({"agent": "nobody", "task": "t", "reason": "r"})"),
       calls("hand_off", R"({"agent": "researcher", "task": "find it", "reason": "has notes"})"),
       says("found"), says("done")});
  std::vector<Agent> team;
  team.push_back(agent("researcher", client));
  Supervisor supervisor(agent("lead", client), std::move(team));
  attach_hooks(supervisor, {.bus = &rig_.bus});
  EXPECT_EQ(supervisor.run("x"), "done");
  std::vector<Seen> hand_offs;
  EventIds lead;
  EventIds hand_off_tool;
  for (Seen& seen : rig_.take()) {
    if (seen.type == "agent_start" && seen.agent == "lead") lead = seen.ids;
    if (seen.type == "tool_end") hand_off_tool = seen.ids;
    if (seen.type == "agent_end" && seen.agent == "researcher") {
      EXPECT_EQ(seen["input"], "\"find it\"");
    }
    if (seen.type == "handoff") hand_offs.push_back(std::move(seen));
  }
  ASSERT_THAT(hand_offs, SizeIs(1)) << "none to an agent that there is not";
  EXPECT_EQ(hand_offs[0]["agent.handoff.from"], "\"lead\"");
  EXPECT_EQ(hand_offs[0]["agent.handoff.to"], "\"researcher\"");
  EXPECT_EQ(hand_offs[0]["agent.handoff.reason"], "\"has notes\"");
  EXPECT_EQ(hand_offs[0]["agent.handoff.protocol"], "\"local\"");
  EXPECT_EQ(hand_offs[0].ids.span_id, lead.span_id);
  EXPECT_EQ(hand_off_tool.parent_span_id, lead.span_id);
}

// --- The tutorial's executor ---

std::string tutorial_name(const Seen& seen) {
  for (std::size_t i = 0; i < kSpanKinds; ++i) {
    const auto kind = static_cast<SpanKind>(i);
    if (seen["span.kind"] != "\"" + std::string(to_string(kind)) + "\"") continue;
    const std::string quoted = seen["span.name"];
    std::string name;
    append_span_name(name, Profile::kTutorial, kind,
                     std::string_view(quoted).substr(1, quoted.size() - 2));
    return name;
  }
  return "no kind";
}
// The attributes of an end under the tutorial's names.
std::string tutorial_value(const Seen& seen, std::string_view name) {
  for (const auto& [key, json] : seen.payload) {
    const std::string_view theirs = attribute_name(Profile::kTutorial, key);
    if ((theirs.empty() ? std::string_view(key) : theirs) == name) return json;
  }
  return "missing";
}

TEST_F(ExampleAgents, Row41ExecutorHasTheSpansOfTheTutorial) {
  ScriptedClient client({says(R"({"action": "search", "input": "sky"})"),
                         says(R"({"action": "respond", "input": "blue"})")});
  TracedAgentExecutor executor(
      rig_.tracer, client, {{"search", [](std::string_view) { return std::string("blue sky"); }}});
  const ExecutorResult result =
      executor.run("what colour?", {.name = "painter", .type = "loop", .model = "gpt-4"});
  EXPECT_EQ(result.answer, "blue");
  EXPECT_THAT(result.iterations, SizeIs(1));
  std::vector<std::string> starts;
  std::vector<Seen> ends;
  for (Seen& seen : rig_.take()) {
    if (seen.is_start()) {
      starts.push_back(tutorial_name(seen));
    } else {
      ends.push_back(std::move(seen));
    }
  }
  EXPECT_THAT(starts,
              ElementsAre("agent_run", "iteration_1", "llm_call", "decision:action_selection",
                          "tool:search", "iteration_2", "llm_call", "decision:action_selection"));
  ASSERT_THAT(ends, SizeIs(8));
  const Seen& llm = ends[0];
  EXPECT_EQ(tutorial_value(llm, "llm.model"), "\"gpt-4\"");
  EXPECT_EQ(tutorial_value(llm, "llm.prompt_tokens"), "10");
  EXPECT_EQ(tutorial_value(llm, "llm.completion_tokens"), "2");
  EXPECT_EQ(tutorial_value(llm, "llm.temperature"), "0.7");
  EXPECT_NE(tutorial_value(llm, "llm.duration_ms"), "missing");
  const Seen& decision = ends[1];
  EXPECT_EQ(tutorial_value(decision, "decision.type"), "\"action_selection\"");
  EXPECT_EQ(tutorial_value(decision, "decision.option_count"), "2");
  EXPECT_EQ(tutorial_value(decision, "decision.chosen"), "\"search\"");
  const Seen& tool = ends[2];
  EXPECT_EQ(tutorial_value(tool, "tool.name"), "\"search\"");
  EXPECT_EQ(tutorial_value(tool, "tool.input_size"), "3");
  EXPECT_EQ(tutorial_value(tool, "tool.success"), "true");
  EXPECT_THAT(tool["span.events"], HasSubstr("tool_invoked"));
  EXPECT_THAT(tool["span.events"], HasSubstr("input_keys"));
  const Seen& iteration = ends[6];
  EXPECT_EQ(iteration["iteration"], "2");
  EXPECT_THAT(iteration["span.events"], HasSubstr("task_complete"));
  const Seen& run = ends[7];
  EXPECT_EQ(run["task_preview"], "\"what colour?\"");
  EXPECT_EQ(run["agent_type"], "\"loop\"");
  EXPECT_EQ(tutorial_value(run, "model"), "\"gpt-4\"");
  EXPECT_EQ(tutorial_value(run, "llm.model"), "missing");
  EXPECT_EQ(run["task.length"], "12");
  EXPECT_EQ(run["total_iterations"], "2");
  EXPECT_THAT(run["span.events"], HasSubstr("agent_started"));
  EXPECT_THAT(run["span.events"], HasSubstr("agent_completed"));
  for (const Seen& end : ends) EXPECT_EQ(end["span.status"], "\"ok\"");
}

TEST_F(ExampleAgents, Row41AThoughtThatIsNoActionFailsTheRun) {
  ScriptedClient client({says("I would rather not")});
  TracedAgentExecutor executor(rig_.tracer, client, {});
  EXPECT_THROW(executor.run("x", {.name = "painter"}), ChatError);
  const std::vector<Seen> seen = rig_.take();
  const Seen& run = seen.back();
  EXPECT_EQ(run.type, "agent_end");
  EXPECT_EQ(run["span.status"], "\"error\"");
  EXPECT_THAT(run["span.events"], ::testing::Not(HasSubstr("agent_completed")));
}

TEST_F(ExampleAgents, Row41MemoryOperationsHaveTheirSpan) {
  const AgentTracer agents(rig_.tracer);
  EXPECT_EQ(agents.trace_memory_operation("read", "episodic", [](Span&) { return 7; }), 7);
  const std::vector<Seen> seen = rig_.take();
  EXPECT_EQ(tutorial_name(seen.at(1)), "memory:read");
  EXPECT_EQ(seen[1]["memory.operation"], "\"read\"");
  EXPECT_EQ(seen[1]["memory.type"], "\"episodic\"");
  EXPECT_EQ(preview_of(std::string(200, 'x')).size(), 100u);
  EXPECT_EQ(preview_of("\u00e9\u00e9\u00e9", 2), "\u00e9\u00e9") << "no character is cut";
}

}  // namespace
}  // namespace tracebus::examples
