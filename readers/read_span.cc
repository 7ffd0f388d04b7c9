// SPDX-License-Identifier: Apache-2.0
#include "tracebus/readers/read_span.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <span>
#include <string>
#include <utility>

#include "tracebus/core/profile.h"

namespace tracebus {
inline namespace v1 {
namespace {

struct KindWord {
  std::string_view word;
  SpanKind kind;
};
// OpenInference, gen_ai.operation.name, OpenLLMetry, Langfuse, Datadog, and what people write.
constexpr KindWord kKindWords[] = {
    {"llm", SpanKind::kLlm},
    {"chat", SpanKind::kLlm},
    {"completion", SpanKind::kLlm},
    {"text_completion", SpanKind::kLlm},
    {"generate_content", SpanKind::kLlm},
    {"generation", SpanKind::kLlm},
    {"llm_call", SpanKind::kLlm},
    {"agent", SpanKind::kAgent},
    {"invoke_agent", SpanKind::kAgent},
    {"create_agent", SpanKind::kAgent},
    {"tool", SpanKind::kTool},
    {"tool_call", SpanKind::kTool},
    {"execute_tool", SpanKind::kTool},
    {"function", SpanKind::kTool},
    {"guard", SpanKind::kGuard},
    {"guardrail", SpanKind::kGuard},
    {"chain", SpanKind::kChain},
    {"task", SpanKind::kChain},
    {"workflow", SpanKind::kChain},
    {"logic", SpanKind::kChain},
    {"step", SpanKind::kChain},
    {"evaluator", SpanKind::kChain},
    {"prompt", SpanKind::kChain},
    {"pattern", SpanKind::kPattern},
    {"pipeline", SpanKind::kPattern},
    {"run", SpanKind::kPattern},
    {"invoke_workflow", SpanKind::kPattern},
    {"retriever", SpanKind::kRetriever},
    {"retrieval", SpanKind::kRetriever},
    {"rerank", SpanKind::kRetriever},
    {"reranker", SpanKind::kRetriever},
    {"embedding", SpanKind::kEmbedding},
    {"embeddings", SpanKind::kEmbedding},
    {"router", SpanKind::kRouter},
    {"routing", SpanKind::kRouter},
    {"memory", SpanKind::kMemory},
    {"decision", SpanKind::kDecision},
};

// Attributes that say a kind, the exact ones first: OpenInference has one word for five of ours.
constexpr std::string_view kKindAttributes[] = {
    "plyra.span.kind",     "span.kind",
    "operation",           "gen_ai.operation.name",
    "traceloop.span.kind", "openinference.span.kind",
    "llm.request.type",    "langfuse.observation.type",
};

// Whoever has one of these is of that kind.
constexpr KindWord kTellingAttributes[] = {
    {"guard.policy", SpanKind::kGuard},
    {"guard.action", SpanKind::kGuard},
    {"gen_ai.tool.name", SpanKind::kTool},
    {"tool.name", SpanKind::kTool},
    {"tool_name", SpanKind::kTool},
    {"exo.tool.name", SpanKind::kTool},
    {"llm.model_name", SpanKind::kLlm},
    {"gen_ai.request.model", SpanKind::kLlm},
    {"gen_ai.response.model", SpanKind::kLlm},
    {"llm.model", SpanKind::kLlm},
    {"input_tokens", SpanKind::kLlm},
    {"prompt_tokens", SpanKind::kLlm},
    {"retrieval.documents", SpanKind::kRetriever},
};

// Profiles whose names of spans say what they are.
constexpr Profile kTellingProfiles[] = {Profile::kPyagent, Profile::kGenAi, Profile::kExo,
                                        Profile::kTutorial};

std::string_view text_of(const Value& value) noexcept {
  return value.type() == ValueType::kString ? value.as_string() : std::string_view();
}

bool is_same_word(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

template <class Id>
std::optional<Id> binary_id(std::string_view text, bool padded) {
  std::array<char, Id::kHexDigits> digits;
  digits.fill('0');
  if (text.empty() || text.size() > digits.size()) return std::nullopt;
  if (text.size() < digits.size() && !padded) return std::nullopt;
  std::copy(text.begin(), text.end(), digits.end() - static_cast<std::ptrdiff_t>(text.size()));
  return Id::from_hex({digits.data(), digits.size()}, true);
}

template <class Id>
void set_id(std::string_view text, bool padded, Id& id, std::string_view& foreign) {
  // OpenTelemetry's console writes it so.
  if (text.starts_with("0x")) text.remove_prefix(2);
  foreign = {};
  id = {};
  if (const auto binary = binary_id<Id>(text, padded)) {
    id = *binary;
  } else {
    foreign = text;
  }
}

// Before 1678 and after 2262 times saturate.
double milliseconds_between(const Timestamp& from, const Timestamp& to) noexcept {
  const std::int64_t ns = to.to_unix_ns() - from.to_unix_ns();
  return std::max(0.0, static_cast<double>(ns) / 1e6);
}

Timestamp later_by(const Timestamp& time, double ms) noexcept {
  return Timestamp::from_unix_ns(time.to_unix_ns() + static_cast<std::int64_t>(ms * 1e6 + 0.5));
}

// Numbers that some write as texts, and a list of one that others write as a text.
Value plain_value(std::string_view own, const Value& value) {
  if (value.type() == ValueType::kArray && own == "finish_reason" && value.as_array().size() == 1) {
    return value.as_array().front();
  }
  const std::string_view text = text_of(value);
  const bool is_number = own.ends_with("_tokens") || own == "cost_usd" || own == "duration_ms";
  if (!is_number || text.empty()) return value;
  std::int64_t integer = 0;
  const char* const end = text.data() + text.size();
  if (std::from_chars(text.data(), end, integer).ptr == end) return integer;
  double real = 0;
  if (std::from_chars(text.data(), end, real).ptr == end) return real;
  return value;
}

Value attributes_value(const std::vector<Attribute>& attributes) {
  return Value::object({attributes.begin(), attributes.end()});
}

// Of OpenLLMetry and of OpenInference: <told>N.<rest> is <own>N.<infix><rest>.
struct Numbered {
  std::string_view told;
  std::string_view own;
  std::string_view infix;
};
constexpr Numbered kNumbered[] = {
    {"gen_ai.prompt.", "llm.input_messages.", "message."},
    {"gen_ai.completion.", "llm.output_messages.", "message."},
    {"llm.request.functions.", "llm.tools.", "tool."},
};

// Steps over "N." of text. Empty: there is none.
std::string_view take_number(std::string_view& text) noexcept {
  const std::size_t end = text.find_first_not_of("0123456789");
  if (end == 0 || end == text.npos || text[end] != '.') return {};
  const std::string_view number = text.substr(0, end + 1);
  text.remove_prefix(end + 1);
  return number;
}

// False if it is no numbered name of OpenLLMetry's.
bool append_openinference_name(std::string& out, std::string_view told) {
  constexpr std::string_view kToolCalls = "tool_calls.";
  for (const Numbered& each : kNumbered) {
    if (!told.starts_with(each.told)) continue;
    std::string_view rest = told.substr(each.told.size());
    const std::string_view number = take_number(rest);
    if (number.empty()) return false;
    out.append(each.own).append(number).append(each.infix);
    if (!rest.starts_with(kToolCalls)) {
      out += rest;
      return true;
    }
    std::string_view call = rest.substr(kToolCalls.size());
    const std::string_view of_call = take_number(call);
    const bool is_function = call == "name" || call == "arguments";
    out.append(kToolCalls).append(of_call).append("tool_call.");
    out.append(is_function ? "function." : "").append(call);
    return true;
  }
  return false;
}

// Of a span that failed and says no more: what its exception said.
struct Failure {
  std::string_view type;
  std::string_view message;
};
Failure failure_of(const ReadSpan& span) noexcept {
  Failure failure;
  for (const ReadSpanEvent& event : span.events) {
    if (event.name != "exception") continue;
    for (const Attribute& attribute : event.attributes) {
      if (attribute.key == "exception.type") failure.type = text_of(attribute.value);
      if (attribute.key == "exception.message") failure.message = text_of(attribute.value);
    }
  }
  return failure;
}

// Without what a profile puts before it.
std::string_view bare_name(const ReadSpan& span, SpanKind kind) noexcept {
  for (const Profile profile : kTellingProfiles) {
    const SpanNaming& naming = span_naming(profile, kind);
    if (!naming.with_name || naming.prefix.empty()) continue;
    if (span.name.size() > naming.prefix.size() && span.name.starts_with(naming.prefix)) {
      return span.name.substr(naming.prefix.size());
    }
  }
  return span.name;
}

// Makes an event of a span, attribute by attribute.
class EventOfSpan {
 public:
  explicit EventOfSpan(ReadSpan& span) : span_(span), kind_(kind_of(span)) {}

  TraceEvent made() {
    event_.ids = span_.ids;
    event_.foreign_ids = span_.foreign_ids;
    event_.agent_name = span_.agent_name;
    event_.pattern_type = span_.pattern_type;
    add_span_fields();
    for (const Attribute& attribute : span_.attributes) add_told(attribute);
    add_notes();
    if (event_.agent_name.empty() && kind_ == SpanKind::kAgent) {
      event_.agent_name = bare_name(span_, kind_);
    }
    complete_ids();
    return std::move(event_);
  }

 private:
  void add_span_fields() {
    const std::optional<double> ms = duration_ms();
    const SpanKindEntry& entry = entry_of(kind_);
    const bool is_open = !ms;
    const bool failed = span_.status == SpanStatus::kFailed;
    event_.event_type = (is_open ? entry.start : failed ? entry.error : entry.end).name();
    event_.timestamp = span_.start;
    add("span.kind", to_string(kind_));
    if (!is_open) {
      event_.timestamp = span_.end ? span_.end : span_.start;
      if (!span_.end && span_.start) event_.timestamp = later_by(*span_.start, *ms);
      add("span.status", to_string(span_.status));
      add("duration_ms", *ms);
    }
    add("span.name", bare_name(span_, kind_));
    if (!failed) return;
    const Failure failure = failure_of(span_);
    const std::string_view message =
        span_.status_message.empty() ? failure.message : span_.status_message;
    if (!message.empty()) add("span.status_message", message);
    if (!failure.type.empty()) add("error_type", failure.type);
  }

  std::optional<double> duration_ms() const {
    if (span_.start && span_.end) return milliseconds_between(*span_.start, *span_.end);
    if (span_.duration_ms) return std::max(0.0, *span_.duration_ms);
    return span_.end ? std::optional<double>(0) : std::nullopt;
  }

  void add_told(const Attribute& attribute) {
    const std::string_view own = own_name(attribute.key);
    const std::string_view key = own.empty() ? attribute.key : own;
    if (take_identity(key, text_of(attribute.value))) return;
    Value value = plain_value(key, attribute.value);
    if (!own.empty() && !has(own)) return add(own, std::move(value));
    if (!has(attribute.key)) add(attribute.key, std::move(value));
  }

  // OpenLLMetry names what a span is of without saying what that is, and numbers its messages.
  std::string_view own_name(std::string_view told) {
    if (const std::string_view own = own_attribute_name(told); !own.empty()) return own;
    if (told == "traceloop.entity.name") {
      if (kind_ == SpanKind::kAgent) return "agent_name";
      if (kind_ == SpanKind::kTool) return "tool_name";
      return {};
    }
    std::string made;
    if (!append_openinference_name(made, told)) return {};
    return span_.made_names.emplace_back(std::move(made));
  }

  // What the event itself has a place for.
  bool take_identity(std::string_view key, std::string_view text) {
    if (key == "duration_ms" || key == "span.kind") return true;
    if (text.empty()) return false;
    const auto take = [&](std::string_view& place) {
      if (place.empty()) place = text;
      return place == text;
    };
    if (key == "agent_name") return take(event_.agent_name);
    if (key == "pattern_type") return take(event_.pattern_type);
    if (key == "tracebus.run_id") {
      set_id(text, false, event_.ids.run_id, event_.foreign_ids.run_id);
      return true;
    }
    if (key == "tracebus.trace_id") return take(event_.foreign_ids.trace_id);
    if (key == "tracebus.span_id") return take(event_.foreign_ids.span_id);
    if (key == "tracebus.parent_span_id") return take(event_.foreign_ids.parent_span_id);
    return false;
  }

  void add_notes() {
    if (!span_.events.empty() && !has("span.events")) add("span.events", events());
    if (!span_.links.empty() && !has("span.links")) add("span.links", links());
    const auto add_count = [&](std::string_view key, std::uint64_t count) {
      if (count != 0 && !has(key)) add(key, count);
    };
    add_count("span.dropped_attributes", span_.dropped_attributes);
    add_count("span.dropped_events", span_.dropped_events);
    add_count("span.dropped_links", span_.dropped_links);
  }

  Value events() const {
    std::vector<Value> notes;
    for (const ReadSpanEvent& event : span_.events) {
      std::int64_t offset_ns = 0;
      if (event.time && span_.start)
        offset_ns = event.time->to_unix_ns() - span_.start->to_unix_ns();
      std::vector<Attribute> note = {{"offset_ns", offset_ns}, {"name", event.name}};
      if (!event.attributes.empty()) {
        note.push_back({"attributes", attributes_value(event.attributes)});
      }
      notes.push_back(Value::object(std::move(note)));
    }
    return Value::array(std::move(notes));
  }

  Value links() const {
    std::vector<Value> notes;
    for (const ReadSpanLink& link : span_.links) {
      std::vector<Attribute> note = {{"trace_id", link.trace_id}, {"span_id", link.span_id}};
      if (!link.attributes.empty()) {
        note.push_back({"attributes", attributes_value(link.attributes)});
      }
      notes.push_back(Value::object(std::move(note)));
    }
    return Value::array(std::move(notes));
  }

  // A trace without a run is one; texts that the trace's sender kept go before what was hashed.
  void complete_ids() {
    ForeignIds& texts = event_.foreign_ids;
    if (!event_.ids.run_id.is_none() || !texts.run_id.empty()) return;
    event_.ids.run_id.bytes = event_.ids.trace_id.bytes;
    texts.run_id = texts.trace_id;
  }

  bool has(std::string_view key) const noexcept {
    return std::ranges::any_of(event_.payload,
                               [&](const Attribute& each) { return each.key == key; });
  }
  void add(std::string_view key, Value value) { event_.payload.add(key, std::move(value)); }

  ReadSpan& span_;
  const SpanKind kind_;
  TraceEvent event_;
};

}  // namespace

void ReadSpan::set_run_id(std::string_view text) {
  set_id(text, false, ids.run_id, foreign_ids.run_id);
}
void ReadSpan::set_trace_id(std::string_view text, bool padded) {
  set_id(text, padded, ids.trace_id, foreign_ids.trace_id);
}
void ReadSpan::set_span_id(std::string_view text, bool padded) {
  set_id(text, padded, ids.span_id, foreign_ids.span_id);
}
void ReadSpan::set_parent_span_id(std::string_view text, bool padded) {
  set_id(text, padded, ids.parent_span_id, foreign_ids.parent_span_id);
}

std::optional<SpanKind> span_kind_told(std::string_view word) noexcept {
  for (const KindWord& each : kKindWords) {
    if (is_same_word(each.word, word)) return each.kind;
  }
  return std::nullopt;
}

SpanKind kind_of(const ReadSpan& span) noexcept {
  for (const std::string_view key : kKindAttributes) {
    for (const Attribute& attribute : span.attributes) {
      if (attribute.key != key) continue;
      if (const auto kind = span_kind_told(text_of(attribute.value))) return *kind;
    }
  }
  if (const auto kind = span_kind_told(span.kind)) return *kind;
  for (const KindWord& telling : kTellingAttributes) {
    const auto has = [&](const Attribute& each) { return each.key == telling.word; };
    if (std::ranges::any_of(span.attributes, has)) return telling.kind;
  }
  for (const Profile profile : kTellingProfiles) {
    for (std::size_t i = 0; i < kSpanKinds; ++i) {
      const SpanNaming& naming = span_naming(profile, static_cast<SpanKind>(i));
      if (naming.prefix.empty()) continue;
      const bool is_it =
          naming.with_name ? span.name.starts_with(naming.prefix) : span.name == naming.prefix;
      if (is_it) return static_cast<SpanKind>(i);
    }
  }
  return SpanKind::kChain;
}

TraceEvent span_event(ReadSpan& span) { return EventOfSpan(span).made(); }

TraceEvent log_event(ReadLog& log) {
  TraceEvent event = span_event(log.told);
  Payload payload;
  for (const Attribute& each : event.payload) {
    if (each.key != "span.kind" && each.key != "span.name") payload.add(each);
  }
  if (!log.severity.empty()) payload.add("severity", log.severity);
  if (log.body.type() != ValueType::kNull) payload.add("message", log.body);
  event.payload = std::move(payload);
  event.event_type = log.event_name.empty() ? std::string_view("log") : log.event_name;
  event.timestamp = log.time;
  return event;
}

void ReadSpan::clear() {
  ReadSpan empty;
  empty.attributes.swap(attributes);
  empty.events.swap(events);
  empty.links.swap(links);
  made_names.clear();
  empty.attributes.clear();
  empty.events.clear();
  empty.links.clear();
  *this = std::move(empty);
}

void ReadOrigin::set_resource(const std::vector<Attribute>& attributes) {
  resource_.clear();
  std::vector<Attribute> rest;
  for (const Attribute& each : attributes) {
    if (each.key == "service.name") {
      resource_.push_back(each);
    } else if (!each.key.starts_with("telemetry.sdk.")) {
      rest.push_back(each);
    }
  }
  if (!rest.empty()) resource_.push_back({"resource", Value::object(std::move(rest))});
}

void ReadOrigin::set_scope(std::string_view name, std::string_view version) {
  scope_.clear();
  if (!name.empty()) scope_.push_back({"otel.scope.name", name});
  if (!version.empty()) scope_.push_back({"otel.scope.version", version});
}

void ReadOrigin::add_to(std::vector<Attribute>& attributes) const {
  const auto add_once = [&](const Attribute& added) {
    const auto is_same = [&](const Attribute& each) { return each.key == added.key; };
    if (std::ranges::none_of(attributes, is_same)) attributes.push_back(added);
  };
  std::ranges::for_each(resource_, add_once);
  std::ranges::for_each(scope_, add_once);
}

}  // namespace v1
}  // namespace tracebus
