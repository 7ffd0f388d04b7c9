// SPDX-License-Identifier: Apache-2.0
#include "tracebus/readers/json_spans.h"

#include <algorithm>
#include <utility>

#include "tracebus/readers/json_span.h"
#include "tracebus/readers/told_words.h"

namespace tracebus {
inline namespace v1 {
namespace {

const Value* array_in(const Value::Object& members, std::string_view key) noexcept {
  const Value* const value = member_of(members, key);
  return value != nullptr && value->type() == ValueType::kArray ? value : nullptr;
}
const Value* object_in(const Value::Object& members, std::string_view key) noexcept {
  const Value* const value = member_of(members, key);
  return value != nullptr && value->type() == ValueType::kObject ? value : nullptr;
}
bool is_object(const Value& value) noexcept { return value.type() == ValueType::kObject; }

// Most lines are events, and are told apart by what they say first.
bool may_hold_spans(std::span<const JsonMember> members) noexcept {
  return std::ranges::none_of(members, [](const JsonMember& member) {
    const bool is_text = member.value.type() == ValueType::kString;
    return member.origin.has_value() || (member.key == "event_type" && is_text);
  });
}

bool says_start(std::string_view event) noexcept {
  return event == "start" || event.ends_with("_start") || event.ends_with("_started");
}

ReadOrigin otlp_origin(const Value::Object* resource, const Value::Object* scope) {
  ReadOrigin origin;
  if (resource != nullptr) {
    std::vector<Attribute> attributes;
    if (const Value* const pairs = member_of(*resource, "attributes")) {
      read_otlp_attributes(*pairs, attributes);
    }
    origin.set_resource(attributes);
  }
  if (scope != nullptr)
    origin.set_scope(text_member(*scope, "name"), text_member(*scope, "version"));
  return origin;
}

ReadOrigin jaeger_origin(const Value::Object* process) {
  ReadOrigin origin;
  if (process == nullptr) return origin;
  std::vector<Attribute> attributes;
  if (const Value* const tags = member_of(*process, "tags")) read_jaeger_tags(*tags, attributes);
  if (const auto service = text_member(*process, "serviceName"); !service.empty()) {
    attributes.push_back({"service.name", service});
  }
  origin.set_resource(attributes);
  return origin;
}

}  // namespace

bool JsonSpans::begin(std::span<const JsonMember> members) {
  places_.clear();
  next_ = 0;
  is_start_ = false;
  is_shared_ = true;
  origin_place_ = {};
  if (!may_hold_spans(members)) return false;
  members_.clear();
  for (const JsonMember& member : members) members_.push_back({member.key, member.value});
  if (const Value* const resources = array_in(members_, "resourceSpans")) {
    form_ = Form::kOtlp;
    add_otlp(*resources, "scopeSpans", "spans");
    return true;
  }
  if (const Value* const resources = array_in(members_, "resourceLogs")) {
    form_ = Form::kOtlpLog;
    add_otlp(*resources, "scopeLogs", "logRecords");
    return true;
  }
  if (const Value* const traces = array_in(members_, "data");
      traces != nullptr && !traces->as_array().empty() && is_object(traces->as_array().front()) &&
      array_in(traces->as_array().front().as_object(), "spans") != nullptr) {
    form_ = Form::kJaeger;
    add_jaeger(*traces);
    return true;
  }
  form_ = Form::kTold;
  is_start_ = says_start(text_member(members_, "event"));
  if (const Value* const spans = array_in(members_, "spans")) {
    add_told(*spans);
    return true;
  }
  if (const Value* const span = object_in(members_, "span"); span != nullptr) {
    places_.push_back({span});
    return true;
  }
  if (!looks_like_span(members_)) return false;
  is_shared_ = false;
  whole_ = Value::object(members_);
  places_.push_back({&whole_});
  return true;
}

void JsonSpans::begin_span(Form form, std::span<const JsonMember> span, const Shared& shared,
                           bool is_new) {
  places_.clear();
  next_ = 0;
  form_ = form;
  if (is_new) {
    origin_place_ = {};
    members_.clear();
    is_shared_ = form == Form::kTold && shared.all != nullptr;
    if (is_shared_) members_ = *shared.all;
    is_start_ = is_shared_ && says_start(text_member(members_, "event"));
  }
  Value::Object members;
  for (const JsonMember& member : span) members.push_back({member.key, member.value});
  whole_ = Value::object(std::move(members));
  const Value::Object* all = shared.all;
  if (form == Form::kJaeger && all != nullptr) {
    const Value* const process = object_in(*all, text_member(whole_.as_object(), "processID"));
    all = process == nullptr ? nullptr : &process->as_object();
  }
  places_.push_back({&whole_, form == Form::kTold ? nullptr : all, shared.scope});
}

void JsonSpans::add_otlp(const Value& resources, std::string_view scopes,
                         std::string_view entries) {
  for (const Value& each : resources.as_array()) {
    if (!is_object(each)) continue;
    const Value* const resource = object_in(each.as_object(), "resource");
    const Value* const list = array_in(each.as_object(), scopes);
    if (list == nullptr) continue;
    for (const Value& scoped : list->as_array()) {
      if (!is_object(scoped)) continue;
      const Value* const scope = object_in(scoped.as_object(), "scope");
      const Value* const spans = array_in(scoped.as_object(), entries);
      if (spans == nullptr) continue;
      for (const Value& span : spans->as_array()) {
        places_.push_back({&span, resource == nullptr ? nullptr : &resource->as_object(),
                           scope == nullptr ? nullptr : &scope->as_object()});
      }
    }
  }
}

void JsonSpans::add_jaeger(const Value& traces) {
  for (const Value& trace : traces.as_array()) {
    if (!is_object(trace)) continue;
    const Value* const spans = array_in(trace.as_object(), "spans");
    const Value* const processes = object_in(trace.as_object(), "processes");
    if (spans == nullptr) continue;
    for (const Value& span : spans->as_array()) {
      const Value* process = nullptr;
      if (processes != nullptr && is_object(span)) {
        process = object_in(processes->as_object(), text_member(span.as_object(), "processID"));
      }
      places_.push_back({&span, process == nullptr ? nullptr : &process->as_object()});
    }
  }
}

void JsonSpans::add_told(const Value& spans) {
  for (const Value& span : spans.as_array()) places_.push_back({&span});
}

const TraceEvent* JsonSpans::next(std::string& problem) {
  while (next_ < places_.size()) {
    const Place place = places_[next_++];
    if (make(place, problem)) return &event_;
    if (!problem.empty()) return nullptr;
  }
  return nullptr;
}

const ReadOrigin& JsonSpans::origin_of(const Place& place) {
  const bool is_same = origin_place_.span != nullptr && place.resource == origin_place_.resource &&
                       place.scope == origin_place_.scope;
  if (is_same) return origin_;
  origin_place_ = place;
  origin_ = form_ == Form::kJaeger ? jaeger_origin(place.resource)
                                   : otlp_origin(place.resource, place.scope);
  return origin_;
}

bool JsonSpans::make(const Place& place, std::string& problem) {
  if (!is_object(*place.span)) {
    problem = "a span that is no JSON object";
    return false;
  }
  const Value::Object& members = place.span->as_object();
  if (form_ == Form::kOtlpLog) {
    make_log(members, place);
    return true;
  }
  ReadSpan& span = span_;
  span.clear();
  switch (form_) {
    case Form::kOtlp:
      read_otlp_span(members, span);
      origin_of(place).add_to(span.attributes);
      break;
    case Form::kJaeger:
      read_jaeger_span(members, span);
      origin_of(place).add_to(span.attributes);
      break;
    default:
      read_told_span(members, span);
      break;
  }
  if (form_ == Form::kTold && is_shared_) share_ids(span);
  if (is_start_) {
    span.end = {};
    span.duration_ms = {};
  }
  event_ = span_event(span);
  return true;
}

// What is said once for all spans of a trace.
void JsonSpans::share_ids(ReadSpan& span) const {
  for (const ToldWord& each : told_words(ToldAs::kTrace)) {
    const bool has_none = span.ids.trace_id.is_none() && span.foreign_ids.trace_id.empty();
    const std::string_view text = text_member(members_, each.word);
    if (has_none && !text.empty()) span.set_trace_id(text);
  }
  for (const ToldWord& each : told_words(ToldAs::kRun)) {
    const bool has_none = span.ids.run_id.is_none() && span.foreign_ids.run_id.empty();
    const std::string_view text = text_member(members_, each.word);
    if (has_none && !text.empty()) span.set_run_id(text);
  }
}

// opentelemetry-proto, logs/v1/logs.proto, back to what exporters/otlp/log_encoder.h says.
void JsonSpans::make_log(const Value::Object& members, const Place& place) {
  log_ = {};
  ReadLog& log = log_;
  log.told.set_trace_id(text_member(members, "traceId"));
  log.told.set_span_id(text_member(members, "spanId"));
  if (const Value* const pairs = member_of(members, "attributes")) {
    read_otlp_attributes(*pairs, log.told.attributes);
  }
  origin_of(place).add_to(log.told.attributes);
  log.event_name = text_member(members, "eventName");
  log.severity = text_member(members, "severityText");
  if (const Value* const body = member_of(members, "body")) log.body = otlp_value(*body);
  for (const std::string_view key : {"observedTimeUnixNano", "timeUnixNano"}) {
    const Value* const time = member_of(members, key);
    if (time == nullptr) continue;
    if (const auto told = otlp_time(*time)) log.time = told;
  }
  event_ = log_event(log);
}

}  // namespace v1
}  // namespace tracebus
