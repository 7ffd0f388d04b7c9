// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/profile_processor.h"

#include <algorithm>
#include <optional>
#include <span>

#include "tracebus/core/attribute_key.h"

namespace tracebus {
inline namespace v1 {
namespace {

// What the semantic conventions have as a list, and a span of ours as one text.
constexpr std::string_view kFinishReasons = "gen_ai.response.finish_reasons";

std::optional<SpanKind> kind_of(const EventView& event) noexcept {
  const std::optional<ValueView> kind = event.find(kSpanKind.name());
  return kind ? span_kind_called(kind->as_string()) : std::nullopt;
}

bool is_field_of_spans(std::string_view key) noexcept {
  return is_span_field(AttributeKey::find(key));
}

}  // namespace

void ProfileProcessor::process(const EventView& event, ProcessorOutput& output) {
  TraceEvent told = event.to_event();
  given_.assign(told.payload.begin(), told.payload.end());
  out_.clear();
  const std::optional<SpanKind> kind = kind_of(event);
  if (!kind && std::ranges::none_of(given_, [this](const Attribute& attribute) {
        return !name_of(attribute.key).empty();
      })) {
    return output.pass(event);
  }
  for (const Attribute& attribute : given_) {
    if (kind && attribute.key == kSpanName.name() && attribute.value.type() == ValueType::kString) {
      span_name_.clear();
      append_span_name(span_name_, profile_, *kind, attribute.value.as_string());
      out_.push_back({attribute.key, std::string_view(span_name_)});
    } else {
      translate(attribute);
    }
  }
  if (kind) tell_span(event, *kind);
  told.payload = Payload(std::span<const Attribute>(out_));
  output.replace(event, told);
}

void ProfileProcessor::translate(const Attribute& attribute) {
  const std::string_view name = name_of(attribute.key);
  const bool renamed = !name.empty() && (name == attribute.key || !is_taken(name));
  if (!renamed || is_field_of_spans(attribute.key)) out_.push_back(attribute);
  if (!renamed) return;
  if (name == kFinishReasons && attribute.value.type() == ValueType::kString) {
    out_.push_back({name, Value::array({attribute.value})});
  } else {
    out_.push_back({name, attribute.value});
  }
}

void ProfileProcessor::tell_span(const EventView& event, SpanKind kind) {
  put_if_missing(name_of("agent_name"), event.agent_name());
  put_if_missing(name_of("pattern_type"), event.pattern_type());
  const KindNames& names = kind_names(kind);
  if (profile_ == Profile::kPlyra) {
    put_if_missing("plyra.span.kind", to_string(kind));
    put_if_missing("openinference.span.kind", names.openinference);
  } else {
    put_if_missing(name_of("operation"), names.operation);
  }
}

void ProfileProcessor::put_if_missing(std::string_view key, const Value& value) {
  const bool says_nothing = value.type() == ValueType::kString && value.as_string().empty();
  if (!key.empty() && !says_nothing && !is_taken(key)) out_.push_back({key, value});
}

bool ProfileProcessor::is_taken(std::string_view key) const noexcept {
  const auto has_it = [key](const Attribute& attribute) { return attribute.key == key; };
  return std::ranges::any_of(given_, has_it) || std::ranges::any_of(out_, has_it);
}

}  // namespace v1
}  // namespace tracebus
