// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/openllmetry_processor.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "tracebus/core/json_writer.h"
#include "tracebus/exporters/openllmetry_names.h"

namespace tracebus {
inline namespace v1 {
namespace {

using openllmetry::Kind;
using openllmetry::Row;

const Row* find_row(std::string_view key) noexcept {
  const auto* const row =
      std::find_if(std::begin(openllmetry::kRows), std::end(openllmetry::kRows),
                   [key](const Row& candidate) { return candidate.from == key; });
  return row == std::end(openllmetry::kRows) ? nullptr : row;
}

const openllmetry::NumberedRow* find_numbered(std::string_view key) noexcept {
  for (const openllmetry::NumberedRow& row : openllmetry::kNumberedRows) {
    if (key.starts_with(row.from)) return &row;
  }
  return nullptr;
}

// Whether the name may be one of ours at all: nearly none is, of events that others wrote.
bool may_be_foreign(std::string_view key) noexcept {
  return key.starts_with("traceloop.") || key.starts_with("gen_ai.") || key.starts_with("llm.");
}

std::string_view open_inference_kind(const Value& value) noexcept {
  if (value.type() != ValueType::kString) return {};
  for (const auto& row : openllmetry::kSpanKinds) {
    if (value.as_string() == row.from) return row.to;
  }
  return {};
}

// The digits that text begins with, if a dot follows.
std::optional<std::string_view> number_before_dot(std::string_view text) noexcept {
  const std::size_t end = text.find_first_not_of("0123456789");
  if (end == 0 || end == std::string_view::npos || text[end] != '.') return std::nullopt;
  return text.substr(0, end);
}

std::string with_tool_call(std::string_view rest) {
  if (!rest.starts_with(openllmetry::kToolCalls)) return std::string(rest);
  const std::string_view call = rest.substr(openllmetry::kToolCalls.size());
  const auto number = number_before_dot(call);
  if (!number) return std::string(rest);
  const std::string_view name = call.substr(number->size() + 1);
  for (const auto& row : openllmetry::kToolCallRows) {
    if (name != row.from) continue;
    return std::string(rest.substr(0, rest.size() - name.size())).append(row.to);
  }
  return std::string(rest);
}

}  // namespace

// Where an attribute goes. Nowhere: it stays.
struct OpenLlmetryProcessor::Target {
  std::string_view key;
  Value value;
  std::string_view mime_key;
};

void OpenLlmetryProcessor::process(const EventView& event, ProcessorOutput& output) {
  if (!is_foreign(event)) return output.pass(event);
  TraceEvent renamed = event.to_event();
  kind_ = {};
  taken_.clear();
  out_.clear();
  texts_.clear();
  metadata_.clear();
  for (const Attribute& attribute : renamed.payload) {
    taken_.insert(attribute.key);
    const bool kind = attribute.key == openllmetry::kSpanKind;
    if (kind && attribute.value.type() == ValueType::kString) kind_ = attribute.value.as_string();
  }
  had_metadata_ = has(openllmetry::kMetadata);
  for (const Attribute& attribute : renamed.payload) translate(attribute);
  finish_metadata();
  renamed.payload = Payload(std::span<const Attribute>(out_));
  output.replace(event, renamed);
}

bool OpenLlmetryProcessor::is_foreign(const EventView& event) const {
  for (const AttributeView& attribute : event.payload()) {
    if (!may_be_foreign(attribute.key)) continue;
    if (attribute.key.starts_with(openllmetry::kProperties) || find_row(attribute.key) != nullptr ||
        find_numbered(attribute.key) != nullptr) {
      return true;
    }
  }
  return false;
}

void OpenLlmetryProcessor::translate(const Attribute& attribute) {
  const std::string_view key = attribute.key;
  if (find_row(key) == nullptr && key.starts_with(openllmetry::kProperties)) {
    return put_property(key.substr(openllmetry::kProperties.size()), attribute);
  }
  const Target target = target_of(attribute);
  if (target.key.empty() || has(target.key)) {
    out_.push_back(attribute);
    return;
  }
  put(target.key, target.value);
  if (!target.mime_key.empty() && !has(target.mime_key)) {
    put(target.mime_key, openllmetry::kJsonMimeType);
  }
}

OpenLlmetryProcessor::Target OpenLlmetryProcessor::target_of(const Attribute& attribute) {
  const Row* const row = find_row(attribute.key);
  if (row == nullptr) return {numbered(attribute.key).value_or(""), attribute.value, {}};
  switch (row->kind) {
    case Kind::kRename:
      return {row->to, attribute.value, {}};
    case Kind::kJson:
      return {row->to, attribute.value,
              row->to == "input.value" ? "input.mime_type" : "output.mime_type"};
    case Kind::kSpanKind: {
      const std::string_view kind = open_inference_kind(attribute.value);
      return {kind.empty() ? kind : row->to, kind, {}};
    }
    default:
      break;
  }
  if (kind_ == "tool") return {"tool.name", attribute.value, {}};
  return {kind_ == "agent" ? "agent.name" : "", attribute.value, {}};
}

std::optional<std::string_view> OpenLlmetryProcessor::numbered(std::string_view key) {
  const auto* const row = find_numbered(key);
  if (row == nullptr) return std::nullopt;
  const std::string_view tail = key.substr(row->from.size());
  const auto number = number_before_dot(tail);
  if (!number) return std::nullopt;
  std::string name(row->to);
  name.append(*number).append(".").append(row->infix);
  return keep(name.append(with_tool_call(tail.substr(number->size() + 1))));
}

void OpenLlmetryProcessor::put(std::string_view key, const Value& value) {
  out_.push_back({key, value});
  taken_.insert(key);
}

void OpenLlmetryProcessor::put_property(std::string_view name, const Attribute& attribute) {
  if (had_metadata_ || attribute.value.is_nested()) {
    out_.push_back(attribute);
    return;
  }
  metadata_ += metadata_.empty() ? '{' : ',';
  append_json_string(metadata_, name);
  metadata_ += ':';
  switch (attribute.value.type()) {
    case ValueType::kNull:
      metadata_ += "null";
      break;
    case ValueType::kBool:
      metadata_ += attribute.value.as_bool() ? "true" : "false";
      break;
    case ValueType::kInt64:
      append_json_int64(metadata_, attribute.value.as_int64());
      break;
    case ValueType::kDouble:
      append_json_double(metadata_, attribute.value.as_double());
      break;
    case ValueType::kBytes:
      append_json_bytes(metadata_, attribute.value.as_bytes());
      break;
    default:
      append_json_string(metadata_, attribute.value.as_string());
  }
}

void OpenLlmetryProcessor::finish_metadata() {
  if (metadata_.empty()) return;
  metadata_ += '}';
  put(openllmetry::kMetadata, metadata_);
}

bool OpenLlmetryProcessor::has(std::string_view key) const noexcept { return taken_.contains(key); }

std::string_view OpenLlmetryProcessor::keep(std::string text) {
  return texts_.emplace_back(std::move(text));
}

}  // namespace v1
}  // namespace tracebus
