// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/span_fields.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "tracebus/core/attribute_key.h"

namespace tracebus {
inline namespace v1 {
namespace {

struct Alias {
  std::string_view key;
  SpanField field;
};

// Ours, the seeds', and those of files. For each field those that count first come first.
constexpr Alias kAliases[] = {
    {"span.name", SpanField::kName},
    {"span.kind", SpanField::kKind},
    {"span.status", SpanField::kStatus},
    {"status", SpanField::kStatus},
    {"span.status_message", SpanField::kStatusText},
    {"error", SpanField::kStatusText},
    {"error_message", SpanField::kStatusText},
    {"message", SpanField::kStatusText},
    {"duration_ms", SpanField::kMilliseconds},
    {"durationMs", SpanField::kMilliseconds},
    {"latency_ms", SpanField::kMilliseconds},
    {"duration_seconds", SpanField::kSeconds},
    {"duration_s", SpanField::kSeconds},
    {"span.events", SpanField::kEvents},
    {"span.links", SpanField::kLinks},
    {"model", SpanField::kModel},
    {"gen_ai.response.model", SpanField::kModel},
    {"gen_ai.request.model", SpanField::kModel},
    {"llm.model_name", SpanField::kModel},
    {"pyagent.agent.model", SpanField::kModel},
    {"tool_name", SpanField::kTool},
    {"tool", SpanField::kTool},
    {"tool.name", SpanField::kTool},
    {"metadata", SpanField::kMetadata},
};

// By AttributeKey number: the place in kAliases, from 1; 0: no matter.
class AliasTable {
 public:
  AliasTable() {
    for (std::size_t i = 0; i < std::size(kAliases); ++i) {
      const std::size_t number = AttributeKey::registered(kAliases[i].key).number();
      if (number >= by_key_.size()) by_key_.resize(number + 1);
      if (number != 0) by_key_[number] = static_cast<std::uint8_t>(i + 1);
    }
  }
  // An event from before the keys were registered carries them as text.
  std::uint8_t alias_of(AttributeKey key, std::string_view name) const noexcept {
    if (!key.is_registered()) key = AttributeKey::find(name);
    return key.number() < by_key_.size() ? by_key_[key.number()] : std::uint8_t{0};
  }

 private:
  std::vector<std::uint8_t> by_key_;
};

}  // namespace

// Of each field, the value whose name counts first.
class SpanFields::Choice {
 public:
  explicit Choice(SpanFields& fields) noexcept : fields_(fields) {}

  void offer(AttributeKey key, const AttributeView& attribute) noexcept {
    static const AliasTable kTable;
    const std::uint8_t alias = kTable.alias_of(key, attribute.key);
    if (alias == 0 || attribute.value.is_null()) return;
    const auto field = static_cast<std::size_t>(kAliases[alias - 1].field);
    if (taken_[field] != 0 && alias > taken_[field]) return;
    taken_[field] = alias;
    fields_.values_[field] = attribute.value;
  }

 private:
  SpanFields& fields_;
  std::array<std::uint8_t, kSpanFieldCount> taken_{};
};

SpanFields::SpanFields(const EventView& event) noexcept {
  Choice choice(*this);
  const AttributeRange payload = event.payload();
  for (auto at = payload.begin(); at != payload.end(); ++at) choice.offer(at.key(), *at);
}

SpanFields::SpanFields(const ObjectView& members) noexcept {
  Choice choice(*this);
  for (const AttributeView& member : members) choice.offer({}, member);
}

double SpanFields::duration_ms() const noexcept {
  const ValueView& ms = (*this)[SpanField::kMilliseconds];
  const ValueView& seconds = (*this)[SpanField::kSeconds];
  if (ms.is_number()) return std::max(ms.to_double(), 0.0);
  return seconds.is_number() ? std::max(seconds.to_double() * 1e3, 0.0) : -1;
}

}  // namespace v1
}  // namespace tracebus
