// SPDX-License-Identifier: Apache-2.0
//
// From events to entries: which attributes are the request, which the response.
#include <absl/status/status.h>

#include <algorithm>
#include <utility>

#include "tracebus/core/json_writer.h"
#include "tracebus/core/value_view.h"
#include "tracebus/trace/recorded_entry.h"

namespace tracebus {
inline namespace v1 {
namespace {

// Those that count first come first.
constexpr std::string_view kMessageKeys[] = {"messages_in",  "messages",    "gen_ai.input.messages",
                                             "input",        "input.value", "prompt",
                                             "gen_ai.prompt"};
constexpr std::string_view kResponseKeys[] = {
    "response",     "result_output", "gen_ai.output.messages", "output",
    "output.value", "completion",    "gen_ai.completion"};
constexpr std::string_view kResultKeys[] = {
    "response",        "result", "tool.result", "gen_ai.tool.call.result",
    "exo.tool.result", "output", "output.value"};

absl::Status too_large() {
  return absl::ResourceExhaustedError(
      "the event is nested deeper than 64 levels or larger than 16 MiB; record less of it");
}

// A string as it is, anything else as compact JSON. False: too large.
bool take_text(const Value& value, std::string& text) {
  if (value.type() == ValueType::kString) {
    text = value.as_string();
    return true;
  }
  const std::optional<RecordedObject> object = RecordedObject::of({{"", value}});
  if (!object) return false;
  append_json_value(text, (*object->view().begin()).value);
  return true;
}

const Value* find(const Value::Object& members, std::string_view key) noexcept {
  const Value* found = nullptr;
  for (const Attribute& member : members) {
    if (member.key == key) found = &member.value;
  }
  return found;
}

bool take_message(const Value& value, RecordedMessage& message) {
  if (value.type() != ValueType::kObject) return take_text(value, message.content);
  const Value::Object& members = value.as_object();
  if (const Value* const role = find(members, "role")) {
    if (!take_text(*role, message.role)) return false;
  }
  const Value* const name = find(members, "name");
  if (name != nullptr && name->type() == ValueType::kString) message.name = name->as_string();
  const Value* const content = find(members, "content");
  if (content != nullptr && content->type() == ValueType::kNull) return true;
  // A message without content has its parts elsewhere: all of it, so that none is forgotten.
  return take_text(content != nullptr ? *content : value, message.content);
}

bool take_messages(const Value& value, std::vector<RecordedMessage>& messages) {
  if (value.type() != ValueType::kArray) {
    RecordedMessage& only = messages.emplace_back();
    only.role = "user";
    return take_message(value, only);
  }
  return std::ranges::all_of(value.as_array(), [&](const Value& item) {
    return take_message(item, messages.emplace_back());
  });
}

bool is_said(const Value& value) noexcept {
  return value.type() == ValueType::kString || value.is_nested();
}

template <std::size_t kSize>
const Attribute* first_of(const Payload& payload, const std::string_view (&keys)[kSize]) noexcept {
  for (const std::string_view key : keys) {
    const Attribute* found = nullptr;
    for (const Attribute& attribute : payload) {
      if (attribute.key == key && is_said(attribute.value)) found = &attribute;
    }
    if (found != nullptr) return found;
  }
  return nullptr;
}

const Attribute* find(const Payload& payload, std::string_view key) noexcept {
  const Attribute* found = nullptr;
  for (const Attribute& attribute : payload) {
    if (attribute.key == key) found = &attribute;
  }
  return found;
}

// The payload without the request and the response. The seed's Recorder keeps the rest in an object
// of its own.
bool take_metadata(const TraceEvent& event, const Attribute* messages, const Attribute* response,
                   RecordedEntry& entry) {
  const Attribute* const own = find(event.payload, "metadata");
  const bool recorder = own != nullptr && own->value.type() == ValueType::kObject &&
                        find(event.payload, "messages_in") != nullptr;
  std::vector<Attribute> members;
  if (recorder) members = own->value.as_object();
  for (const Attribute& attribute : event.payload) {
    const bool taken = (messages != nullptr && attribute.key == messages->key) ||
                       (response != nullptr && attribute.key == response->key) ||
                       (recorder && attribute.key == own->key);
    if (!taken) members.push_back(attribute);
  }
  std::optional<RecordedObject> metadata = RecordedObject::of(std::move(members));
  if (!metadata) return false;
  entry.metadata = *std::move(metadata);
  return true;
}

template <class Id>
std::string id_text(const Id& id, std::string_view foreign) {
  if (!foreign.empty()) return std::string(foreign);
  return id.is_none() ? std::string() : id.hex();
}

}  // namespace

absl::StatusOr<RecordedEntry> entry_of(const TraceEvent& event) {
  RecordedEntry entry;
  entry.timestamp = event.timestamp.value_or(Timestamp());
  entry.event_type = event.event_type;
  entry.agent_name = event.agent_name;
  entry.pattern_type = event.pattern_type;
  const EntryKind kind = kind_of(entry);
  const bool is_tool = kind == EntryKind::kToolBegins || kind == EntryKind::kToolEnds;
  const Attribute* const messages = first_of(event.payload, kMessageKeys);
  const Attribute* const response =
      is_tool ? first_of(event.payload, kResultKeys) : first_of(event.payload, kResponseKeys);
  // What a tool is given are its arguments, unless a Recorder wrote the line.
  const bool has_messages = messages != nullptr && (!is_tool || messages->key == kMessageKeys[0]);
  if (has_messages && !take_messages(messages->value, entry.messages)) return too_large();
  if (response != nullptr && !take_text(response->value, entry.response)) return too_large();
  if (!take_metadata(event, has_messages ? messages : nullptr, response, entry)) return too_large();
  entry.run_id = id_text(event.ids.run_id, event.foreign_ids.run_id);
  if (entry.run_id.empty()) entry.run_id = entry.metadata.text("run_id");
  // Where runs are not named, a trace is one.
  if (entry.run_id.empty()) entry.run_id = id_text(event.ids.trace_id, event.foreign_ids.trace_id);
  entry.span_id = id_text(event.ids.span_id, event.foreign_ids.span_id);
  if (entry.span_id.empty()) entry.span_id = entry.metadata.text("span_id");
  return entry;
}

}  // namespace v1
}  // namespace tracebus
