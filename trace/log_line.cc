// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/log_line.h"

#include <algorithm>
#include <vector>

#include "tracebus/core/json_writer.h"
#include "tracebus/core/visible_text.h"
#include "tracebus/trace/value_json.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr int kMicroseconds = 6;  // digits

void append_time(std::string& out, Timestamp time) {
  char text[kTimestampTextMax + 16];
  const std::size_t length = format_iso8601(time, kMicroseconds, text);
  out.append(text, length - 1);  // without the Z
  out += "+00:00";
}

void set(std::vector<Attribute>& all, const Attribute& attribute) {
  const auto same = std::ranges::find(all, attribute.key, &Attribute::key);
  if (same != all.end()) {
    same->value = attribute.value;
  } else {
    all.push_back(attribute);
  }
}

void append_extra(std::string& out, const LogLine& line) {
  if (line.context.empty() && line.fields.empty()) return;
  std::vector<Attribute> extra;
  for (const Attribute& attribute : line.context) set(extra, attribute);
  for (const Attribute& attribute : line.fields) set(extra, attribute);
  const char* separator = ",\"extra\":{";
  for (const Attribute& attribute : extra) {
    out += separator;
    append_json_string(out, attribute.key);
    out += ':';
    append_value_json(out, attribute.value);
    separator = ",";
  }
  out += '}';
}

}  // namespace

void append_log_line(std::string& out, const LogLine& line) {
  std::string json = "{\"timestamp\":\"";
  append_time(json, line.timestamp);
  json += "\",\"level\":\"";
  json += to_string(line.level);
  json += "\",\"logger\":";
  append_json_string(json, line.logger);
  json += ",\"message\":";
  append_json_string(json, line.message);
  append_extra(json, line);
  if (!line.exception.empty()) {
    json += ",\"exception\":";
    append_json_string(json, line.exception);
  }
  json += '}';
  append_visible_json(out, json);
}

}  // namespace v1
}  // namespace tracebus
