// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/recording_line.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <utility>

#include "tracebus/trace/python_json.h"

namespace tracebus {
inline namespace v1 {
namespace {

// Members of one object, in the order in which they are added.
class LineWriter {
 public:
  explicit LineWriter(std::string& out) : out_(out) { out_ += '{'; }
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  void add_text(std::string_view key, std::string_view text) {
    append_python_json_string(begin(key), text);
  }
  void add_raw(std::string_view key, std::string_view json) { begin(key) += json; }
  void add_double(std::string_view key, double value) {
    append_python_json_double(begin(key), value);
  }
  // key: plain, as ours are.
  std::string& begin(std::string_view key) {
    out_ += separator_;
    separator_ = ", \"";
    out_ += key;
    return out_ += "\": ";
  }
  std::string& begin_any(std::string_view key) {
    out_ += separator_;
    separator_ = ", \"";
    out_.pop_back();  // the quotation mark
    append_python_json_string(out_, key);
    return out_ += ": ";
  }
  void end() { out_ += '}'; }

 private:
  std::string& out_;
  std::string_view separator_ = "\"";
};

// The double nearest to the time, which is what Python's time.time() would have been.
double to_seconds(const Timestamp& time) noexcept {
  char text[kTimestampTextMax];
  double seconds = 0;
  std::from_chars(text, text + format_decimal_seconds(time, text), seconds);
  return seconds;
}

void append_messages(std::string& out, const std::vector<RecordedMessage>& messages) {
  out += '[';
  const char* separator = "";
  for (const RecordedMessage& message : messages) {
    out += separator;
    separator = ", ";
    LineWriter line(out);
    line.add_text("role", message.role);
    line.add_text("content", message.content);
    if (message.name) {
      line.add_text("name", *message.name);
    } else {
      line.add_raw("name", "null");
    }
    line.end();
  }
  out += ']';
}

// What the events of the seed's Recorder carry besides metadata; strings all of them.
std::vector<Attribute> own_members_of(const RecordedEntry& entry) {
  const EntryKind kind = kind_of(entry);
  if (kind == EntryKind::kModelEnds) {
    return {{"response", entry.response}, {"model", entry.model()}};
  }
  if (kind == EntryKind::kToolEnds) return {{"result", entry.response}};
  if (entry.event_type == "pattern_end") return {{"result_output", entry.response}};
  if (entry.response.empty()) return {};
  return {{"response", entry.response}};
}

void append_recorder_line(std::string& out, const RecordedEntry& entry) {
  LineWriter line(out);
  line.add_double("timestamp", to_seconds(entry.timestamp));
  line.add_text("event_type", entry.event_type);
  line.add_text("agent_name", entry.agent_name);
  append_messages(line.begin("messages_in"), entry.messages);
  line.add_text("response", entry.response);
  append_python_json(line.begin("metadata"), entry.metadata.as_value());
  line.end();
}

// What the entry itself says gives way to metadata of the same key, in its own place.
void append_event_payload(std::string& out, const RecordedEntry& entry) {
  const std::vector<Attribute> own = own_members_of(entry);
  LineWriter line(out);
  for (const Attribute& member : own) {
    const std::optional<ValueView> instead = entry.metadata.find(member.key);
    if (instead) {
      append_python_json(line.begin(member.key), *instead);
    } else {
      line.add_text(member.key, member.value.as_string());
    }
  }
  for (const AttributeView& member : entry.metadata.view()) {
    if (std::ranges::find(own, member.key, &Attribute::key) != own.end()) continue;
    append_python_json(line.begin_any(member.key), member.value);
  }
  line.end();
}

void append_line_of_event(std::string& out, const RecordedEntry& entry) {
  LineWriter line(out);
  line.add_double("timestamp", to_seconds(entry.timestamp));
  line.add_text("event_type", entry.event_type);
  line.add_text("agent_name", entry.agent_name);
  line.add_text("pattern_type", entry.pattern_type);
  append_event_payload(line.begin("payload"), entry);
  line.end();
}

// Each key once, as Python's dict has it: in the place of its first, with the value of its last.
std::vector<AttributeView> members_of(const EventView& event) {
  std::vector<AttributeView> members;
  std::unordered_map<std::string_view, std::size_t> places;
  for (const AttributeView& attribute : event.payload()) {
    const auto [place, is_new] = places.try_emplace(attribute.key, members.size());
    if (is_new) {
      members.push_back(attribute);
    } else {
      members[place->second].value = attribute.value;
    }
  }
  return members;
}

// Studio tells starts, ends and errors apart by the type.
std::string_view studio_type_of(const RecordedEntry& entry) noexcept {
  if (entry.event_type != "llm_call") return entry.event_type;
  return entry.metadata.find("error") ? "llm_call_error" : "llm_call_end";
}

void add_unless_empty(LineWriter& line, std::string_view key, std::string_view text) {
  if (!text.empty()) line.add_text(key, text);
}

// What is unknown is left out: a zero would be a claim.
void append_studio_line(std::string& out, const RecordedEntry& entry) {
  LineWriter line(out);
  line.add_text("event_type", studio_type_of(entry));
  line.add_text("agent_name", entry.agent_name);
  const CostEntry figures = entry.figures();
  add_unless_empty(line, "workflow", figures.workflow);
  add_unless_empty(line, "pattern", entry.pattern_type);
  add_unless_empty(line, "run_id", entry.run_id);
  add_unless_empty(line, "provider", figures.provider);
  add_unless_empty(line, "model", figures.model);
  const TokenUsage& usage = figures.usage;
  if (usage.input != 0) line.add_raw("input_tokens", std::to_string(usage.input));
  if (usage.output != 0) line.add_raw("output_tokens", std::to_string(usage.output));
  if (const auto duration_ms = entry.duration_ms()) line.add_double("duration_ms", *duration_ms);
  if (figures.cost) line.add_raw("cost_estimate", figures.cost->to_text());
  char time[kTimestampTextMax + 16];
  line.add_text("timestamp", {time, format_iso8601(entry.timestamp, 3, time)});
  line.end();
}

}  // namespace

void append_recording_line(std::string& out, const RecordedEntry& entry, RecordingFormat format) {
  switch (format) {
    case RecordingFormat::kRecorder:
      return append_recorder_line(out, entry);
    case RecordingFormat::kEvents:
      return append_line_of_event(out, entry);
    case RecordingFormat::kStudio:
      return append_studio_line(out, entry);
  }
}

void append_event_line(std::string& out, const EventView& event) {
  LineWriter line(out);
  line.add_double("timestamp", to_seconds(event.timestamp()));
  line.add_text("event_type", event.event_type());
  line.add_text("agent_name", event.agent_name());
  line.add_text("pattern_type", event.pattern_type());
  LineWriter payload(line.begin("payload"));
  for (const AttributeView& member : members_of(event)) {
    append_python_json(payload.begin_any(member.key), member.value);
  }
  payload.end();
  line.end();
}

std::vector<Attribute> event_payload_of(const RecordedEntry& entry) {
  std::vector<Attribute> payload = own_members_of(entry);
  for (Attribute& member : entry.metadata.members()) {
    const auto own = std::ranges::find(payload, member.key, &Attribute::key);
    if (own != payload.end()) {
      own->value = std::move(member.value);
    } else {
      payload.push_back(std::move(member));
    }
  }
  return payload;
}

}  // namespace v1
}  // namespace tracebus
