// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/examples/read_trace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "tracebus/core/json_writer.h"
#include "tracebus/core/value_codec.h"
#include "tracebus/readers/jsonl_reader.h"

namespace tracebus::testing {
namespace {

ValueView view_of(const Value& value, std::string& body) {
  switch (value.type()) {
    case ValueType::kBool:
      return ValueView::of_bool(value.as_bool());
    case ValueType::kInt64:
      return ValueView::of_int64(value.as_int64());
    case ValueType::kDouble:
      return ValueView::of_double_bits(value.scalar_word());
    case ValueType::kString:
      return ValueView::of_text(ValueType::kString, value.as_string());
    case ValueType::kArray:
    case ValueType::kObject:
      body.resize(encoded_body_size(value).value_or(0));
      encode_body(value, body.data());
      return ValueView::of_text(value.type(), body);
    default:
      return {};
  }
}

std::string json_of(const Value& value) {
  std::string json, body;
  append_json_value(json, view_of(value, body));
  return json;
}

template <class Id>
std::string text_of(const Id& id, std::string_view foreign) {
  if (!foreign.empty()) return std::string(foreign);
  return id ? id.hex() : std::string();
}

ReadEvent read_event(const TraceEvent& event) {
  ReadEvent read;
  read.type = event.event_type;
  read.agent = event.agent_name;
  read.pattern = event.pattern_type;
  read.run = text_of(event.ids.run_id, event.foreign_ids.run_id);
  read.trace = text_of(event.ids.trace_id, event.foreign_ids.trace_id);
  read.span = text_of(event.ids.span_id, event.foreign_ids.span_id);
  read.parent = text_of(event.ids.parent_span_id, event.foreign_ids.parent_span_id);
  for (const Attribute& attribute : event.payload) {
    read.payload.emplace_back(attribute.key, json_of(attribute.value));
  }
  return read;
}

// What the line of a span says of it.
std::string line_of(const ReadEvent& end) {
  static const std::set<std::string_view> kSaid = {"span.kind", "span.name", "span.status",
                                                   "duration_ms"};
  const std::string kind = end["span.kind"];
  std::string line = kind.substr(1, kind.size() - 2) + " " + end["span.name"];
  const std::string status = end["span.status"];
  if (status != "\"unset\"") line += " " + status.substr(1, status.size() - 2);
  for (const auto& [key, json] : end.payload) {
    if (key == "span.events") {
      // Without their times.
      std::string events = json;
      for (std::size_t at; (at = events.find("\"offset_ns\":")) != std::string::npos;) {
        events.erase(at, events.find_first_of(",}", at) + 1 - at);
      }
      line += " span.events=" + events;
    } else if (!kSaid.contains(key)) {
      line += " " + key + "=" + json;
    }
  }
  return line;
}

class Tree {
 public:
  explicit Tree(const ReadEvents& events) {
    std::map<std::string, std::size_t> begun;
    for (const ReadEvent& event : events) {
      begun.emplace(event.span, begun.size());
      if (event.is_end()) ends_.push_back(&event);
    }
    std::ranges::stable_sort(ends_, {}, [&](const ReadEvent* end) { return begun[end->span]; });
    for (const ReadEvent* const end : ends_) spans_.insert(end->span);
  }

  std::string text() {
    for (const ReadEvent* const end : ends_) {
      if (end->parent.empty()) add(*end, "");
      if (!end->parent.empty() && !spans_.contains(end->parent)) add(*end, "...");
    }
    return std::move(text_);
  }

 private:
  void add(const ReadEvent& end, const std::string& indent) {
    text_ += indent + line_of(end) + "\n";
    for (const ReadEvent* const child : ends_) {
      if (child->parent == end.span && child->trace == end.trace) add(*child, indent + "  ");
    }
  }

  std::vector<const ReadEvent*> ends_;  // in the order in which they began
  std::set<std::string> spans_;
  std::string text_;
};

}  // namespace

std::string ReadEvent::operator[](std::string_view key) const {
  std::string value;
  for (const auto& [name, json] : payload) {
    if (name == key) value = json;
  }
  return value;
}

ReadEvents read_trace(const std::vector<std::string>& paths) {
  ReadEvents events;
  for (const std::string& path : paths) {
    const auto reader = open_jsonl(path);
    EXPECT_TRUE(reader.ok()) << reader.status();
    if (!reader.ok()) continue;
    while (const TraceEvent* const event = (*reader)->next()) events.push_back(read_event(*event));
    EXPECT_EQ((*reader)->account().bad_lines, 0u) << path;
  }
  return events;
}

ReadEvents of_type(const ReadEvents& events, std::string_view type) {
  ReadEvents found;
  std::ranges::copy_if(events, std::back_inserter(found),
                       [&](const ReadEvent& event) { return event.type == type; });
  return found;
}

std::string tree_of(const ReadEvents& events) { return Tree(events).text(); }

}  // namespace tracebus::testing
