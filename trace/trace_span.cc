// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/trace_span.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "tracebus/trace/cost_event.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr auto kSpanTypes = [] {
  std::array<SpanEventType, kVocabularyTypes + 1> types{};
  for (std::size_t i = 0; i < kSpanKinds; ++i) {
    const auto kind = static_cast<SpanKind>(i);
    const SpanKindEntry& entry = entry_of(kind);
    types[entry.start.number()] = {SpanMoment::kStart, kind, false};
    types[entry.error.number()] = {SpanMoment::kEnd, kind, true};
    types[entry.end.number()] = {SpanMoment::kEnd, kind, false};
  }
  types[kLlmCall.number()] = {SpanMoment::kWhole, SpanKind::kLlm, false};
  return types;
}();

std::int64_t subtract_saturating(std::int64_t from, std::int64_t what) noexcept {
  std::int64_t result = 0;
  if (!__builtin_sub_overflow(from, what, &result)) return result;
  return what < 0 ? std::numeric_limits<std::int64_t>::max()
                  : std::numeric_limits<std::int64_t>::min();
}

std::int64_t nanoseconds_of_ms(double ms) noexcept {
  constexpr double kLargest = 9.2e18;
  if (!(ms > 0)) return 0;  // also of what is no number
  return std::llround(std::min(ms * 1e6, kLargest));
}

std::string_view text_of(const ValueView& value) noexcept {
  return value.type() == ValueType::kString ? value.as_string() : std::string_view();
}

// Files say how long something took in several ways; the factor makes milliseconds of it.
struct DurationKey {
  std::string_view name;
  double to_ms;
};
constexpr std::array<DurationKey, 5> kDurationKeys = {{{"duration_ms", 1},
                                                       {"durationMs", 1},
                                                       {"latency_ms", 1},
                                                       {"duration_seconds", 1e3},
                                                       {"duration_s", 1e3}}};
constexpr std::array<std::string_view, 5> kModelKeys = {"model", "gen_ai.response.model",
                                                        "gen_ai.request.model", "llm.model_name",
                                                        "pyagent.agent.model"};
constexpr std::array<std::string_view, 3> kToolKeys = {"tool_name", "tool", "tool.name"};
constexpr std::array<std::string_view, 3> kFailedWords = {"error", "failed", "failure"};
constexpr std::array<std::string_view, 3> kOkWords = {"ok", "success", "completed"};

template <std::size_t kSize>
bool is_one_of(const std::array<std::string_view, kSize>& words, std::string_view word) noexcept {
  return std::ranges::find(words, word) != words.end();
}

SpanStatus status_called(std::string_view word) noexcept {
  if (is_one_of(kFailedWords, word)) return SpanStatus::kFailed;
  return is_one_of(kOkWords, word) ? SpanStatus::kOk : SpanStatus::kUnset;
}

template <std::size_t kSize>
std::string_view first_text(const EventView& event,
                            const std::array<std::string_view, kSize>& keys) noexcept {
  for (const std::string_view key : keys) {
    const std::optional<ValueView> value = event.find(key);
    if (value && !text_of(*value).empty()) return value->as_string();
  }
  return {};
}

}  // namespace

SpanEventType span_event_type(const EventView& event) noexcept {
  const std::uint16_t number = event.type().number();
  if (number != 0 && number < kSpanTypes.size()) return kSpanTypes[number];
  if (event.event_type() == "tool_call") return {SpanMoment::kWhole, SpanKind::kTool, false};
  return {};
}

TraceSpan::TraceSpan(std::shared_ptr<const OwnedEvent> kept, const CostEventReader& reader)
    : record_(std::move(kept)), ids_(record().ids()), agent_name_(record().agent_name()),
      pattern_type_(record().pattern_type()) {
  const SpanEventType type = span_event_type(record());
  kind_ = type.kind;
  is_open_ = type.moment == SpanMoment::kStart;
  read_attributes();
  if (type.failed && status_ == SpanStatus::kUnset) status_ = SpanStatus::kFailed;
  if (status_ == SpanStatus::kFailed && status_message_.empty()) {
    constexpr std::array<std::string_view, 3> kMessageKeys = {"error", "error_message", "message"};
    status_message_ = first_text(record(), kMessageKeys);
  }
  read_times(type.moment);
  read_name();
  const CostEvent said = reader.read(record());
  if (said.entry.usage != TokenUsage() && !said.entry.usage.has_negative()) {
    figures_.add_usage(said.entry.usage);
  }
  if (said.entry.cost && said.result == CostResult::kCounted) figures_.add_cost(*said.entry.cost);
}

std::string TraceSpan::span_id_text() const {
  const std::string_view foreign = record().foreign_ids().span_id;
  if (!foreign.empty() || !ids_.span_id) return std::string(foreign);
  return ids_.span_id.hex();
}

std::string TraceSpan::parent_span_id_text() const {
  std::string_view foreign = record().foreign_ids().parent_span_id;
  if (foreign.empty() && start_record_ != nullptr) {
    foreign = start_record_->view().foreign_ids().parent_span_id;
  }
  if (!foreign.empty() || !ids_.parent_span_id) return std::string(foreign);
  return ids_.parent_span_id.hex();
}

std::optional<ValueView> TraceSpan::find(std::string_view key) const noexcept {
  const std::optional<ValueView> value = record().find(key);
  if (value || start_record_ == nullptr) return value;
  return start_record_->view().find(key);
}

void TraceSpan::join(const TraceSpan& start) {
  if (!ids_.parent_span_id) ids_.parent_span_id = start.ids_.parent_span_id;
  if (!ids_.run_id) ids_.run_id = start.ids_.run_id;
  if (duration_ms_ < 0) start_ns_ = std::min(start.start_ns_, end_ns_);
  if (is_named_) return;
  start_record_ = start.record_;
  if (agent_name_.empty()) agent_name_ = start.agent_name_;
  if (pattern_type_.empty()) pattern_type_ = start.pattern_type_;
  if (model_.empty()) model_ = start.model_;
  if (start.is_named_) name_ = start.name_;
  if (!start.is_named_) read_name();
}

std::size_t TraceSpan::size_bytes() const noexcept {
  const std::size_t start = start_record_ == nullptr ? 0 : start_record_->size_bytes();
  return sizeof *this + record_->size_bytes() + start;
}

std::int64_t TraceSpan::duration_ns() const noexcept {
  return std::max<std::int64_t>(subtract_saturating(end_ns_, start_ns_), 0);
}

// What a span says of itself, in one walk.
void TraceSpan::read_attributes() {
  const AttributeRange payload = record().payload();
  for (auto at = payload.begin(); at != payload.end(); ++at) {
    const ValueView& value = at->value;
    if (at.key() == kSpanName) name_ = text_of(value);
    is_named_ = !name_.empty();
    if (at.key() == kSpanStatusMessage) status_message_ = text_of(value);
    if (at.key() == kSpanStatus) status_ = status_called(text_of(value));
    if (at.key() == kSpanEvents && value.type() == ValueType::kArray) events_ = value.as_array();
    if (at.key() == kSpanLinks && value.type() == ValueType::kArray) links_ = value.as_array();
    if (at.key() == kSpanKind) {
      const auto known = std::ranges::find(kSpanKindTable, text_of(value), &SpanKindEntry::name);
      if (known != kSpanKindTable.end()) {
        kind_ = static_cast<SpanKind>(known - kSpanKindTable.begin());
      }
    }
    if (at->key == "status" && status_ == SpanStatus::kUnset) {
      status_ = status_called(text_of(value));
    }
  }
}

void TraceSpan::read_times(SpanMoment moment) {
  start_ns_ = end_ns_ = record().timestamp().to_unix_ns();
  if (moment == SpanMoment::kStart) return;
  for (const DurationKey& key : kDurationKeys) {
    const std::optional<ValueView> value = record().find(key.name);
    if (!value || !value->is_number()) continue;
    duration_ms_ = std::max(value->to_double() * key.to_ms, 0.0);
    start_ns_ = subtract_saturating(end_ns_, nanoseconds_of_ms(duration_ms_));
    return;
  }
}

void TraceSpan::read_name() {
  if (model_.empty()) model_ = first_text(record(), kModelKeys);
  if (is_named_) return;
  name_ = {};
  if (kind_ == SpanKind::kAgent) name_ = agent_name_;
  if (kind_ == SpanKind::kPattern) name_ = pattern_type_;
  if (kind_ == SpanKind::kLlm || kind_ == SpanKind::kEmbedding) name_ = model_;
  if (kind_ == SpanKind::kTool) name_ = first_text(record(), kToolKeys);
  if (name_.empty() && kind_ == SpanKind::kTool && start_record_ != nullptr) {
    name_ = first_text(start_record_->view(), kToolKeys);
  }
  if (name_.empty()) name_ = record().event_type();
}

SpanEventView TraceSpan::event_of(const ObjectView& members) const noexcept {
  SpanEventView event{{}, start_ns_, ObjectView(std::string_view())};
  for (const AttributeView& member : members) {
    const ValueType type = member.value.type();
    if (member.key == "name") event.name = text_of(member.value);
    if (member.key == "offset_ns" && type == ValueType::kInt64) {
      event.time_ns = start_ns_;
      add_saturating(event.time_ns, std::max<std::int64_t>(member.value.as_int64(), 0));
    }
    if (member.key == "attributes" && type == ValueType::kObject) {
      event.attributes = member.value.as_object();
    }
  }
  return event;
}

SpanLinkView TraceSpan::link_of(const ObjectView& members) noexcept {
  SpanLinkView link{{}, {}, ObjectView(std::string_view())};
  for (const AttributeView& member : members) {
    if (member.key == "trace_id") link.trace_id = text_of(member.value);
    if (member.key == "span_id") link.span_id = text_of(member.value);
    if (member.key == "attributes" && member.value.type() == ValueType::kObject) {
      link.attributes = member.value.as_object();
    }
  }
  return link;
}

}  // namespace v1
}  // namespace tracebus
