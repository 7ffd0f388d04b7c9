// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/langfuse_processor.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "tracebus/core/attribute_key.h"
#include "tracebus/core/json_writer.h"
#include "tracebus/core/profile.h"
#include "tracebus/core/text_cut.h"
#include "tracebus/core/timestamp.h"

namespace tracebus {
inline namespace v1 {
namespace {

using langfuse::Row;
using langfuse::Use;

// What a number of JavaScript holds exactly; sums of a few are far from the end of an int64.
constexpr std::int64_t kCountMax = std::int64_t{1} << 53;
constexpr double kNanosecondsMax = 9e18;
constexpr std::string_view kUnnamedPattern = "unknown_pattern";  // as the seed calls it

// Of the end of a span.
std::optional<SpanKind> kind_of_end(const EventView& event) noexcept {
  const std::optional<ValueView> kind = event.find(kSpanKind.name());
  if (!kind || kind->type() != ValueType::kString || !event.find(kSpanStatus.name())) {
    return std::nullopt;
  }
  return span_kind_called(kind->as_string());
}

std::string_view text_in(const EventView& event, std::string_view key) noexcept {
  const std::optional<ValueView> value = event.find(key);
  return value && value->type() == ValueType::kString ? value->as_string() : std::string_view();
}

bool says_something(const ValueView& value) noexcept {
  if (value.is_null()) return false;
  return value.type() != ValueType::kString || !value.as_string().empty();
}

std::optional<std::int64_t> count_in(const ValueView& value) noexcept {
  if (!value.is_number()) return std::nullopt;
  const double number = value.to_double();
  if (!(number >= 0) || number > static_cast<double>(kCountMax)) return std::nullopt;
  if (number != std::floor(number)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

bool is_price(const ValueView& value) noexcept {
  return value.is_number() && std::isfinite(value.to_double()) && value.to_double() >= 0;
}

bool looks_like_json(std::string_view text) noexcept {
  return text.starts_with('{') || text.starts_with('[');
}

// A JSON object that is written member by member.
class Object {
 public:
  std::string& member(std::string_view name) {
    text_ += text_.empty() ? '{' : ',';
    append_json_string(text_, name);
    return text_ += ':';
  }
  void add(std::string_view name, std::int64_t count) { append_json_int64(member(name), count); }
  bool empty() const noexcept { return text_.empty(); }
  std::string closed() && { return std::move(text_ += '}'); }

 private:
  std::string text_;
};

}  // namespace

LangfuseProcessor::LangfuseProcessor(LangfuseProcessorOptions options)
    : options_(std::move(options)) {
  for (const std::string_view name : langfuse::kKeys) AttributeKey::registered(name);
}

void LangfuseProcessor::process(const EventView& event, ProcessorOutput& output) {
  const std::optional<SpanKind> kind = kind_of_end(event);
  if (!kind) return output.pass(event);
  with_model_ = *kind == SpanKind::kLlm || *kind == SpanKind::kEmbedding;
  found_.fill(std::nullopt);
  given_.clear();
  out_.clear();
  texts_.clear();
  read(event);
  tell_trace(event, *kind);
  tell_observation(event, *kind);
  if (with_model_) tell_call(event);
  tell_rest();
  TraceEvent told = event.to_event();
  told.payload = Payload(std::span<const Attribute>(out_));
  output.replace(event, told);
}

// What has a row waits to be told by its use; all else is written as it comes.
void LangfuseProcessor::read(const EventView& event) {
  for (const AttributeView& attribute : event.payload()) {
    if (attribute.key.starts_with(langfuse::kPrefix)) given_.push_back(attribute.key);
    const Row* const row = std::ranges::find(langfuse::kRows, attribute.key, &Row::ours);
    if (row != std::end(langfuse::kRows)) {
      found_[static_cast<std::size_t>(row - langfuse::kRows)] = attribute.value;
    } else {
      put_other(attribute.key, attribute.value);
    }
  }
}

void LangfuseProcessor::tell_trace(const EventView& event, SpanKind kind) {
  tell_trace_name(event, kind);
  put_text(langfuse::kSessionIdKey, Use::kSession);
  put_text(langfuse::kUserIdKey, Use::kUser);
  tell_tags();
  tell_trace_metadata();
  if (!options_.environment.empty()) put(langfuse::kEnvironmentKey, options_.environment);
  if (!options_.release.empty()) put(langfuse::kReleaseKey, options_.release);
  if (!options_.version.empty()) put(langfuse::kVersionKey, options_.version);
}

void LangfuseProcessor::tell_trace_name(const EventView& event, SpanKind kind) {
  put_text(langfuse::kTraceNameKey, Use::kTraceName);
  if (is_given(langfuse::kTraceNameKey) || !event.parent_span_id().is_none()) return;
  if (!out_.empty() && out_.back().key == langfuse::kTraceNameKey) return;
  std::string_view name = text_in(event, kSpanName.name());
  if (name.empty() && kind == SpanKind::kPattern) name = kUnnamedPattern;
  if (!name.empty()) put(langfuse::kTraceNameKey, name);
}

void LangfuseProcessor::tell_tags() {
  if (is_given(langfuse::kTraceTagsKey)) return;
  const std::optional<ValueView> tags = take_text(Use::kTags);
  if (!tags) return;
  if (tags->type() != ValueType::kArray) return put(langfuse::kTraceTagsKey, text_of(*tags));
  std::vector<Value> texts;
  for (const ValueView& tag : tags->as_array()) {
    if (says_something(tag)) texts.emplace_back(text_of(tag));
  }
  if (!texts.empty()) put(langfuse::kTraceTagsKey, Value::array(std::move(texts)));
}

void LangfuseProcessor::tell_trace_metadata() {
  if (is_given(langfuse::kTraceMetadataKey)) return;
  const std::optional<ValueView> metadata =
      take(Use::kTraceMetadata, {}, [](const ValueView& value) {
        return value.type() == ValueType::kObject ||
               (value.type() == ValueType::kString && value.as_string().starts_with('{'));
      });
  if (metadata) put(langfuse::kTraceMetadataKey, text_of(*metadata));
}

void LangfuseProcessor::tell_observation(const EventView& event, SpanKind kind) {
  put(langfuse::kTypeKey, kind_names(kind).langfuse);
  tell_end(event);
  tell_content(Use::kInput, langfuse::kInputKey);
  tell_content(Use::kOutput, langfuse::kOutputKey);
}

void LangfuseProcessor::tell_end(const EventView& event) {
  if (text_in(event, kSpanStatus.name()) == to_string(SpanStatus::kFailed)) {
    put(langfuse::kLevelKey, "ERROR");
    const std::string_view message = text_in(event, kSpanStatusMessage.name());
    if (!message.empty()) put(langfuse::kStatusMessageKey, message);
    return;
  }
  const std::optional<ValueView> unfinished = event.find("unfinished");
  if (!unfinished || unfinished->type() != ValueType::kBool || !unfinished->as_bool()) return;
  put(langfuse::kLevelKey, "WARNING");
  put(langfuse::kStatusMessageKey, "unfinished: its end did not come");
}

void LangfuseProcessor::tell_content(Use use, std::string_view key) {
  if (is_given(key)) return;
  const std::optional<ValueView> value = take_text(use);
  if (!value) return;
  std::string_view text = text_of(*value);
  const std::size_t whole = text.size();
  const std::size_t bytes_max = options_.value_bytes_max;
  if (whole > bytes_max) {
    text = looks_like_json(text) ? keep(cut_json(text, bytes_max)) : cut_text(text, bytes_max);
    const std::string_view what = use == Use::kInput ? "input" : "output";
    std::string cut(langfuse::kMetadataPrefix);
    put(keep(cut.append(what).append("_truncated_bytes")), whole - text.size());
  }
  put(key, text);
}

void LangfuseProcessor::tell_call(const EventView& event) {
  put_text(langfuse::kModelKey, Use::kModel);
  tell_parameters();
  tell_usage();
  tell_cost();
  tell_completion_start(event);
}

void LangfuseProcessor::tell_parameters() {
  if (is_given(langfuse::kModelParametersKey)) return;
  Object parameters;
  for (const Row& row : langfuse::kRows) {
    if (row.use != Use::kParameter) continue;
    const auto value = take(row.use, row.name, says_something);
    if (value) append_json_value(parameters.member(row.name), *value);
  }
  if (!parameters.empty()) {
    put(langfuse::kModelParametersKey, keep(std::move(parameters).closed()));
  }
}

void LangfuseProcessor::tell_usage() {
  if (is_given(langfuse::kUsageDetailsKey)) return;
  const auto input = take_count("input");
  const auto output = take_count("output");
  const auto said_total = take_count("total");
  std::int64_t total = 0;
  Object usage;
  const auto add = [&](std::string_view name, std::int64_t count) {
    usage.add(name, count);
    total += count;
  };
  std::int64_t of_input = 0;
  for (const std::string_view part : {"input_cached_tokens", "input_cache_creation"}) {
    const auto count = take_count(part);
    if (!count) continue;
    add(part, *count);
    of_input += *count;
  }
  std::int64_t of_output = 0;
  if (const auto reasoning = take_count("output_reasoning_tokens")) {
    add("output_reasoning_tokens", of_output = *reasoning);
  }
  if (input) add("input", std::max<std::int64_t>(*input - of_input, 0));
  if (output) add("output", std::max<std::int64_t>(*output - of_output, 0));
  if (!input && !output && said_total) total = std::max(total, *said_total);
  if (usage.empty() && !said_total) return;
  usage.add("total", total);
  put(langfuse::kUsageDetailsKey, keep(std::move(usage).closed()));
}

void LangfuseProcessor::tell_cost() {
  if (is_given(langfuse::kCostDetailsKey)) return;
  Object cost;
  for (const std::string_view part : {"input", "output", "total"}) {
    const auto value = take(Use::kCost, part, is_price);
    if (value) append_json_double(cost.member(part), value->to_double());
  }
  if (!cost.empty()) put(langfuse::kCostDetailsKey, keep(std::move(cost).closed()));
}

void LangfuseProcessor::tell_completion_start(const EventView& event) {
  const std::optional<ValueView> duration = event.find(kDurationMs.name());
  if (is_given(langfuse::kCompletionStartKey) || !duration || !duration->is_number()) return;
  const double duration_ns = duration->to_double() * 1e6;
  const auto fits = [&](const ValueView& seconds) {
    return seconds.is_number() && seconds.to_double() >= 0 &&
           seconds.to_double() * 1e9 <= duration_ns && duration_ns < kNanosecondsMax;
  };
  const std::optional<ValueView> seconds = take(Use::kFirstChunk, {}, fits);
  if (!seconds) return;
  const std::int64_t before_end = std::llround(duration_ns - seconds->to_double() * 1e9);
  const std::int64_t end = event.timestamp().to_unix_ns();
  if (end < before_end) return;  // before 1970
  std::array<char, kTimestampTextMax + 16> text;
  const std::size_t size =
      format_iso8601(Timestamp::from_unix_ns(end - before_end), 6, text.data());
  put(langfuse::kCompletionStartKey, keep(std::string(text.data(), size)));
}

void LangfuseProcessor::tell_rest() {
  for (std::size_t i = 0; i < langfuse::kRowCount; ++i) {
    if (!found_[i]) continue;
    const Row& row = langfuse::kRows[i];
    if (langfuse::is_of_models(row.use)) {
      put_metadata(row.ours, *found_[i]);
    } else {
      put_other(row.ours, *found_[i]);
    }
  }
}

bool LangfuseProcessor::is_given(std::string_view key) const noexcept {
  return std::ranges::find(given_, key) != given_.end();
}

void LangfuseProcessor::put(std::string_view key, const Value& value) {
  if (!is_given(key)) out_.push_back({key, value});
}

void LangfuseProcessor::put_text(std::string_view key, Use use) {
  if (is_given(key)) return;
  if (const auto value = take_text(use)) put(key, text_of(*value));
}

void LangfuseProcessor::put_other(std::string_view key, const ValueView& value) {
  if (key.find('.') == std::string_view::npos && !is_span_field(AttributeKey::find(key)) &&
      attribute_name(Profile::kGenAi, key).empty()) {
    return put_metadata(key, value);
  }
  out_.push_back({key, value.to_value()});
}

// Nested values as JSON: Langfuse shows those of OTLP as OTLP writes them.
void LangfuseProcessor::put_metadata(std::string_view name, const ValueView& value) {
  const std::string_view key = keep(std::string(langfuse::kMetadataPrefix).append(name));
  const bool is_nested = value.type() >= ValueType::kArray;
  put(key, is_nested ? Value(text_of(value)) : value.to_value());
}

template <class Fits>
std::optional<ValueView> LangfuseProcessor::take(Use use, std::string_view name, const Fits& fits) {
  for (std::size_t i = 0; i < langfuse::kRowCount; ++i) {
    const Row& row = langfuse::kRows[i];
    if (row.use != use || row.name != name || !found_[i] || !fits(*found_[i])) continue;
    return std::exchange(found_[i], std::nullopt);
  }
  return std::nullopt;
}

std::optional<ValueView> LangfuseProcessor::take_text(Use use) {
  return take(use, {}, says_something);
}

std::optional<std::int64_t> LangfuseProcessor::take_count(std::string_view name) {
  const auto value =
      take(Use::kUsage, name, [](const ValueView& each) { return count_in(each).has_value(); });
  return value ? count_in(*value) : std::nullopt;
}

std::string_view LangfuseProcessor::text_of(const ValueView& value) {
  if (value.type() == ValueType::kString) return value.as_string();
  std::string json;
  append_json_value(json, value);
  return keep(std::move(json));
}

std::string_view LangfuseProcessor::keep(std::string text) {
  return texts_.emplace_back(std::move(text));
}

}  // namespace v1
}  // namespace tracebus
