// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/cost_event.h"

#include <array>
#include <bit>
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

// Of each field, the value whose key counts first.
class Choice {
 public:
  // alias: as in kAliases, from 1.
  void offer(std::uint8_t alias, const ValueView& value) noexcept {
    const auto field = static_cast<std::size_t>(kAliases[alias - 1].field);
    if (alias_taken_[field] != 0 && alias > alias_taken_[field]) return;
    alias_taken_[field] = alias;
    taken_ |= std::uint32_t{1} << field;
    slots_[field].value = value;
  }
  template <class Visit>
  void each(const Visit& visit) const noexcept {
    for (std::uint32_t left = taken_; left != 0; left &= left - 1) {
      const auto field = static_cast<std::size_t>(std::countr_zero(left));
      visit(static_cast<Field>(field), slots_[field].value);
    }
  }

 private:
  // Not made until it is taken: most events say few of the fields.
  union Slot {
    Slot() noexcept {}
    ValueView value;
  };
  std::uint32_t taken_ = 0;
  std::array<std::uint8_t, kFields> alias_taken_{};
  std::array<Slot, kFields> slots_;
};

void read_usage(const ValueView& value, std::int64_t& tokens, CostEvent& event) noexcept {
  if (!read_tokens(value, tokens)) event.result = CostResult::kNegativeTokens;
}

void read_field(Field field, const ValueView& value, CostEvent& event) noexcept {
  CostEntry& entry = event.entry;
  switch (field) {
    case Field::kModel:
      entry.model = text_of(value);
      return;
    case Field::kCost:
      return read_cost(value, event);
    case Field::kInput:
      return read_usage(value, entry.usage.input, event);
    case Field::kOutput:
      return read_usage(value, entry.usage.output, event);
    case Field::kCacheRead:
      return read_usage(value, entry.usage.cache_read, event);
    case Field::kCacheWrite:
      return read_usage(value, entry.usage.cache_write, event);
    case Field::kReasoning:
      return read_usage(value, entry.usage.reasoning, event);
    case Field::kProvider:
      entry.provider = text_of(value);
      return;
    case Field::kWorkflow:
      entry.workflow = text_of(value);
      return;
    case Field::kSession:
      entry.session = text_of(value);
      return;
    case Field::kUser:
      entry.user = text_of(value);
      return;
    case Field::kCountedBy:
      if (value.type() == ValueType::kInt64) event.counted_by = value.as_int64();
  }
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
  CostEvent read;
  Choice choice;
  std::uint8_t alias = 0;
  // An event from before the keys were registered carries them as text.
  const auto wants = [&](AttributeKey key, std::string_view text) {
    alias = alias_of(key.is_registered() ? key : AttributeKey::find(text));
    return alias != 0;
  };
  event.payload().each_by_key(
      wants, [&](AttributeKey, const ValueView& value) { choice.offer(alias, value); });
  choice.each([&read](Field field, const ValueView& value) { read_field(field, value, read); });
  read.entry.pattern = event.pattern_type();
  read.entry.agent = event.agent_name();
  read.entry.ids = event.ids();
  read.entry.foreign_run = event.foreign_ids().run_id;
  return read;
}

CostEvent CostEventReader::read(const ObjectView& members) const noexcept {
  CostEvent read;
  Choice choice;
  for (const AttributeView& member : members) {
    const std::uint8_t alias = alias_of(AttributeKey::find(member.key));
    if (alias != 0) choice.offer(alias, member.value);
  }
  choice.each([&read](Field field, const ValueView& value) { read_field(field, value, read); });
  return read;
}

}  // namespace v1
}  // namespace tracebus
