// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/span_reading.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>

namespace tracebus {
inline namespace v1 {
namespace {

enum class Field : std::uint8_t {
  kModel,
  kProvider,
  kWorkflow,
  kSession,
  kUser,
  kName,
  kKind,
  kStatus,
  kMilliseconds,
  kSeconds,
  kCost,
  kInput,
  kOutput,
  kTotal,
  kCacheRead,
  kCacheWrite,
  kGuardTriggered,
  kGuardAction,
  kNested,
};
constexpr std::size_t kFields = 19;

enum class Level : std::uint8_t { kAny, kNestedOnly };

struct Alias {
  std::string_view key;
  Field field;
  Level level = Level::kAny;
};

// The seeds' keys, OpenTelemetry's, OpenInference's and those of files (trace/cost_event.cc has the
// same order). For each field those that count first come first.
constexpr Alias kAliases[] = {
    {"model", Field::kModel},
    {"gen_ai.response.model", Field::kModel},
    {"gen_ai.request.model", Field::kModel},
    {"llm.model_name", Field::kModel},
    {"pyagent.cost.model", Field::kModel},
    {"pyagent.agent.model", Field::kModel},
    {"provider", Field::kProvider},
    {"gen_ai.provider.name", Field::kProvider},
    {"gen_ai.system", Field::kProvider},
    {"llm.provider", Field::kProvider},
    {"workflow", Field::kWorkflow},
    {"gen_ai.workflow.name", Field::kWorkflow},
    {"traceloop.workflow.name", Field::kWorkflow},
    {"session_id", Field::kSession},
    {"session.id", Field::kSession},
    {"gen_ai.conversation.id", Field::kSession},
    {"user_id", Field::kUser},
    {"user.id", Field::kUser},
    {"span.name", Field::kName},
    {"tool_name", Field::kName},
    {"tool", Field::kName},
    {"tool.name", Field::kName},
    {"gen_ai.tool.name", Field::kName},
    {"guard.policy", Field::kName},
    {"span.kind", Field::kKind},
    {"openinference.span.kind", Field::kKind},
    {"kind", Field::kKind},
    {"span.status", Field::kStatus},
    {"status", Field::kStatus},
    {"duration_ms", Field::kMilliseconds},
    {"durationMs", Field::kMilliseconds},
    {"latency_ms", Field::kMilliseconds},
    {"duration_seconds", Field::kSeconds},
    {"duration_s", Field::kSeconds},
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
    {"input", Field::kInput, Level::kNestedOnly},
    {"output_tokens", Field::kOutput},
    {"gen_ai.usage.output_tokens", Field::kOutput},
    {"gen_ai.usage.completion_tokens", Field::kOutput},
    {"completion_tokens", Field::kOutput},
    {"pyagent.cost.output_tokens", Field::kOutput},
    {"exo.cost.output_tokens", Field::kOutput},
    {"llm.token_count.completion", Field::kOutput},
    {"output", Field::kOutput, Level::kNestedOnly},
    {"tokens", Field::kTotal},
    {"token_count", Field::kTotal},
    {"total_tokens", Field::kTotal},
    {"llm.token_count.total", Field::kTotal},
    {"total", Field::kTotal, Level::kNestedOnly},
    {"cache_read_input_tokens", Field::kCacheRead},
    {"gen_ai.usage.cache_read.input_tokens", Field::kCacheRead},
    {"gen_ai.usage.cache_read_input_tokens", Field::kCacheRead},
    {"llm.token_count.prompt_details.cache_read", Field::kCacheRead},
    {"cache_read_tokens", Field::kCacheRead},
    {"cached_input_tokens", Field::kCacheRead},
    {"cached_tokens", Field::kCacheRead},
    {"prompt_tokens_details.cached_tokens", Field::kCacheRead},
    {"input_tokens_details.cached_tokens", Field::kCacheRead},
    {"gen_ai.usage.prompt_tokens_details.cached_tokens", Field::kCacheRead},
    {"gen_ai.usage.input_tokens_details.cached_tokens", Field::kCacheRead},
    {"ai.usage.cachedInputTokens", Field::kCacheRead},
    {"cachedInputTokens", Field::kCacheRead},
    {"cached", Field::kCacheRead, Level::kNestedOnly},
    {"cache_read", Field::kCacheRead, Level::kNestedOnly},
    {"cache_creation_input_tokens", Field::kCacheWrite},
    {"gen_ai.usage.cache_creation.input_tokens", Field::kCacheWrite},
    {"gen_ai.usage.cache_write.input_tokens", Field::kCacheWrite},
    {"llm.token_count.prompt_details.cache_write", Field::kCacheWrite},
    {"gen_ai.usage.cache_creation_input_tokens", Field::kCacheWrite},
    {"cache_write_tokens", Field::kCacheWrite},
    {"cache_creation_tokens", Field::kCacheWrite},
    {"cache_creation", Field::kCacheWrite, Level::kNestedOnly},
    {"cache_write", Field::kCacheWrite, Level::kNestedOnly},
    {"guard.triggered", Field::kGuardTriggered},
    {"guard.action", Field::kGuardAction},
    {"verdict", Field::kGuardAction},
    {"metadata", Field::kNested},
    {"usage", Field::kNested},
    {"tokenUsage", Field::kNested},
    {"token_usage", Field::kNested},
    {"prompt_tokens_details", Field::kNested},
    {"input_tokens_details", Field::kNested},
};
constexpr std::size_t kAliasCount = std::size(kAliases);

struct TextField {
  Field field;
  SpanText column;
};
constexpr TextField kTextFields[] = {
    {Field::kModel, SpanText::kModel},       {Field::kProvider, SpanText::kProvider},
    {Field::kWorkflow, SpanText::kWorkflow}, {Field::kSession, SpanText::kSession},
    {Field::kUser, SpanText::kUser},         {Field::kName, SpanText::kName},
};

bool same_word(std::string_view a, std::string_view upper) noexcept {
  return a.size() == upper.size() &&
         std::equal(a.begin(), a.end(), upper.begin(), [](char x, char y) {
           return (x >= 'a' && x <= 'z' ? static_cast<char>(x - 'a' + 'A') : x) == y;
         });
}

template <std::size_t kSize>
bool is_one_of(const std::string_view (&words)[kSize], std::string_view word) noexcept {
  return std::any_of(std::begin(words), std::end(words),
                     [word](std::string_view known) { return same_word(word, known); });
}

constexpr std::string_view kFailedWords[] = {"ERROR", "FAILED", "FAILURE"};
constexpr std::string_view kOkWords[] = {"OK", "SUCCESS", "COMPLETED"};
constexpr std::string_view kPassWords[] = {"ALLOW", "PASS", "NONE", ""};

SpanStatus status_called(std::string_view word) noexcept {
  if (is_one_of(kFailedWords, word)) return SpanStatus::kFailed;
  return is_one_of(kOkWords, word) ? SpanStatus::kOk : SpanStatus::kUnset;
}

std::optional<SpanKind> kind_called(std::string_view word) noexcept {
  for (std::size_t i = 0; i < kSpanKinds; ++i) {
    if (same_word(word, kSpanKindTable[i].name)) return static_cast<SpanKind>(i);
  }
  return same_word(word, "GUARDRAIL") ? std::optional(SpanKind::kGuard) : std::nullopt;
}

std::string_view text_of(const Value& value) noexcept {
  return value.type() == ValueType::kString ? value.as_string() : std::string_view();
}

// NaN for what is no number.
double number_of(const Value& value) noexcept {
  if (value.type() == ValueType::kDouble) return value.as_double();
  if (value.type() == ValueType::kInt64) return static_cast<double>(value.as_int64());
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

SpanTypeInfo span_type_info(std::string_view type) noexcept {
  SpanTypeInfo info;
  info.is_record = type == kCostRecord.name() || type == kCost.name();
  info.is_error = type == kError.name();
  const EventType known = EventType::find(type);
  info.is_known = known.is_registered() && known.number() <= kVocabularyTypes;
  const auto set = [&](SpanMoment moment, SpanKind kind) {
    info.moment = moment;
    info.kind = kind;
    info.is_model_call = kind == SpanKind::kLlm || kind == SpanKind::kEmbedding;
    info.is_pattern = kind == SpanKind::kPattern;
  };
  for (std::size_t i = 0; i < kSpanKinds; ++i) {
    const SpanKindEntry& entry = kSpanKindTable[i];
    const auto kind = static_cast<SpanKind>(i);
    if (type == entry.start.name()) set(SpanMoment::kStart, kind);
    if (type == entry.end.name()) set(SpanMoment::kEnd, kind);
    if (type == entry.error.name() && entry.error != entry.end) {
      set(SpanMoment::kEnd, kind);
      info.failed = true;
    }
  }
  const bool ends_provider = type == kProviderCallEnd.name() || type == kProviderCallError.name();
  if (ends_provider || type == kProviderCallStart.name()) {
    set(ends_provider ? SpanMoment::kEnd : SpanMoment::kStart, SpanKind::kLlm);
    info.is_provider = true;
    info.failed = type == kProviderCallError.name();
  }
  if (type == kLlmCall.name()) set(SpanMoment::kWhole, SpanKind::kLlm);
  if (type == "tool_call") set(SpanMoment::kWhole, SpanKind::kTool);
  return info;
}

SpanReader::SpanReader() {
  for (const Alias& alias : kAliases) keys_.number_of(alias.key);
}

// Of each field, the value whose key counts first.
class SpanReader::Choice {
 public:
  explicit Choice(const NameTable& keys) noexcept : keys_(keys) {}

  void offer_all(const TraceEvent& event) noexcept {
    int index = 0;
    for (const Attribute& attribute : event.payload) offer(attribute, index++, 0);
    for (std::uint32_t left = nested_; left != 0; left &= left - 1) {
      const int at = std::countr_zero(left);
      for (const Attribute& member : (event.payload.begin() + at)->value.as_object()) {
        offer(member, -1, 1);
      }
    }
  }

  const Value* operator[](Field field) const noexcept {
    return values_[static_cast<std::size_t>(field)];
  }
  int place(Field field) const noexcept { return places_[static_cast<std::size_t>(field)]; }

 private:
  // depth: of the objects around it.
  void offer(const Attribute& attribute, int index, int depth) noexcept {
    const auto found = keys_.find(attribute.key);
    if (!found || *found == 0) return;
    const Alias& alias = kAliases[*found - 1];
    const ValueType type = attribute.value.type();
    if (type == ValueType::kObject) {
      const bool opens = alias.field == Field::kNested || alias.field == Field::kTotal;
      if (opens && depth == 0 && index < 32) nested_ |= std::uint32_t{1} << index;
      if (!opens || depth != 1) return;
      for (const Attribute& member : attribute.value.as_object()) offer(member, -1, depth + 1);
      return;
    }
    if (alias.level == Level::kNestedOnly && depth == 0) return;
    if (type == ValueType::kNull || alias.field == Field::kNested) return;
    const auto field = static_cast<std::size_t>(alias.field);
    const auto rank =
        static_cast<std::uint16_t>(*found + kAliasCount * static_cast<std::size_t>(depth));
    if (values_[field] != nullptr && rank > ranks_[field]) return;
    ranks_[field] = rank;
    values_[field] = &attribute.value;
    places_[field] = index;
  }

  const NameTable& keys_;
  std::array<const Value*, kFields> values_{};
  std::array<std::uint16_t, kFields> ranks_;  // of those that have a value
  std::array<int, kFields> places_;           // of those that have a value
  std::uint32_t nested_ = 0;                  // attributes to look into, by their index
};

namespace {

void refuse(SpanReading& reading, const char* what) {
  if (reading.refused++ == 0) reading.refused_what = what;
}

void read_tokens(const Value* value, std::optional<std::int64_t>& tokens, SpanReading& reading) {
  if (value == nullptr) return;
  const double number = number_of(*value);
  if (!(number >= 0)) {
    refuse(reading, "a count of tokens");
  } else if (value->type() == ValueType::kInt64) {
    tokens = value->as_int64();
  } else {
    tokens = static_cast<std::int64_t>(std::min(number, 9.2e18));
  }
}

void read_duration(const Value* value, double unit_ns, SpanReading& reading) {
  if (value == nullptr || reading.duration_ns) return;
  const double number = number_of(*value);
  if (!(number >= 0)) {
    refuse(reading, "a duration");
  } else {
    reading.duration_ns = std::llround(std::min(number * unit_ns, 9.2e18));
  }
}

void read_cost(const Value* value, SpanReading& reading) {
  if (value == nullptr) return;
  ReadMoney money;
  if (value->type() == ValueType::kString) {
    money = NanoDollars::from_text(value->as_string());
  } else if (value->type() == ValueType::kInt64 && value->as_int64() >= 0) {
    const std::int64_t dollars = std::min<std::int64_t>(value->as_int64(), 9'000'000'000);
    money.amount = NanoDollars(dollars * 1'000'000'000);
  } else {
    money = NanoDollars::from_dollars(number_of(*value));
  }
  if (is_refused(money.status)) {
    refuse(reading, "a cost");
  } else {
    reading.cost = money.amount;
  }
}

}  // namespace

SpanReading SpanReader::read(const TraceEvent& event) const {
  SpanReading reading;
  reading.text(SpanText::kType) = event.event_type;
  reading.text(SpanText::kAgent) = event.agent_name;
  reading.text(SpanText::kPattern) = event.pattern_type;
  Choice choice(keys_);
  choice.offer_all(event);
  for (const TextField& field : kTextFields) {
    const Value* const value = choice[field.field];
    if (value == nullptr) continue;
    reading.text(field.column) = text_of(*value);
    const bool is_said = !reading.text(field.column).empty();
    if (is_said) reading.places[static_cast<std::size_t>(field.column)] = choice.place(field.field);
  }
  if (const Value* kind = choice[Field::kKind]) reading.kind = kind_called(text_of(*kind));
  if (const Value* status = choice[Field::kStatus])
    reading.status = status_called(text_of(*status));
  read_duration(choice[Field::kMilliseconds], 1e6, reading);
  read_duration(choice[Field::kSeconds], 1e9, reading);
  read_cost(choice[Field::kCost], reading);
  read_tokens(choice[Field::kInput], reading.input_tokens, reading);
  read_tokens(choice[Field::kOutput], reading.output_tokens, reading);
  read_tokens(choice[Field::kTotal], reading.total_tokens, reading);
  std::optional<std::int64_t> cached, written;
  read_tokens(choice[Field::kCacheRead], cached, reading);
  read_tokens(choice[Field::kCacheWrite], written, reading);
  reading.cache_read_tokens = cached.value_or(0);
  reading.cache_write_tokens = written.value_or(0);
  const Value* const triggered = choice[Field::kGuardTriggered];
  const Value* const action = choice[Field::kGuardAction];
  if (triggered != nullptr && triggered->type() == ValueType::kBool) {
    reading.guard_fired = triggered->as_bool();
  } else if (action != nullptr) {
    reading.guard_fired = !is_one_of(kPassWords, text_of(*action));
  }
  return reading;
}

}  // namespace v1
}  // namespace tracebus
