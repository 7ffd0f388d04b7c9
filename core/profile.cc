// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/profile.h"

#include <algorithm>
#include <array>
#include <vector>

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

// Shorter names first: those of one length are few, and are told apart by one comparison each.
constexpr bool stands_before(const Row& a, const Row& b) noexcept {
  return a.ours.size() != b.ours.size() ? a.ours.size() < b.ours.size() : a.ours < b.ours;
}
constexpr std::array<Row, kRows> sorted_rows() {
  std::array<Row, kRows> rows{};
  std::copy(std::begin(kTable), std::end(kTable), rows.begin());
  std::sort(rows.begin(), rows.end(), stands_before);
  return rows;
}
constexpr std::array<Row, kRows> kSorted = sorted_rows();
constexpr std::size_t kLongest = kSorted.back().ours.size();

static_assert(std::adjacent_find(kSorted.begin(), kSorted.end(),
                                 [](const Row& a, const Row& b) { return a.ours == b.ours; }) ==
                  kSorted.end(),
              "each of our names has one row");

// By length: where names of that length begin; one more, for where the longest end.
constexpr std::array<std::uint8_t, kLongest + 2> rows_by_length() {
  static_assert(kRows < 256);
  std::array<std::uint8_t, kLongest + 2> begins{};
  for (std::size_t length = 0; length < begins.size(); ++length) {
    std::size_t row = 0;
    while (row < kRows && kSorted[row].ours.size() < length) ++row;
    begins[length] = static_cast<std::uint8_t>(row);
  }
  return begins;
}
constexpr auto kBegins = rows_by_length();

// What others called things, or still do, beside the profiles.
struct Told {
  std::string_view told;
  std::string_view ours;
};
constexpr Told kOlderNames[] = {
    {"gen_ai.system", "provider"},
    {"gen_ai.usage.prompt_tokens", "input_tokens"},
    {"gen_ai.usage.completion_tokens", "output_tokens"},
    {"gen_ai.usage.cache_read_input_tokens", "cache_read_input_tokens"},
    {"gen_ai.usage.cache_creation_input_tokens", "cache_creation_input_tokens"},
    {"gen_ai.cost.total_cost", "cost_usd"},
    {"llm.usage.total_tokens", "total_tokens"},
    {"llm.response.finish_reason", "finish_reason"},
    {"llm.request.model_name", "model"},
    {"llm.system", "provider"},
    {"traceloop.entity.input", "input.value"},
    {"traceloop.entity.output", "output.value"},
    {"traceloop.association.properties.session_id", "session.id"},
    {"traceloop.association.properties.user_id", "user.id"},
};

// All that is called differently somewhere, by name. Where two of ours are called the same, the
// profiles that others speak come before those of one program, then the order of the table.
constexpr std::array<std::size_t, kProfileCount> kByReach = {
    std::size_t(Profile::kGenAi), std::size_t(Profile::kGenAiDev), std::size_t(Profile::kPlyra),
    std::size_t(Profile::kExo),   std::size_t(Profile::kPyagent),  std::size_t(Profile::kTutorial)};

std::vector<Told> names_told() {
  std::vector<Told> names(std::begin(kOlderNames), std::end(kOlderNames));
  for (const std::size_t profile : kByReach) {
    for (const Row& row : kTable) {
      const std::string_view told = row.names[profile];
      if (told != row.ours && told.find('.') != told.npos) names.push_back({told, row.ours});
    }
  }
  const auto by_name = [](const Told& a, const Told& b) { return a.told < b.told; };
  std::stable_sort(names.begin(), names.end(), by_name);
  const auto same = [](const Told& a, const Told& b) { return a.told == b.told; };
  names.erase(std::unique(names.begin(), names.end(), same), names.end());
  return names;
}

constexpr std::array<std::string_view, kProfileCount> kNames = {
    "pyagent", "exo", "plyra", "gen_ai", "gen_ai_dev", "tutorial"};

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
  if (ours.size() > kLongest) return {};
  for (std::size_t row = kBegins[ours.size()]; row < kBegins[ours.size() + 1]; ++row) {
    if (kSorted[row].ours == ours) return kSorted[row].names[static_cast<std::size_t>(profile)];
  }
  return {};
}

std::string_view own_attribute_name(std::string_view told) noexcept {
  static const std::vector<Told> names = names_told();
  const auto found = std::lower_bound(
      names.begin(), names.end(), told,
      [](const Told& each, std::string_view wanted) { return each.told < wanted; });
  if (found == names.end() || found->told != told) return {};
  return found->ours;
}

const SpanNaming& span_naming(Profile profile, SpanKind kind) noexcept {
  return (*kNamings[static_cast<std::size_t>(profile)])[static_cast<std::size_t>(kind)];
}

void append_span_name(std::string& out, Profile profile, SpanKind kind, std::string_view name) {
  const SpanNaming& naming = span_naming(profile, kind);
  out += naming.prefix;
  if (naming.with_name) out += name;
}

const KindNames& kind_names(SpanKind kind) noexcept {
  return kKindNames[static_cast<std::size_t>(kind)];
}

}  // namespace v1
}  // namespace tracebus
