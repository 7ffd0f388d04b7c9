// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/console_layout.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "tracebus/core/json_writer.h"
#include "tracebus/core/timestamp.h"
#include "tracebus/core/visible_text.h"
#include "tracebus/exporters/python_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kTypeColumns = 19;  // provider_call_error
constexpr std::size_t kAgentColumns = 16;
constexpr std::size_t kPatternColumns = 12;

constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kReset = "\x1b[0m";

// The first that the type's name holds decides.
struct TypeColor {
  std::string_view part;
  std::string_view color;
};
constexpr TypeColor kTypeColors[] = {
    {"error", "\x1b[1;31m"}, {"agent", "\x1b[36m"}, {"pattern", "\x1b[35m"},  {"llm", "\x1b[34m"},
    {"tool", "\x1b[33m"},    {"cost", "\x1b[32m"},  {"provider", "\x1b[34m"},
};

std::string_view color_of(std::string_view type) {
  for (const TypeColor& entry : kTypeColors) {
    if (type.find(entry.part) != std::string_view::npos) return entry.color;
  }
  return {};
}

void append_painted(std::string& out, std::string_view text, std::string_view color) {
  out += color;
  out += text;
  if (!color.empty()) out += kReset;
}

// Columns, taking each character for one wide.
std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

void append_column(std::string& out, std::string_view text, std::size_t columns,
                   std::string_view color) {
  std::string visible;
  append_visible(visible, text.empty() ? "-" : text);
  append_painted(out, visible, color);
  const std::size_t used = columns_of(visible);
  if (used < columns) out.append(columns - used, ' ');
  out += ' ';
}

std::string_view time_of_day(Timestamp time, char* out) {
  const std::size_t length = format_iso8601(time, 3, out);
  const std::string_view text(out, length);
  const std::size_t begin = text.find('T') + 1;
  return text.substr(begin, text.size() - begin - 1);  // without the Z
}

void append_word(std::string& out, std::string_view text) {
  const bool is_word = !text.empty() && text.find_first_of(" =\"") == std::string_view::npos;
  is_word ? append_visible(out, text) : append_visible_quoted(out, text, '"');
}

void append_pretty_value(std::string& out, const ValueView& value) {
  if (value.type() == ValueType::kString) return append_word(out, value.as_string());
  std::string json;
  append_json_value(json, value);
  append_visible_json(out, json);
}

}  // namespace

void append_seed_line(std::string& out, const EventView& event) {
  out += '[';
  append_visible(out, event.event_type());
  out += ']';
  if (const std::string_view pattern = event.pattern_type(); !pattern.empty()) {
    out += " pattern=";
    append_visible(out, pattern);
  }
  if (const std::string_view agent = event.agent_name(); !agent.empty()) {
    out += " agent=";
    append_visible(out, agent);
  }
  for (const AttributeView& attribute : event.payload()) {
    out += ' ';
    append_visible(out, attribute.key);
    out += '=';
    append_python_str(out, attribute.value);
  }
  out += '\n';
}

void append_pretty_line(std::string& out, const EventView& event, bool with_color) {
  char time[kTimestampTextMax + 16];
  append_painted(out, time_of_day(event.timestamp(), time), with_color ? kDim : "");
  out += ' ';
  const std::string_view type = event.event_type();
  append_column(out, type, kTypeColumns, with_color ? color_of(type) : "");
  append_column(out, event.agent_name(), kAgentColumns, "");
  append_column(out, event.pattern_type(), kPatternColumns, "");
  for (const AttributeView& attribute : event.payload()) {
    if (with_color) out += kDim;
    append_word(out, attribute.key);
    out += '=';
    if (with_color) out += kReset;
    append_pretty_value(out, attribute.value);
    out += ' ';
  }
  while (out.back() == ' ') out.pop_back();
  out += '\n';
}

void append_json_line(std::string& out, const EventView& event) {
  std::string json;
  append_json_event(json, event);
  append_visible_json(out, json);
  out += '\n';
}

}  // namespace v1
}  // namespace tracebus
