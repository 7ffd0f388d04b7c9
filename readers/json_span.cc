// SPDX-License-Identifier: Apache-2.0
#include "tracebus/readers/json_span.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "tracebus/readers/told_time.h"
#include "tracebus/readers/told_words.h"

namespace tracebus {
inline namespace v1 {
namespace {

using Keys = std::span<const std::string_view>;
using Words = std::span<const ToldWord>;

constexpr std::string_view kContext = "context";

std::string_view text_of(const Value& value) noexcept {
  return value.type() == ValueType::kString ? value.as_string() : std::string_view();
}
bool is_object(const Value& value) noexcept { return value.type() == ValueType::kObject; }
bool is_array(const Value& value) noexcept { return value.type() == ValueType::kArray; }
bool is_number(const Value& value) noexcept {
  return value.type() == ValueType::kInt64 || value.type() == ValueType::kDouble;
}
bool is_one_of(std::string_view word, Keys words) noexcept {
  return std::ranges::find(words, word) != words.end();
}
bool is_one_of(std::string_view word, Words words) noexcept {
  return std::ranges::find(words, word, &ToldWord::word) != words.end();
}
bool has_any(const Value::Object& members, ToldAs as) noexcept {
  return std::ranges::any_of(told_words(as), [&](const ToldWord& each) {
    return member_of(members, each.word) != nullptr;
  });
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
  // The first word of which there is a member that fits, which is then used.
  template <class Fits>
  const Value* take(ToldAs as, Fits fits) {
    for (const ToldWord& each : told_words(as)) {
      const Value* const value = member_of(members_, each.word);
      if (value == nullptr || !fits(*value)) continue;
      used_.push_back(each.word);
      return value;
    }
    return nullptr;
  }
  std::string_view take_text(ToldAs as) {
    const Value* const value = take(as, [](const Value& v) { return !text_of(v).empty(); });
    return value == nullptr ? std::string_view() : value->as_string();
  }

  void read_ids() {
    read_context();
    if (const auto text = take_text(ToldAs::kRun); !text.empty()) span_.set_run_id(text);
    if (const auto text = take_text(ToldAs::kTrace); !text.empty()) span_.set_trace_id(text);
    if (const auto text = take_text(ToldAs::kSpan); !text.empty()) span_.set_span_id(text);
    if (const auto text = take_text(ToldAs::kParent); !text.empty()) span_.set_parent_span_id(text);
    // Nothing, and not a text to keep, is what says that there is no parent.
    for (const ToldWord& each : told_words(ToldAs::kParent)) used_.push_back(each.word);
  }

  // OpenTelemetry's console puts ids into an object.
  void read_context() {
    const Value* const context = member_of(members_, kContext);
    if (context == nullptr || !is_object(*context)) return;
    used_.push_back(kContext);
    Value::Object rest;
    for (const Attribute& each : context->as_object()) {
      const std::string_view text = text_of(each.value);
      if (is_one_of(each.key, told_words(ToldAs::kRun)) && !text.empty()) {
        span_.set_run_id(text);
      } else if (is_one_of(each.key, told_words(ToldAs::kTrace)) && !text.empty()) {
        span_.set_trace_id(text);
      } else if (is_one_of(each.key, told_words(ToldAs::kSpan)) && !text.empty()) {
        span_.set_span_id(text);
      } else if (is_one_of(each.key, told_words(ToldAs::kParent))) {
        if (!text.empty()) span_.set_parent_span_id(text);
      } else if (each.key != "trace_state" || text != "[]") {
        rest.push_back(each);
      }
    }
    if (!rest.empty()) span_.attributes.push_back({kContext, Value::object(std::move(rest))});
  }

  void read_times() {
    const auto is_time = [](const Value& value) { return told_time(value).has_value(); };
    const Value* start = take(ToldAs::kStart, is_time);
    if (start == nullptr) start = take(ToldAs::kTime, is_time);
    if (start != nullptr) span_.start = told_time(*start);
    if (const Value* const end = take(ToldAs::kEnd, is_time)) span_.end = told_time(*end);
    for (const ToldWord& each : told_words(ToldAs::kEnd)) used_.push_back(each.word);
    for (const ToldWord& each : told_words(ToldAs::kDuration)) {
      const Value* const value = member_of(members_, each.word);
      if (value == nullptr) continue;
      const auto ms = told_duration_ms(each, *value);
      if (!ms && value->type() != ValueType::kNull) continue;
      used_.push_back(each.word);
      if (ms && !span_.duration_ms) span_.duration_ms = ms;
    }
  }

  void read_words() {
    span_.name = take_text(ToldAs::kName);
    span_.kind = take_text(ToldAs::kKind);
    span_.agent_name = take_text(ToldAs::kAgent);
    span_.pattern_type = take_text(ToldAs::kPattern);
  }

  void read_status() {
    for (const ToldWord& each : told_words(ToldAs::kStatus)) {
      const Value* const status = member_of(members_, each.word);
      if (status == nullptr) continue;
      if (is_object(*status)) {
        const Value::Object& object = status->as_object();
        for (const std::string_view key : {"status_code", "code"}) {
          if (const Value* const code = member_of(object, key)) take_status(*code);
        }
        span_.status_message = text_member(object, "message");
        if (span_.status_message.empty()) span_.status_message = text_member(object, "description");
      } else if (!take_status(*status) && text_of(*status) != "running") {
        continue;  // a word of their own, to be kept
      }
      used_.push_back(each.word);
    }
    take_error("error");
    if (span_.status == SpanStatus::kFailed && span_.status_message.empty()) {
      span_.status_message = take_text(ToldAs::kStatusText);
    }
  }

  bool take_status(const Value& told) {
    const std::optional<SpanStatus> status = told_status(told);
    if (status && *status != SpanStatus::kUnset) span_.status = *status;
    return status.has_value();
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
      for (const ToldWord& each_id : told_words(ToldAs::kTrace)) {
        if (const auto text = text_member(ids, each_id.word); !text.empty()) link.trace_id = text;
      }
      for (const ToldWord& each_id : told_words(ToldAs::kSpan)) {
        if (const auto text = text_member(ids, each_id.word); !text.empty()) link.span_id = text;
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
    const Words bodies = told_words(ToldAs::kBody);
    for (const Attribute& member : members_) {
      if (is_one_of(member.key, used_) || is_one_of(member.key, bodies)) continue;
      add(member.key, member.value);
    }
    for (const ToldWord& body : bodies) {
      const Value* const value = member_of(members_, body.word);
      if (value == nullptr) continue;
      if (is_object(*value)) {
        for (const Attribute& each : value->as_object()) add(each.key, each.value);
      } else if (is_array(*value) && !value->as_array().empty() &&
                 is_object(value->as_array().front())) {
        read_otlp_attributes(*value, span_.attributes);
      } else if (value->type() != ValueType::kNull) {
        span_.attributes.push_back({body.word, *value});
      }
    }
  }

  void add(std::string_view key, const Value& value) {
    const ToldWord* const word = word_of(key);
    if (word == nullptr) return span_.attributes.push_back({key, value});
    if (word->as == ToldAs::kTokens && is_object(value)) {
      for (const Attribute& each : value.as_object()) {
        const std::string_view own = own_token_name(each.key);
        span_.attributes.push_back({own.empty() ? each.key : own, each.value});
      }
      return;
    }
    if (add_failure(*word, value)) return;
    const bool is_total = key == "tokens" && is_number(value);
    if (is_total) return span_.attributes.push_back({"total_tokens", value});
    span_.attributes.push_back({word->own.empty() ? key : word->own, value});
  }

  static const ToldWord* word_of(std::string_view key) noexcept {
    if (const ToldWord* const word = event_word(key)) return word;
    const Words attributes = told_words(ToldAs::kAttribute);
    const auto found = std::ranges::find(attributes, key, &ToldWord::word);
    return found == attributes.end() ? nullptr : &*found;
  }

  // Whether it is one: that the span failed, or why, which says that it did.
  bool add_failure(const ToldWord& word, const Value& value) {
    if (word.word == "status.code") return span_.status == SpanStatus::kUnset && take_status(value);
    const std::string_view text = text_of(value);
    const bool is_type = word.as == ToldAs::kErrorType;
    if (text.empty() || (!is_type && word.word != "exception.message")) return false;
    if (span_.status == SpanStatus::kUnset) span_.status = SpanStatus::kFailed;
    if (is_type) {
      span_.attributes.push_back({"error_type", value});
      return true;
    }
    if (!span_.status_message.empty()) return span_.status_message == text;
    span_.status_message = text;
    return true;
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
  const bool has_id = has_any(members, ToldAs::kSpan);
  const bool has_identity =
      has_id || has_any(members, ToldAs::kName) || member_of(members, kContext) != nullptr;
  if (!has_identity) return false;
  if (has_any(members, ToldAs::kStart)) return true;
  // Or one line for a step, with the time that it was written.
  const bool has_end = has_any(members, ToldAs::kEnd);
  const bool lasted = has_end || has_any(members, ToldAs::kDuration);
  const bool is_timed = has_end || has_any(members, ToldAs::kTime);
  if (has_id && !text_member(members, "kind").empty()) {
    return lasted || is_timed;
  }
  const std::string_view type = text_member(members, "type");
  const bool is_typed =
      !type.empty() && (!span_kind_told(type) || EventType::find(type).is_registered());
  return lasted && is_timed && text_member(members, "event").empty() && !is_typed;
}

void read_told_span(const Value::Object& members, ReadSpan& span) {
  ToldSpan(members, span).read();
}

}  // namespace v1
}  // namespace tracebus
