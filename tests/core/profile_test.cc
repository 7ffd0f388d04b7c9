// SPDX-License-Identifier: Apache-2.0
//
// What each vocabulary calls attributes, spans and kinds, against lists of the vocabularies' own.
#include "tracebus/core/profile.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace tracebus {
namespace {

struct Row {
  std::string_view ours;
  std::string_view names[kProfileCount];
};
constexpr Row kTable[] = {
#include "tracebus/core/profile_table.inc"
};

std::string span_name(Profile profile, SpanKind kind, std::string_view name) {
  std::string out;
  append_span_name(out, profile, kind, name);
  return out;
}

TEST(ProfileTest, NamesOfProfilesAreReadBack) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kProfileCount; ++i) {
    const auto profile = static_cast<Profile>(i);
    EXPECT_EQ(profile_called(to_string(profile)), profile);
    names.insert(to_string(profile));
  }
  EXPECT_EQ(names, (std::set<std::string_view>{"exo", "gen_ai", "gen_ai_dev", "plyra", "pyagent",
                                               "tutorial"}));
  EXPECT_EQ(profile_called("GEN_AI"), std::nullopt);
}

TEST(ProfileTest, EveryRowIsFound) {
  for (const Row& row : kTable) {
    for (std::size_t i = 0; i < kProfileCount; ++i) {
      EXPECT_EQ(attribute_name(static_cast<Profile>(i), row.ours), row.names[i]) << row.ours;
    }
  }
  EXPECT_EQ(attribute_name(Profile::kGenAi, "no name of ours"), "");
  EXPECT_EQ(attribute_name(Profile::kGenAi, ""), "");
}

// The attributes of pyagent's own source, each said by one of ours; and of no other prefix.
TEST(ProfileTest, PyagentsVocabularyIsWhole) {
  std::set<std::string> theirs = {"pattern.type",
                                  "pattern.rounds",
                                  "pattern.consensus",
                                  "pattern.escalated",
                                  "router.difficulty",
                                  "pattern.escalation_level",
                                  "router.cost_estimate",
                                  "router.alternatives",
                                  "router.difficulty_category",
                                  "router.selected_model",
                                  "agent.name",
                                  "compress.input_tokens",
                                  "compress.output_tokens",
                                  "agent.role",
                                  "agent.model",
                                  "compress.savings_pct",
                                  "cost.total_usd",
                                  "cost.input_tokens",
                                  "cost.output_tokens",
                                  "cost.model",
                                  "exec.duration_ms",
                                  "exec.token_estimate",
                                  "exec.llm_calls",
                                  "early_stop"};
  for (const Row& row : kTable) {
    const std::string_view name = row.names[static_cast<std::size_t>(Profile::kPyagent)];
    if (name.empty() || name == "service.name") continue;
    ASSERT_TRUE(name.starts_with("pyagent.")) << name;
    theirs.erase(std::string(name.substr(8)));
  }
  EXPECT_TRUE(theirs.empty()) << *theirs.begin();
}

TEST(ProfileTest, UsageOfTokensByOpenTelemetry) {
  const auto gen_ai = [](std::string_view ours) { return attribute_name(Profile::kGenAi, ours); };
  EXPECT_EQ(gen_ai("input_tokens"), "gen_ai.usage.input_tokens");
  EXPECT_EQ(gen_ai("output_tokens"), "gen_ai.usage.output_tokens");
  EXPECT_EQ(gen_ai("cache_read_input_tokens"), "gen_ai.usage.cache_read.input_tokens");
  EXPECT_EQ(gen_ai("cache_creation_input_tokens"), "gen_ai.usage.cache_creation.input_tokens");
  EXPECT_EQ(gen_ai("reasoning_tokens"), "gen_ai.usage.reasoning.output_tokens");
  EXPECT_EQ(gen_ai("provider"), "gen_ai.provider.name") << "gen_ai.system is deprecated";
  EXPECT_EQ(attribute_name(Profile::kExo, "provider"), "gen_ai.system");
  EXPECT_EQ(attribute_name(Profile::kGenAiDev, "cache_creation_input_tokens"),
            "gen_ai.usage.cache_write.input_tokens");
}

// Exo's word for a stream is not the convention's.
TEST(ProfileTest, ParametersOfRequestsByOpenTelemetryAndExo) {
  for (const std::string_view ours : {"temperature", "max_tokens", "top_p", "top_k",
                                      "frequency_penalty", "presence_penalty", "stop_sequences"}) {
    const std::string theirs = "gen_ai.request." + std::string(ours);
    EXPECT_EQ(attribute_name(Profile::kGenAi, ours), theirs);
    EXPECT_EQ(attribute_name(Profile::kGenAiDev, ours), theirs);
    EXPECT_EQ(attribute_name(Profile::kExo, ours), theirs);
  }
  EXPECT_EQ(attribute_name(Profile::kGenAi, "seed"), "gen_ai.request.seed");
  EXPECT_EQ(attribute_name(Profile::kGenAi, "choice_count"), "gen_ai.request.choice.count");
  EXPECT_EQ(attribute_name(Profile::kGenAi, "stream"), "gen_ai.request.stream");
  EXPECT_EQ(attribute_name(Profile::kExo, "stream"), "gen_ai.request.streaming");
  EXPECT_EQ(attribute_name(Profile::kGenAi, "tool_type"), "gen_ai.tool.type");
  EXPECT_EQ(attribute_name(Profile::kPlyra, "tool_description"), "tool.description");
}

TEST(ProfileTest, StreamsByOpenTelemetry) {
  EXPECT_EQ(attribute_name(Profile::kGenAi, "stream"), "gen_ai.request.stream");
  EXPECT_EQ(attribute_name(Profile::kExo, "stream"), "gen_ai.request.streaming");
  EXPECT_EQ(attribute_name(Profile::kGenAi, "time_to_first_chunk_seconds"),
            "gen_ai.response.time_to_first_chunk");
}

TEST(ProfileTest, DevelopmentDiffersFromTheReleaseWhereItIsAnnounced) {
  std::vector<std::string_view> different;
  for (const Row& row : kTable) {
    if (row.names[static_cast<std::size_t>(Profile::kGenAi)] !=
        row.names[static_cast<std::size_t>(Profile::kGenAiDev)]) {
      different.push_back(row.ours);
    }
  }
  EXPECT_EQ(different, std::vector<std::string_view>{"cache_creation_input_tokens"});
}

TEST(ProfileTest, SpansAreNamedAsEachVocabularyNamesThem) {
  EXPECT_EQ(span_name(Profile::kPyagent, SpanKind::kPattern, "debate"), "pyagent.pattern.debate");
  EXPECT_EQ(span_name(Profile::kPyagent, SpanKind::kAgent, "bull"), "pyagent.agent.bull");
  EXPECT_EQ(span_name(Profile::kPyagent, SpanKind::kLlm, "gpt-4o"), "pyagent.llm_call");
  EXPECT_EQ(span_name(Profile::kPyagent, SpanKind::kRouter, "r"), "pyagent.routing");
  EXPECT_EQ(span_name(Profile::kExo, SpanKind::kTool, "search"), "tool.search");
  EXPECT_EQ(span_name(Profile::kExo, SpanKind::kLlm, "gpt-4o"), "llm.gpt-4o");
  EXPECT_EQ(span_name(Profile::kPlyra, SpanKind::kGuard, "pii"), "pii");
  EXPECT_EQ(span_name(Profile::kGenAi, SpanKind::kLlm, "gpt-4o"), "chat gpt-4o");
  EXPECT_EQ(span_name(Profile::kGenAi, SpanKind::kEmbedding, "ada"), "embeddings ada");
  EXPECT_EQ(span_name(Profile::kGenAi, SpanKind::kAgent, "bull"), "invoke_agent bull");
  EXPECT_EQ(span_name(Profile::kGenAi, SpanKind::kPattern, "debate"), "invoke_workflow debate");
  EXPECT_EQ(span_name(Profile::kGenAi, SpanKind::kTool, "search"), "execute_tool search");
  EXPECT_EQ(span_name(Profile::kGenAi, SpanKind::kRetriever, "docs"), "retrieval docs");
  EXPECT_EQ(span_name(Profile::kTutorial, SpanKind::kAgent, "bull"), "agent_run");
  EXPECT_EQ(span_name(Profile::kTutorial, SpanKind::kTool, "search"), "tool:search");
  EXPECT_EQ(span_name(Profile::kTutorial, SpanKind::kMemory, "store"), "memory:store");
  EXPECT_EQ(span_name(Profile::kTutorial, SpanKind::kDecision, "route"), "decision:route");
}

TEST(Row35SpanKind, GuardAndRouterAreOpenInferencesGuardrailAndChain) {
  EXPECT_EQ(kind_names(SpanKind::kGuard).openinference, "GUARDRAIL");
  EXPECT_EQ(kind_names(SpanKind::kRouter).openinference, "CHAIN");
  const std::set<std::string_view> theirs = {"TOOL",      "CHAIN",     "LLM",      "RETRIEVER",
                                             "EMBEDDING", "AGENT",     "RERANKER", "UNKNOWN",
                                             "GUARDRAIL", "EVALUATOR", "PROMPT"};
  for (std::size_t i = 0; i < kSpanKinds; ++i) {
    EXPECT_TRUE(theirs.contains(kind_names(static_cast<SpanKind>(i)).openinference)) << i;
  }
}

TEST(Row35SpanKind, OperationsAndKindsOfBackends) {
  EXPECT_EQ(kind_names(SpanKind::kLlm).operation, "chat");
  EXPECT_EQ(kind_names(SpanKind::kGuard).operation, "");
  EXPECT_EQ(kind_names(SpanKind::kPattern).operation, "invoke_workflow");
  EXPECT_EQ(kind_names(SpanKind::kLlm).langfuse, "generation");
  EXPECT_EQ(kind_names(SpanKind::kPattern).datadog, "workflow");
  EXPECT_EQ(kind_names(SpanKind::kRetriever).datadog, "retrieval");
}

}  // namespace
}  // namespace tracebus
