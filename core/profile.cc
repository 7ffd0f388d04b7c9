// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/profile.h"

#include <algorithm>
#include <array>

namespace tracebus {
inline namespace v1 {
namespace {

struct Row {
  std::string_view ours;
  std::array<std::string_view, kProfileCount> names;
};

constexpr Row kTable[] = {
#include "tracebus/core/profile_table.inc"
};
constexpr std::size_t kRows = std::size(kTable);

// By name, for the look-up.
constexpr std::array<Row, kRows> sorted_rows() {
  std::array<Row, kRows> rows{};
  std::copy(std::begin(kTable), std::end(kTable), rows.begin());
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.ours < b.ours; });
  return rows;
}
constexpr std::array<Row, kRows> kSorted = sorted_rows();

static_assert(std::adjacent_find(kSorted.begin(), kSorted.end(),
                                 [](const Row& a, const Row& b) { return a.ours == b.ours; }) ==
                  kSorted.end(),
              "each of our names has one row");

constexpr std::array<std::string_view, kProfileCount> kNames = {
    "pyagent", "exo", "plyra", "gen_ai", "gen_ai_dev", "tutorial"};

// What comes before a span's name, and whether the name comes at all.
struct SpanNaming {
  std::string_view prefix = {};
  bool with_name = true;
};
using Namings = std::array<SpanNaming, kSpanKinds>;

constexpr Namings kBare = {};

// AGENT, TOOL, GUARD, LLM, CHAIN, RETRIEVER, ROUTER, EMBEDDING, PATTERN, MEMORY, DECISION
constexpr Namings kPyagentNames = {{{"pyagent.agent."},
                                    {"pyagent.tool", false},
                                    {"pyagent.guard", false},
                                    {"pyagent.llm_call", false},
                                    {"pyagent.chain", false},
                                    {"pyagent.retriever", false},
                                    {"pyagent.routing", false},
                                    {"pyagent.embedding", false},
                                    {"pyagent.pattern."},
                                    {"pyagent.memory", false},
                                    {"pyagent.decision", false}}};
constexpr Namings kExoNames = {
    {{"agent."}, {"tool."}, {}, {"llm."}, {"task."}, {}, {}, {}, {"task."}, {}, {}}};
constexpr Namings kGenAiNames = {{{"invoke_agent "},
                                  {"execute_tool "},
                                  {},
                                  {"chat "},
                                  {},
                                  {"retrieval "},
                                  {},
                                  {"embeddings "},
                                  {"invoke_workflow "},
                                  {},
                                  {}}};
constexpr Namings kTutorialNames = {{{"agent_run", false},
                                     {"tool:"},
                                     {},
                                     {"llm_call", false},
                                     {},
                                     {},
                                     {},
                                     {},
                                     {},
                                     {"memory:"},
                                     {"decision:"}}};

// By Profile.
constexpr std::array<const Namings*, kProfileCount> kNamings = {
    &kPyagentNames, &kExoNames, &kBare, &kGenAiNames, &kGenAiNames, &kTutorialNames};

// By SpanKind. OpenInference has neither guards nor routers of its own.
constexpr std::array<KindNames, kSpanKinds> kKindNames = {{
    {"AGENT", "invoke_agent", "agent", "agent"},
    {"TOOL", "execute_tool", "tool", "tool"},
    {"GUARDRAIL", "", "guardrail", "task"},
    {"LLM", "chat", "generation", "llm"},
    {"CHAIN", "", "chain", "task"},
    {"RETRIEVER", "retrieval", "retriever", "retrieval"},
    {"CHAIN", "", "chain", "task"},
    {"EMBEDDING", "embeddings", "embedding", "embedding"},
    {"CHAIN", "invoke_workflow", "chain", "workflow"},
    {"CHAIN", "", "span", "task"},
    {"CHAIN", "", "span", "task"},
}};

}  // namespace

std::string_view to_string(Profile profile) noexcept {
  return kNames[static_cast<std::size_t>(profile)];
}

std::optional<Profile> profile_called(std::string_view name) noexcept {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Profile>(found - kNames.begin());
}

std::string_view schema_url(Profile profile) noexcept {
  if (profile == Profile::kGenAi) return "https://opentelemetry.io/schemas/1.41.0";
  return {};
}

std::string_view attribute_name(Profile profile, std::string_view ours) noexcept {
  const auto found =
      std::lower_bound(kSorted.begin(), kSorted.end(), ours,
                       [](const Row& row, std::string_view name) { return row.ours < name; });
  if (found == kSorted.end() || found->ours != ours) return {};
  return found->names[static_cast<std::size_t>(profile)];
}

void append_span_name(std::string& out, Profile profile, SpanKind kind, std::string_view name) {
  const SpanNaming& naming =
      (*kNamings[static_cast<std::size_t>(profile)])[static_cast<std::size_t>(kind)];
  out += naming.prefix;
  if (naming.with_name) out += name;
}

const KindNames& kind_names(SpanKind kind) noexcept {
  return kKindNames[static_cast<std::size_t>(kind)];
}

}  // namespace v1
}  // namespace tracebus
