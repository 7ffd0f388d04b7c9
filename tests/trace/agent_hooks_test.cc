// SPDX-License-Identifier: Apache-2.0
//
// What a hooked agent does, in its order, with and without each of the hooks.
#include "tracebus/trace/agent_hooks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/tests/core/allocation_count.h"
#include "tracebus/tests/trace/span_rig.h"
#include "tracebus/trace/model_call.h"
#include "tracebus/trace/pattern_hooks.h"

namespace tracebus {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Seen;
using ::testing::SizeIs;
using testing::SpanRig;

// Neither derives from anything of ours.
struct Notebook {
  std::string known;
  std::vector<std::string> written;
  std::string read(std::string_view agent) const {
    return known.empty() ? "" : std::string(agent) + " knows: " + known;
  }
  void write(std::string_view agent, std::string_view text) {
    written.push_back(std::string(agent) + ": " + std::string(text));
  }
};
struct FirstCharacters {
  std::size_t kept;
  std::string compress(std::string_view text) const { return std::string(text.substr(0, kept)); }
};

class Analyst : public AgentHooks<Analyst> {
 public:
  using Model = std::function<ModelReply(const AgentPrompt&)>;
  explicit Analyst(Model model) : model_(std::move(model)) {}

  std::string run(std::string_view input) {
    return run_hooked({.agent = "analyst",
                       .input = input,
                       .system_prompt = "Be brief.",
                       .call = {.model = "gpt-4o", .provider = "openai"}},
                      model_);
  }

 private:
  Model model_;
};

ModelReply forty_characters(const AgentPrompt&) {
  return {std::string(40, 'x'), LlmUsage{.input_tokens = 1000, .output_tokens = 100}};
}

std::vector<std::string> types_of(const std::vector<Seen>& events) {
  std::vector<std::string> types;
  for (const Seen& seen : events) types.push_back(seen.type);
  return types;
}

const Seen& event_of(const std::vector<Seen>& events, std::string_view type) {
  static const Seen kNone;
  for (const Seen& seen : events) {
    if (seen.type == type) return seen;
  }
  return kNone;
}

std::shared_ptr<const PriceTable> prices() {
  PriceTable table;
  EXPECT_TRUE(table.add("gpt-4o", {.input = 2'500'000, .output = 10'000'000}).ok());
  return std::make_shared<const PriceTable>(std::move(table));
}

class AgentHooksTest : public ::testing::Test {
 protected:
  AgentHooksTest() : tracker_({.bus = &rig_.bus, .prices = prices()}) {}

  SpanRig rig_{Filter(), {}, /*content=*/true};
  CostTracker tracker_;
  Notebook notebook_{.known = "sales rose", .written = {}};
  FirstCharacters first_{20};
};

TEST_F(AgentHooksTest, Row25StepsComeInTheOrderOfTheSeed) {
  std::vector<std::string> prompted;
  Analyst analyst([&](const AgentPrompt& prompt) {
    for (const ModelMessage& message : prompt.messages()) {
      prompted.push_back(std::string(message.role) + ": " + std::string(message.content));
    }
    return forty_characters(prompt);
  });
  analyst.set_trace_bus(rig_.bus).set_context(notebook_).set_compressor(first_).set_cost_tracker(
      tracker_);
  EXPECT_EQ(analyst.run("Summarise Q3"), std::string(20, 'x'));
  EXPECT_THAT(prompted, ElementsAre("system: Be brief.", "system: analyst knows: sales rose",
                                    "user: Summarise Q3"));
  EXPECT_THAT(notebook_.written, ElementsAre("analyst: " + std::string(20, 'x')));
  EXPECT_THAT(types_of(rig_.take()),
              ElementsAre("agent_start", "llm_call_start", "llm_call_end", "cost_record",
                          "compression", "context_update", "agent_end"));
}

TEST_F(AgentHooksTest, Row25PayloadsSayWhatDocumentAndSourceSay) {
  Analyst analyst(forty_characters);
  analyst.set_trace_bus(rig_.bus).set_context(notebook_).set_compressor(first_);
  analyst.run("Summarise Q3");
  const std::vector<Seen> seen = rig_.take();
  EXPECT_EQ(event_of(seen, "agent_start").agent, "analyst");
  EXPECT_EQ(event_of(seen, "agent_start")["input"], "\"Summarise Q3\"");
  const Seen& end = event_of(seen, "agent_end");
  EXPECT_EQ(end["output"], "\"" + std::string(20, 'x') + "\"");
  EXPECT_EQ(end["output_tokens"], "10");
  EXPECT_EQ(end["compressed"], "true");
  EXPECT_EQ(end["original_tokens"], "10");
  EXPECT_EQ(end["compressed_tokens"], "5");
  EXPECT_EQ(end["savings_pct"], "0.5");
  EXPECT_EQ(end["span.status"], "\"ok\"");
  EXPECT_GE(std::stod(end["duration_seconds"]), 0);
  EXPECT_GE(end.duration_ms(), 0);
  const Seen& compression = event_of(seen, "compression");
  EXPECT_EQ(compression["savings_pct"], "0.5");
  EXPECT_EQ(compression.ids.span_id, end.ids.span_id);
  EXPECT_EQ(event_of(seen, "context_update")["source"], "\"analyst\"");
  EXPECT_EQ(event_of(seen, "context_update")["tokens"], "5");
  EXPECT_EQ(event_of(seen, "llm_call_end").ids.parent_span_id, end.ids.span_id);
}

TEST_F(AgentHooksTest, Row25CostIsThatOfThePricesAndNotZero) {
  Analyst analyst(forty_characters);
  analyst.set_trace_bus(rig_.bus).set_cost_tracker(tracker_);
  analyst.run("Summarise Q3");
  const std::vector<Seen> seen = rig_.take();
  const Seen& record = event_of(seen, "cost_record");
  EXPECT_EQ(record["model"], "\"gpt-4o\"");
  EXPECT_EQ(record["input_tokens"], "1000");
  EXPECT_EQ(record["output_tokens"], "100");
  EXPECT_EQ(record["cost_usd"], "0.0035");
  EXPECT_EQ(record.agent, "analyst");
  EXPECT_EQ(record.pattern, "agent") << "as the seed calls it outside of a pattern";
  EXPECT_EQ(record.ids.span_id, event_of(seen, "llm_call_end").ids.span_id);
  EXPECT_EQ(tracker_.total_cost(), NanoDollars(3'500'000));
}

TEST_F(AgentHooksTest, Row25FailureOfTheModelIsAnErrorAndAnEnd) {
  Analyst analyst([](const AgentPrompt&) -> ModelReply { throw std::runtime_error("overloaded"); });
  analyst.set_trace_bus(rig_.bus).set_context(notebook_).set_cost_tracker(tracker_);
  EXPECT_THROW(analyst.run("Summarise Q3"), std::runtime_error);
  const std::vector<Seen> seen = rig_.take();
  EXPECT_THAT(types_of(seen),
              ElementsAre("agent_start", "llm_call_start", "llm_call_error", "error", "agent_end"));
  EXPECT_EQ(event_of(seen, "error")["message"], "\"overloaded\"");
  EXPECT_EQ(event_of(seen, "error")["error_type"], "\"std::runtime_error\"");
  EXPECT_EQ(event_of(seen, "agent_end")["span.status"], "\"error\"");
  EXPECT_EQ(event_of(seen, "llm_call_error")["span.status_message"], "\"overloaded\"");
  EXPECT_THAT(notebook_.written, IsEmpty());
  EXPECT_EQ(tracker_.total().calls(), 0);
}

TEST_F(AgentHooksTest, Row25WithoutSavingsThereIsNoCompression) {
  FirstCharacters all{1000};
  Analyst analyst(forty_characters);
  analyst.set_trace_bus(rig_.bus).set_compressor(all);
  EXPECT_EQ(analyst.run("x"), std::string(40, 'x'));
  const std::vector<Seen> seen = rig_.take();
  EXPECT_EQ(event_of(seen, "compression").type, "");
  EXPECT_EQ(event_of(seen, "agent_end")["compressed"], "false");
}

TEST_F(AgentHooksTest, WithoutABusTheOtherHooksWork) {
  Analyst analyst(forty_characters);
  analyst.set_cost_tracker(tracker_).set_context(notebook_);
  analyst.run("x");
  EXPECT_EQ(tracker_.total_cost(), NanoDollars(3'500'000));
  EXPECT_EQ(tracker_.by_agent().at(0).name, "analyst");
  EXPECT_THAT(notebook_.written, SizeIs(1));
  EXPECT_THAT(types_of(rig_.take()), ElementsAre("cost_record")) << "the tracker's own";
}

TEST_F(AgentHooksTest, WithNothingAttachedTheModelIsJustCalled) {
  Analyst analyst(forty_characters);
  EXPECT_EQ(analyst.run("x"), std::string(40, 'x'));
  EXPECT_THAT(rig_.take(), IsEmpty());
}

TEST_F(AgentHooksTest, UsageThatNobodySaysIsEstimatedAndSaysSo) {
  Analyst analyst([](const AgentPrompt&) { return ModelReply{"ééééé ééééé é", {}}; });
  analyst.set_trace_bus(rig_.bus);
  analyst.run("12345678");
  const std::vector<Seen> seen = rig_.take();
  const Seen& end = event_of(seen, "llm_call_end");
  EXPECT_EQ(end["input_tokens"], "4") << "9 / 4 of the system prompt, 8 / 4 of the task";
  EXPECT_EQ(end["output_tokens"], "3") << "13 characters, though more bytes";
  EXPECT_EQ(end["usage_estimated"], "true");
}

TEST(AgentHooksContent, NobodySeesContentWithoutBeingGrantedIt) {
  SpanRig rig;
  Analyst analyst(forty_characters);
  analyst.set_trace_bus(rig.bus);
  analyst.run("secret");
  for (const Seen& seen : rig.take()) {
    for (const auto& [key, json] : seen.payload) {
      EXPECT_EQ(json.find("secret"), std::string::npos) << key;
      EXPECT_EQ(json.find("xxxx"), std::string::npos) << key;
    }
  }
}

TEST(AgentHooksContent, WithoutAGrantNothingIsMadeOfTheMessages) {
  SpanRig rig;
  const Tracer tracer(rig.bus);
  const auto allocations = [&](std::span<const ModelMessage> messages) {
    const HookSet hooks = {.bus = &rig.bus};
    const ModelRequest request = {{.model = "m"}, messages};
    { const ModelCall first(hooks, &tracer, "a", request); }  // makes what later ones find
    const std::size_t before = testing::allocation_count();
    { const ModelCall call(hooks, &tracer, "a", request); }
    return testing::allocation_count() - before;
  };
  const std::vector<ModelMessage> messages(100, {"user", "Why?"});
  EXPECT_EQ(allocations(messages), allocations({}));
}

TEST_F(AgentHooksTest, ARunOfSeveralStepsShowsCallsToolsAndHandOffs) {
  const HookSet hooks = {.bus = &rig_.bus, .costs = &tracker_};
  const std::string answer =
      run_hooked(hooks, {.agent = "supervisor", .input = "task"}, [&](AgentRun& run) {
        const ModelMessage message = {"user", "task"};
        const auto ask = [](ModelCall& call) {
          call.set("finish_reason", "tool_calls");
          return ModelReply{"let me see", LlmUsage{.input_tokens = 10, .output_tokens = 1}};
        };
        run.call_model({{.model = "gpt-4o"}, {&message, 1}}, ask);
        const std::string sum = run.call_tool("calculator", "1+1", [] { return std::string("2"); });
        run.hand_off({.handoff_reason = "needs research", .to_agent = "researcher"});
        EXPECT_THROW(
            run.call_tool("broken", "", []() -> int { throw std::runtime_error("no such file"); }),
            std::runtime_error);
        return "it is " + sum;
      });
  EXPECT_EQ(answer, "it is 2");
  const std::vector<Seen> seen = rig_.take();
  EXPECT_THAT(types_of(seen), ElementsAre("agent_start", "llm_call_start", "llm_call_end",
                                          "cost_record", "tool_start", "tool_end", "handoff",
                                          "tool_start", "tool_error", "agent_end"));
  EXPECT_EQ(event_of(seen, "llm_call_end")["finish_reason"], "\"tool_calls\"");
  EXPECT_EQ(event_of(seen, "tool_end")["tool.result"], "\"2\"");
  EXPECT_EQ(event_of(seen, "tool_end")["tool.arguments"], "\"1+1\"");
  const Seen& handoff = event_of(seen, "handoff");
  EXPECT_EQ(handoff["agent.handoff.from"], "\"supervisor\"");
  EXPECT_EQ(handoff["agent.handoff.to"], "\"researcher\"");
  EXPECT_EQ(handoff["agent.handoff.reason"], "\"needs research\"");
  EXPECT_EQ(event_of(seen, "tool_error")["span.status_message"], "\"no such file\"");
}

// --- attach_hooks ---

class Pair : public PatternHooks<Pair> {
 public:
  std::string run(std::string_view input) {
    return run_hooked({.pattern = "pair", .input = input},
                      [&](PatternRun&) { return second.run(first.run(input)); });
  }
  template <class Visit>
  void visit_agents(Visit&& visit) {
    visit(first);
    visit(second);
  }
  Analyst first{forty_characters};
  Analyst second{forty_characters};
};

struct Nested {
  Pair pair;
  Analyst judge{forty_characters};
  template <class Visit>
  void visit_agents(Visit&& visit) {
    visit(pair);
    visit(judge);
  }
};

TEST_F(AgentHooksTest, OneCallAttachesToAllAgentsOfAPattern) {
  Nested nested;
  nested.judge.set_context(notebook_);
  attach_hooks(nested, {.bus = &rig_.bus, .costs = &tracker_});
  nested.pair.run("x");
  nested.judge.run("y");
  const std::vector<Seen> seen = rig_.take();
  EXPECT_THAT(
      types_of(seen),
      ElementsAre("pattern_start", "agent_start", "llm_call_start", "llm_call_end", "cost_record",
                  "agent_end", "agent_start", "llm_call_start", "llm_call_end", "cost_record",
                  "agent_end", "pattern_end", "agent_start", "llm_call_start", "llm_call_end",
                  "cost_record", "context_update", "agent_end"))
      << "what an agent had already stays attached";
  EXPECT_EQ(event_of(seen, "cost_record").pattern, "pair");
  EXPECT_EQ(tracker_.total().calls(), 3);
}

}  // namespace
}  // namespace tracebus
