// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/redacting_processor.h"

#include <cmath>
#include <utility>

#include "tracebus/core/attribute_key.h"
#include "tracebus/core/json_redaction.h"
#include "tracebus/core/limits.h"
#include "tracebus/core/text_cut.h"

namespace tracebus {
inline namespace v1 {
namespace {

enum Verdict : std::uint8_t { kUnknown = 0, kPlain = 1, kSecret = 2 };

std::string_view text_of(Bytes bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

RedactingProcessor::RedactingProcessor(RedactionOptions options)
    : redactor_(std::move(options)), key_verdicts_(kAttributeKeysMax, kUnknown) {}

void RedactingProcessor::process(const EventView& event, ProcessorOutput& output) {
  changes_.clear();
  texts_.clear();
  cut_bytes_ = 0;
  find_changes(event);
  redact_names(event);
  if (changes_.empty() && !type_ && !agent_ && !pattern_ && !foreign_changed_) {
    return output.pass(event);
  }
  output.replace(event, rebuilt(event));
}

void RedactingProcessor::find_changes(const EventView& event) {
  const AttributeRange payload = event.payload();
  cut_ = false;
  for (auto at = payload.begin(); at != payload.end() && !cut_; ++at) {
    cut_ = at.key() == kTruncatedBytes;
  }
  std::size_t index = 0;
  for (auto at = payload.begin(); at != payload.end(); ++at, ++index) {
    const bool registered = at.key().is_registered();
    const bool secret = is_secret(at.key(), at->key);
    const auto key = registered ? std::nullopt : changed_name(at->key);
    auto value = secret ? masked(at->value) : changed(at->value);
    if (!key && !value) continue;
    changes_.push_back(
        {index, {key.value_or(at->key), value ? *std::move(value) : at->value.to_value()}});
  }
}

void RedactingProcessor::redact_names(const EventView& event) {
  // What code registered, it wrote itself.
  type_ = event.type().is_registered() ? std::nullopt : changed_name(event.event_type());
  agent_ = changed_name(event.agent_name());
  pattern_ = changed_name(event.pattern_type());
  foreign_ids_ = event.foreign_ids();
  foreign_changed_ = false;
  if (!foreign_ids_.empty()) redact_foreign_ids();
}

std::optional<std::string_view> RedactingProcessor::changed_name(std::string_view name) {
  auto redacted = redacted_text(name, false);
  if (!redacted) return std::nullopt;
  return keep(*std::move(redacted));
}

// Of a text that was cut, another may be found than of the same text whole.
std::optional<std::string> RedactingProcessor::redacted_text(std::string_view text, bool cut) {
  if (!cut && clean_.contain(text)) return std::nullopt;
  auto redacted = redactor_.redact(text, cut);
  if (!cut && !redacted) clean_.add(text);
  return redacted;
}

void RedactingProcessor::redact_foreign_ids() {
  for (std::string_view* const text : {&foreign_ids_.run_id, &foreign_ids_.trace_id,
                                       &foreign_ids_.span_id, &foreign_ids_.parent_span_id}) {
    if (text->empty() || !redactor_.redact(*text)) continue;
    *text = {};
    foreign_changed_ = true;
  }
}

TraceEvent RedactingProcessor::rebuilt(const EventView& event) {
  TraceEvent rebuilt = event.to_event();
  if (type_) rebuilt.event_type = *type_;
  if (agent_) rebuilt.agent_name = *agent_;
  if (pattern_) rebuilt.pattern_type = *pattern_;
  if (foreign_changed_) rebuilt.foreign_ids = foreign_ids_;
  Payload payload;
  std::int64_t cut_before = 0;
  std::size_t index = 0;
  auto change = changes_.begin();
  for (const Attribute& attribute : rebuilt.payload) {
    const bool here = change != changes_.end() && change->index == index;
    ++index;
    if (cut_bytes_ != 0 && attribute.key == kTruncatedBytes.name() &&
        attribute.value.type() == ValueType::kInt64) {
      cut_before += attribute.value.as_int64();
      continue;
    }
    payload.add(here ? std::move((change++)->attribute) : attribute);
  }
  if (cut_bytes_ != 0) note_cut(payload, cut_before);
  rebuilt.payload = std::move(payload);
  return rebuilt;
}

void RedactingProcessor::note_cut(Payload& payload, std::int64_t cut_before) {
  payload.add(kTruncatedBytes.name(), cut_before + static_cast<std::int64_t>(cut_bytes_));
}

bool RedactingProcessor::is_secret(AttributeKey key, std::string_view name) {
  if (!key.is_registered()) return is_secret_name(name);
  std::uint8_t& verdict = key_verdicts_[key.number()];
  if (verdict == kUnknown) verdict = redactor_.is_secret_key(name) ? kSecret : kPlain;
  return verdict == kSecret;
}

bool RedactingProcessor::is_secret_name(std::string_view name) {
  if (plain_names_.contain(name)) return false;
  if (redactor_.is_secret_key(name)) return true;
  plain_names_.add(name);
  return false;
}

// Null and booleans tell nothing, and an empty text has nothing to tell.
std::optional<Value> RedactingProcessor::masked(const ValueView& value) {
  const std::string& mask = redactor_.options().mask;
  if (value.type() <= ValueType::kBool) return std::nullopt;
  if (value.type() == ValueType::kString) {
    if (value.as_string().empty() || value.as_string() == mask) return std::nullopt;
  }
  redactor_.count(RedactionRule::kKey);
  return Value(mask);
}

std::optional<Value> RedactingProcessor::changed(const ValueView& value) {
  switch (value.type()) {
    case ValueType::kString:
      return changed_text(value.as_string());
    case ValueType::kBytes: {
      auto redacted = redactor_.redact(text_of(value.as_bytes()), cut_);
      if (!redacted) return std::nullopt;
      const std::string_view kept = keep(*std::move(redacted));
      return Value(std::as_bytes(std::span(kept)));
    }
    case ValueType::kInt64:
    case ValueType::kDouble:
      return changed_number(value);
    case ValueType::kArray:
      return changed_array(value.as_array());
    case ValueType::kObject:
      return changed_object(value.as_object());
    default:
      return std::nullopt;
  }
}

std::optional<Value> RedactingProcessor::changed_text(std::string_view text) {
  auto redacted = redacted_text(text, cut_);
  const std::string_view whole = redacted ? std::string_view(*redacted) : text;
  const std::size_t bytes_max = redactor_.options().value_bytes_max;
  if (bytes_max != 0 && whole.size() > bytes_max) {
    std::string cut = JsonRedaction::may_be_json(whole) ? cut_json(whole, bytes_max)
                                                        : std::string(cut_text(whole, bytes_max));
    cut_bytes_ += whole.size() - cut.size();
    return Value(keep(std::move(cut)));
  }
  if (!redacted) return std::nullopt;
  return Value(keep(*std::move(redacted)));
}

// A card's number may be a number: only those of twelve digits and more are worth the look.
std::optional<Value> RedactingProcessor::changed_number(const ValueView& value) {
  constexpr double kLeast = 1e12;
  constexpr double kExact = 9007199254740992.0;  // all integers up to there are doubles
  std::int64_t number = 0;
  if (value.type() == ValueType::kInt64) {
    number = value.as_int64();
  } else if (const double real = value.as_double();
             std::fabs(real) < kExact && real == std::trunc(real)) {
    number = static_cast<std::int64_t>(real);
  }
  if (std::fabs(static_cast<double>(number)) < kLeast) return std::nullopt;
  if (!redactor_.redact(std::to_string(number))) return std::nullopt;
  return Value(redactor_.options().mask);
}

// Copies the elements only once one of them changes.
std::optional<Value> RedactingProcessor::changed_array(const ArrayView& array) {
  std::vector<Value> values;
  std::uint32_t index = 0;
  for (const ValueView& element : array) {
    auto value = changed(element);
    if (value && values.empty()) {
      for (auto before = array.begin(); values.size() != index; ++before) {
        values.push_back(before->to_value());
      }
    }
    if (value || !values.empty()) {
      values.push_back(value ? *std::move(value) : element.to_value());
    }
    ++index;
  }
  if (values.empty()) return std::nullopt;
  return Value::array(std::move(values));
}

std::optional<Value> RedactingProcessor::changed_object(const ObjectView& object) {
  std::vector<Attribute> members;
  std::uint32_t index = 0;
  for (const AttributeView& member : object) {
    const auto key = changed_name(member.key);
    auto value = is_secret_name(member.key) ? masked(member.value) : changed(member.value);
    if ((key || value) && members.empty()) {
      for (auto before = object.begin(); members.size() != index; ++before) {
        members.push_back({before->key, before->value.to_value()});
      }
    }
    if (key || value || !members.empty()) {
      members.push_back(
          {key.value_or(member.key), value ? *std::move(value) : member.value.to_value()});
    }
    ++index;
  }
  if (members.empty()) return std::nullopt;
  return Value::object(std::move(members));
}

std::string_view RedactingProcessor::keep(std::string text) {
  return texts_.emplace_back(std::move(text));
}

}  // namespace v1
}  // namespace tracebus
