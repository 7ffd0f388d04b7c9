// SPDX-License-Identifier: Apache-2.0
#include "tracebus/readers/json_span.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "tracebus/readers/told_time.h"

namespace tracebus {
inline namespace v1 {
namespace {

using Keys = std::span<const std::string_view>;

constexpr std::string_view kNames[] = {"name", "span_name", "operationName"};
constexpr std::string_view kKinds[] = {"kind", "type", "span_kind", "span_type"};
constexpr std::string_view kRuns[] = {"run_id", "runId"};
constexpr std::string_view kTraces[] = {"trace_id", "traceId", "traceID"};
constexpr std::string_view kSpans[] = {"span_id", "spanId",  "spanID",
                                       "stepId",  "step_id", "eventId"};
constexpr std::string_view kParents[] = {"parent_span_id", "parentSpanId", "parent_id", "parentId",
                                         "parentSpanID"};
constexpr std::string_view kAgents[] = {"agent_name", "agent"};
constexpr std::string_view kPatterns[] = {"pattern_type", "pattern"};
// Only a span has one of these; the last three may be the time of anything.
constexpr std::string_view kStarts[] = {
    "start_time",        "startTime", "startedAt", "started_at", "start_ns",
    "startTimeUnixNano", "start",     "timestamp", "ts",         "time"};
constexpr std::size_t kSpanStarts = 7;
constexpr std::string_view kEnds[] = {"end_time", "endTime", "endedAt",        "ended_at",
                                      "end_ns",   "end",     "endTimeUnixNano"};
constexpr std::string_view kAttributes[] = {"attributes", "metadata", "data", "tags", "payload"};
constexpr std::string_view kTokens[] = {"tokens", "tokenUsage", "token_usage", "usage"};
constexpr std::string_view kContext = "context";

struct Duration {
  std::string_view key;
  double ms;  // of one unit
};
// "duration" without a unit is seconds, or nanoseconds where it is an integer that begins at 1e6:
// a span of an integral number of seconds is shorter than eleven days.
constexpr Duration kDurations[] = {
    {"duration_ms", 1},  {"durationMs", 1},     {"latency_ms", 1}, {"duration_seconds", 1e3},
    {"duration_s", 1e3}, {"duration_ns", 1e-6}, {"latency", 1e3},  {"duration", 1e3},
};

struct Renamed {
  std::string_view told;
  std::string_view own;
};
constexpr Renamed kRenamed[] = {
    {"prompt_tokens", "input_tokens"},
    {"completion_tokens", "output_tokens"},
    {"promptTokens", "input_tokens"},
    {"completionTokens", "output_tokens"},
    {"inputTokens", "input_tokens"},
    {"outputTokens", "output_tokens"},
    {"totalTokens", "total_tokens"},
    {"cost_estimate", "cost_usd"},
    {"cost", "cost_usd"},
    {"total_cost", "cost_usd"},
    {"errorType", "error_type"},
};
constexpr Renamed kTokenMembers[] = {
    {"input", "input_tokens"},         {"output", "output_tokens"},
    {"total", "total_tokens"},         {"cached", "cache_read_input_tokens"},
    {"prompt", "input_tokens"},        {"completion", "output_tokens"},
    {"reasoning", "reasoning_tokens"},
};

constexpr std::string_view kFailedWords[] = {
    "error", "failed", "failure", "errored", "STATUS_CODE_ERROR", "ERROR", "FAILED"};
constexpr std::string_view kOkWords[] = {"ok",     "success",        "succeeded", "completed",
                                         "passed", "STATUS_CODE_OK", "OK",        "COMPLETED"};

std::string_view text_of(const Value& value) noexcept {
  return value.type() == ValueType::kString ? value.as_string() : std::string_view();
}
bool is_object(const Value& value) noexcept { return value.type() == ValueType::kObject; }
bool is_array(const Value& value) noexcept { return value.type() == ValueType::kArray; }
bool is_number(const Value& value) noexcept {
  return value.type() == ValueType::kInt64 || value.type() == ValueType::kDouble;
}
double number_of(const Value& value) noexcept {
  return value.type() == ValueType::kInt64 ? static_cast<double>(value.as_int64())
                                           : value.as_double();
}
bool is_one_of(std::string_view word, Keys words) noexcept {
  return std::ranges::find(words, word) != words.end();
}

std::string_view own_of(std::string_view told, std::span<const Renamed> table) noexcept {
  for (const Renamed& each : table) {
    if (each.told == told) return each.own;
  }
  return told;
}

bool has_any(const Value::Object& members, Keys keys) noexcept {
  return std::ranges::any_of(
      keys, [&](std::string_view key) { return member_of(members, key) != nullptr; });
}

std::optional<double> duration_ms_of(std::string_view key, const Value& value) noexcept {
  for (const Duration& each : kDurations) {
    if (each.key != key || !is_number(value)) continue;
    const double number = number_of(value);
    const bool is_ns = key == "duration" && value.type() == ValueType::kInt64 && number >= 1e6;
    return number * (is_ns ? 1e-6 : each.ms);
  }
  return std::nullopt;
}

// Reads members one role after another; each is used once, and the rest are attributes.
class ToldSpan {
 public:
  ToldSpan(const Value::Object& members, ReadSpan& span) : members_(members), span_(span) {}

  void read() {
    read_ids();
    read_times();
    read_words();
    read_status();
    read_events();
    read_links();
    read_attributes();
  }

 private:
  // The first key of which there is a member that fits, which is then used.
  template <class Fits>
  const Value* take(Keys keys, Fits fits) {
    for (const std::string_view key : keys) {
      const Value* const value = member_of(members_, key);
      if (value == nullptr || !fits(*value)) continue;
      used_.push_back(key);
      return value;
    }
    return nullptr;
  }
  std::string_view take_text(Keys keys) {
    const Value* const value = take(keys, [](const Value& v) { return !text_of(v).empty(); });
    return value == nullptr ? std::string_view() : value->as_string();
  }

  void read_ids() {
    // OpenTelemetry's console puts them into an object.
    if (const Value* const context = member_of(members_, kContext);
        context != nullptr && is_object(*context)) {
      span_.set_trace_id(text_member(context->as_object(), "trace_id"));
      span_.set_span_id(text_member(context->as_object(), "span_id"));
      used_.push_back(kContext);
    }
    if (const auto text = take_text(kRuns); !text.empty()) span_.set_run_id(text);
    if (const auto text = take_text(kTraces); !text.empty()) span_.set_trace_id(text);
    if (const auto text = take_text(kSpans); !text.empty()) span_.set_span_id(text);
    if (const auto text = take_text(kParents); !text.empty()) span_.set_parent_span_id(text);
    // Nothing, and not a text to keep, is what says that there is no parent.
    for (const std::string_view key : kParents) used_.push_back(key);
  }

  void read_times() {
    const auto is_time = [](const Value& value) { return told_time(value).has_value(); };
    if (const Value* const start = take(kStarts, is_time)) span_.start = told_time(*start);
    if (const Value* const end = take(kEnds, is_time)) span_.end = told_time(*end);
    for (const std::string_view key : kEnds) used_.push_back(key);
    for (const Duration& each : kDurations) {
      const Value* const value = member_of(members_, each.key);
      if (value == nullptr) continue;
      const auto ms = duration_ms_of(each.key, *value);
      if (!ms && value->type() != ValueType::kNull) continue;
      used_.push_back(each.key);
      if (ms && !span_.duration_ms) span_.duration_ms = ms;
    }
  }

  void read_words() {
    span_.name = take_text(kNames);
    span_.kind = take_text(kKinds);
    span_.agent_name = take_text(kAgents);
    span_.pattern_type = take_text(kPatterns);
  }

  void read_status() {
    if (const Value* const status = member_of(members_, "status")) {
      used_.push_back("status");
      if (is_object(*status)) {
        const Value::Object& object = status->as_object();
        take_status(text_member(object, "status_code"));
        take_status(text_member(object, "code"));
        if (const Value* const code = member_of(object, "code"); code && is_number(*code)) {
          if (number_of(*code) == 2) span_.status = SpanStatus::kFailed;
          if (number_of(*code) == 1) span_.status = SpanStatus::kOk;
        }
        span_.status_message = text_member(object, "message");
        if (span_.status_message.empty()) span_.status_message = text_member(object, "description");
      } else if (!take_status(text_of(*status)) && text_of(*status) != "unset" &&
                 text_of(*status) != "running") {
        used_.pop_back();  // a word of their own, to be kept
      }
    }
    take_error("error");
    if (span_.status == SpanStatus::kFailed && span_.status_message.empty()) {
      constexpr std::string_view kMessages[] = {"error_message", "errorMessage", "status_message",
                                                "status_description"};
      span_.status_message = take_text(kMessages);
    }
  }

  bool take_status(std::string_view word) {
    if (is_one_of(word, kFailedWords)) {
      span_.status = SpanStatus::kFailed;
    } else if (is_one_of(word, kOkWords)) {
      span_.status = SpanStatus::kOk;
    } else {
      return false;
    }
    return true;
  }

  void take_error(std::string_view key) {
    const Value* const error = member_of(members_, key);
    if (error == nullptr) return;
    if (is_object(*error)) {
      span_.status_message = text_member(error->as_object(), "message");
      if (const auto type = text_member(error->as_object(), "type"); !type.empty()) {
        span_.attributes.push_back({"error_type", type});
      }
    } else if (const auto text = text_of(*error); !text.empty()) {
      span_.status_message = text;
    } else {
      return;
    }
    span_.status = SpanStatus::kFailed;
    used_.push_back(key);
  }

  void read_events() {
    const Value* const events = member_of(members_, "events");
    if (events == nullptr || !is_array(*events)) return;
    used_.push_back("events");
    for (const Value& each : events->as_array()) {
      if (!is_object(each)) continue;
      const Value::Object& object = each.as_object();
      ReadSpanEvent& event = span_.events.emplace_back();
      event.name = text_member(object, "name");
      for (const std::string_view key : {"timestamp", "time", "timeUnixNano"}) {
        if (const Value* const time = member_of(object, key)) event.time = told_time(*time);
      }
      if (const Value* const attributes = member_of(object, "attributes");
          attributes != nullptr && is_object(*attributes)) {
        event.attributes = attributes->as_object();
      }
    }
  }

  void read_links() {
    const Value* const links = member_of(members_, "links");
    if (links == nullptr || !is_array(*links)) return;
    used_.push_back("links");
    for (const Value& each : links->as_array()) {
      if (!is_object(each)) continue;
      const Value* const context = member_of(each.as_object(), kContext);
      const bool has_context = context != nullptr && is_object(*context);
      const Value::Object& ids = has_context ? context->as_object() : each.as_object();
      ReadSpanLink& link = span_.links.emplace_back();
      for (const std::string_view key : kTraces) {
        if (const auto text = text_member(ids, key); !text.empty()) link.trace_id = text;
      }
      for (const std::string_view key : kSpans) {
        if (const auto text = text_member(ids, key); !text.empty()) link.span_id = text;
      }
      if (link.trace_id.starts_with("0x")) link.trace_id.erase(0, 2);
      if (link.span_id.starts_with("0x")) link.span_id.erase(0, 2);
      if (const Value* const attributes = member_of(each.as_object(), "attributes");
          attributes != nullptr && is_object(*attributes)) {
        link.attributes = attributes->as_object();
      }
    }
  }

  void read_attributes() {
    for (const Attribute& member : members_) {
      if (is_one_of(member.key, used_) || is_one_of(member.key, kAttributes)) continue;
      add(member.key, member.value);
    }
    for (const std::string_view key : kAttributes) {
      const Value* const value = member_of(members_, key);
      if (value == nullptr) continue;
      if (is_object(*value)) {
        for (const Attribute& each : value->as_object()) add(each.key, each.value);
      } else if (is_array(*value) && !value->as_array().empty() &&
                 is_object(value->as_array().front())) {
        read_otlp_attributes(*value, span_.attributes);
      } else if (value->type() != ValueType::kNull) {
        span_.attributes.push_back({key, *value});
      }
    }
  }

  void add(std::string_view key, const Value& value) {
    if (is_one_of(key, kTokens) && is_object(value)) {
      for (const Attribute& each : value.as_object()) {
        const std::string_view own = own_of(each.key, kTokenMembers);
        span_.attributes.push_back(
            {own != each.key ? own : own_of(each.key, kRenamed), each.value});
      }
      return;
    }
    if (key == "tokens" && is_number(value))
      return span_.attributes.push_back({"total_tokens", value});
    span_.attributes.push_back({own_of(key, kRenamed), value});
  }

  const Value::Object& members_;
  ReadSpan& span_;
  std::vector<std::string_view> used_;
};

}  // namespace

const Value* member_of(const Value::Object& members, std::string_view key) noexcept {
  for (auto each = members.rbegin(); each != members.rend(); ++each) {
    if (each->key == key) return &each->value;
  }
  return nullptr;
}

std::string_view text_member(const Value::Object& members, std::string_view key) noexcept {
  const Value* const value = member_of(members, key);
  return value == nullptr ? std::string_view() : text_of(*value);
}

bool looks_like_span(const Value::Object& members) noexcept {
  if (!text_member(members, "event_type").empty()) return false;
  const bool has_identity = has_any(members, kSpans) || has_any(members, kNames) ||
                            member_of(members, kContext) != nullptr;
  if (!has_identity) return false;
  const bool began = has_any(members, Keys(kStarts).first(kSpanStarts));
  const bool lasted =
      has_any(members, kEnds) || std::ranges::any_of(kDurations, [&](const Duration& each) {
        return member_of(members, each.key) != nullptr;
      });
  // Or one line for a step, with the time that it was written.
  const bool is_step = has_any(members, kSpans) && !text_member(members, "kind").empty();
  return began || (is_step && (lasted || has_any(members, kStarts)));
}

void read_told_span(const Value::Object& members, ReadSpan& span) {
  ToldSpan(members, span).read();
}

}  // namespace v1
}  // namespace tracebus
