// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/trace_span.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "tracebus/trace/cost_event.h"
#include "tracebus/trace/span_fields.h"

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
  const SpanFields fields(record());
  read_fields(fields, type.failed);
  const ValueView& metadata = fields[SpanField::kMetadata];
  const bool has_more = metadata.type() == ValueType::kObject;
  if (has_more) read_metadata(SpanFields(metadata.as_object()));
  read_times();
  read_name();
  add_figures(reader.read(record()));
  if (has_more) add_figures(reader.read(metadata.as_object()));
}

// Of what is said twice, the first.
void TraceSpan::add_figures(const CostEvent& said) {
  if (said.result != CostResult::kCounted) return;
  if (!figures_.has_usage && said.entry.usage != TokenUsage()) {
    figures_.add_usage(said.entry.usage);
  }
  if (!figures_.has_cost && said.entry.cost) figures_.add_cost(*said.entry.cost);
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
  if (duration_ms_ < 0) {
    start_ns_ = std::min(start.start_ns_, end_ns_);
    duration_ms_ = 0;
  }
  if (is_named_) return;
  start_record_ = start.record_;
  if (agent_name_.empty()) agent_name_ = start.agent_name_;
  if (pattern_type_.empty()) pattern_type_ = start.pattern_type_;
  if (model_.empty()) model_ = start.model_;
  if (tool_.empty()) tool_ = start.tool_;
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

void TraceSpan::read_fields(const SpanFields& fields, bool failed) {
  const auto array_of = [&](SpanField field) {
    const ValueView& value = fields[field];
    return value.type() == ValueType::kArray ? value.as_array() : ArrayView(std::string_view());
  };
  name_ = fields.text(SpanField::kName);
  is_named_ = !name_.empty();
  model_ = fields.text(SpanField::kModel);
  tool_ = fields.text(SpanField::kTool);
  events_ = array_of(SpanField::kEvents);
  links_ = array_of(SpanField::kLinks);
  const auto known =
      std::ranges::find(kSpanKindTable, fields.text(SpanField::kKind), &SpanKindEntry::name);
  if (known != kSpanKindTable.end()) {
    kind_ = static_cast<SpanKind>(known - kSpanKindTable.begin());
  }
  status_ = status_called(fields.text(SpanField::kStatus));
  if (failed && status_ == SpanStatus::kUnset) status_ = SpanStatus::kFailed;
  if (status_ == SpanStatus::kFailed) status_message_ = fields.text(SpanField::kStatusText);
  duration_ms_ = fields.duration_ms();
}

// Where recorders keep what the seed's Recorder was given beside the messages.
void TraceSpan::read_metadata(const SpanFields& fields) {
  if (model_.empty()) model_ = fields.text(SpanField::kModel);
  if (tool_.empty()) tool_ = fields.text(SpanField::kTool);
  if (duration_ms_ < 0) duration_ms_ = fields.duration_ms();
}

void TraceSpan::read_times() {
  start_ns_ = end_ns_ = record().timestamp().to_unix_ns();
  if (is_open_) return;
  start_ns_ = subtract_saturating(end_ns_, nanoseconds_of_ms(duration_ms_));
}

void TraceSpan::read_name() {
  if (is_named_) return;
  name_ = {};
  if (kind_ == SpanKind::kAgent) name_ = agent_name_;
  if (kind_ == SpanKind::kPattern) name_ = pattern_type_;
  if (kind_ == SpanKind::kLlm || kind_ == SpanKind::kEmbedding) name_ = model_;
  if (kind_ == SpanKind::kTool) name_ = tool_;
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
