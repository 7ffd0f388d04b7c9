// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/cost_event.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string_view>

namespace tracebus {
inline namespace v1 {
namespace {

enum class Field : std::uint8_t {
  kModel,
  kCost,
  kInput,
  kOutput,
  kCacheRead,
  kCacheWrite,
  kReasoning,
  kProvider,
  kWorkflow,
  kSession,
  kUser,
  kCountedBy,
};
constexpr std::size_t kFields = 12;

struct Alias {
  std::string_view key;
  Field field;
};

// The seed's keys, OpenTelemetry's of all versions, OpenInference's, and those of files. For each
// field those that count first come first.
constexpr Alias kAliases[] = {
    {"model", Field::kModel},
    {"gen_ai.response.model", Field::kModel},
    {"gen_ai.request.model", Field::kModel},
    {"llm.model_name", Field::kModel},
    {"pyagent.cost.model", Field::kModel},
    {"cost_usd", Field::kCost},
    {"cost_estimate", Field::kCost},
    {"cost", Field::kCost},
    {"total_cost", Field::kCost},
    {"pyagent.cost.total_usd", Field::kCost},
    {"exo.cost.total_usd", Field::kCost},
    {"llm.cost.total", Field::kCost},
    {"input_tokens", Field::kInput},
    {"gen_ai.usage.input_tokens", Field::kInput},
    {"gen_ai.usage.prompt_tokens", Field::kInput},
    {"prompt_tokens", Field::kInput},
    {"pyagent.cost.input_tokens", Field::kInput},
    {"exo.cost.input_tokens", Field::kInput},
    {"llm.token_count.prompt", Field::kInput},
    {"output_tokens", Field::kOutput},
    {"gen_ai.usage.output_tokens", Field::kOutput},
    {"gen_ai.usage.completion_tokens", Field::kOutput},
    {"completion_tokens", Field::kOutput},
    {"pyagent.cost.output_tokens", Field::kOutput},
    {"exo.cost.output_tokens", Field::kOutput},
    {"llm.token_count.completion", Field::kOutput},
    {"cache_read_input_tokens", Field::kCacheRead},
    {"gen_ai.usage.cache_read.input_tokens", Field::kCacheRead},
    {"gen_ai.usage.cache_read_input_tokens", Field::kCacheRead},
    {"llm.token_count.prompt_details.cache_read", Field::kCacheRead},
    {"cache_creation_input_tokens", Field::kCacheWrite},
    {"gen_ai.usage.cache_creation.input_tokens", Field::kCacheWrite},
    {"gen_ai.usage.cache_write.input_tokens", Field::kCacheWrite},
    {"llm.token_count.prompt_details.cache_write", Field::kCacheWrite},
    {"reasoning_tokens", Field::kReasoning},
    {"gen_ai.usage.reasoning.output_tokens", Field::kReasoning},
    {"llm.token_count.completion_details.reasoning", Field::kReasoning},
    {"provider", Field::kProvider},
    {"gen_ai.provider.name", Field::kProvider},
    {"gen_ai.system", Field::kProvider},
    {"llm.provider", Field::kProvider},
    {"workflow", Field::kWorkflow},
    {"traceloop.workflow.name", Field::kWorkflow},
    {"session_id", Field::kSession},
    {"session.id", Field::kSession},
    {"gen_ai.conversation.id", Field::kSession},
    {"user_id", Field::kUser},
    {"user.id", Field::kUser},
    {"counted_by", Field::kCountedBy},
};
constexpr std::size_t kAliasCount = std::size(kAliases);
static_assert(kAliasCount < 256, "an alias is a byte, and 0 is none");

std::string_view text_of(const ValueView& value) noexcept {
  return value.type() == ValueType::kString ? value.as_string() : std::string_view();
}

// False for what is no count of tokens.
bool read_tokens(const ValueView& value, std::int64_t& tokens) noexcept {
  if (value.is_null()) return true;
  if (value.type() == ValueType::kInt64) {
    tokens = value.as_int64();
    return tokens >= 0;
  }
  if (value.type() != ValueType::kDouble) return false;
  const double number = value.as_double();
  if (!(number >= 0)) return false;
  constexpr double kEnd = 9223372036854775808.0;
  tokens =
      number < kEnd ? static_cast<std::int64_t>(number) : std::numeric_limits<std::int64_t>::max();
  return true;
}

ReadMoney money_of(const ValueView& value) noexcept {
  if (value.type() == ValueType::kString) return NanoDollars::from_text(value.as_string());
  if (value.type() == ValueType::kDouble) return NanoDollars::from_dollars(value.as_double());
  if (value.type() != ValueType::kInt64) return {{}, MoneyStatus::kNotANumber};
  const std::int64_t dollars = value.as_int64();
  if (dollars < 0) return {{}, MoneyStatus::kNegative};
  std::int64_t nanos = 0;
  if (__builtin_mul_overflow(dollars, std::int64_t{1'000'000'000}, &nanos)) {
    return {NanoDollars::max(), MoneyStatus::kSaturated};
  }
  return {NanoDollars(nanos), MoneyStatus::kOk};
}

void read_cost(const ValueView& value, CostEvent& event) noexcept {
  if (value.is_null()) return;
  const ReadMoney money = money_of(value);
  if (money.status == MoneyStatus::kNegative) event.result = CostResult::kNegativeCost;
  if (money.status == MoneyStatus::kNotANumber) event.result = CostResult::kCostNotANumber;
  event.saturated = money.status == MoneyStatus::kSaturated;
  event.entry.cost = money.amount;
}

using Values = std::array<ValueView, kFields>;

// Of each field, the value whose key counts first.
class Choice {
 public:
  // alias: as in kAliases, from 1; 0: no matter.
  void offer(std::uint8_t alias, const ValueView& value) noexcept {
    if (alias == 0) return;
    const auto field = static_cast<std::size_t>(kAliases[alias - 1].field);
    if (alias_taken_[field] != 0 && alias > alias_taken_[field]) return;
    alias_taken_[field] = alias;
    values_[field] = value;
  }
  const Values& values() const noexcept { return values_; }

 private:
  Values values_;
  std::array<std::uint8_t, kFields> alias_taken_{};
};

void read_texts(const Values& values, CostEvent& event) noexcept {
  const auto text = [&](Field field) { return text_of(values[static_cast<std::size_t>(field)]); };
  event.entry.model = text(Field::kModel);
  event.entry.provider = text(Field::kProvider);
  event.entry.workflow = text(Field::kWorkflow);
  event.entry.session = text(Field::kSession);
  event.entry.user = text(Field::kUser);
  const ValueView& counted_by = values[static_cast<std::size_t>(Field::kCountedBy)];
  if (counted_by.type() == ValueType::kInt64) event.counted_by = counted_by.as_int64();
}

void read_usage(const Values& values, CostEvent& event) noexcept {
  TokenUsage& usage = event.entry.usage;
  const auto read = [&](Field field, std::int64_t& tokens) {
    return read_tokens(values[static_cast<std::size_t>(field)], tokens);
  };
  const bool read_all = read(Field::kInput, usage.input) && read(Field::kOutput, usage.output) &&
                        read(Field::kCacheRead, usage.cache_read) &&
                        read(Field::kCacheWrite, usage.cache_write) &&
                        read(Field::kReasoning, usage.reasoning);
  if (!read_all) event.result = CostResult::kNegativeTokens;
}

CostEvent event_of(const Values& values) noexcept {
  CostEvent read;
  read_texts(values, read);
  read_cost(values[static_cast<std::size_t>(Field::kCost)], read);
  read_usage(values, read);
  return read;
}

}  // namespace

CostEventReader::CostEventReader() {
  for (std::size_t i = 0; i < kAliasCount; ++i) {
    const std::size_t number = AttributeKey::registered(kAliases[i].key).number();
    if (number >= alias_of_key_.size()) alias_of_key_.resize(number + 1);
    if (number != 0) alias_of_key_[number] = static_cast<std::uint8_t>(i + 1);
  }
}

CostEvent CostEventReader::read(const EventView& event) const noexcept {
  Choice choice;
  const AttributeRange payload = event.payload();
  for (auto at = payload.begin(); at != payload.end(); ++at) {
    // An event from before the keys were registered carries them as text.
    choice.offer(alias_of(at.key().is_registered() ? at.key() : AttributeKey::find(at->key)),
                 at->value);
  }
  CostEvent read = event_of(choice.values());
  read.entry.pattern = event.pattern_type();
  read.entry.agent = event.agent_name();
  read.entry.ids = event.ids();
  read.entry.foreign_run = event.foreign_ids().run_id;
  return read;
}

CostEvent CostEventReader::read(const ObjectView& members) const noexcept {
  Choice choice;
  for (const AttributeView& member : members) {
    choice.offer(alias_of(AttributeKey::find(member.key)), member.value);
  }
  return event_of(choice.values());
}

}  // namespace v1
}  // namespace tracebus
