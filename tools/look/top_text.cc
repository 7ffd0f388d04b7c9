// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/look/top_text.h"

#include <cmath>
#include <cstdint>
#include <vector>

#include "tracebus/core/visible_text.h"
#include "tracebus/core/json_fields.h"
#include "tracebus/tools/look/fitted_table.h"
#include "tracebus/tools/look/look_text.h"
#include "tracebus/tools/text.h"

namespace tracebus {
inline namespace v1 {
namespace {

using Kind = FittedTable::Kind;

std::string dollars(double usd) {
  return dollars_text(static_cast<std::int64_t>(std::llround(usd * 1e9)));
}
std::string rounded(double number) {
  return number < 10 ? fixed(number, 1) : grouped(static_cast<std::uint64_t>(std::llround(number)));
}
// "09:00:02" of ISO 8601.
std::string clock_of(const std::string& time) {
  return time.size() < 19 ? std::string() : time.substr(11, 8);
}

std::string head_line(const TopFigures& top, const TopRate& rate, const Terminal& terminal) {
  std::vector<std::string> parts;
  parts.push_back(rate.events_per_second ? rounded(*rate.events_per_second) + " events/s"
                                         : counted(top.events, "event"));
  parts.push_back(counted(top.open_runs, "open run"));
  parts.push_back(grouped(top.calls) + " calls/min");
  parts.push_back(dollars(top.cost_usd) + "/min");
  parts.push_back(terminal.inked(grouped(top.errors) + " errors/min",
                                 top.errors == 0 ? Ink::kPlain : Ink::kRed));
  if (top.dropped) {
    parts.push_back(terminal.inked(grouped(*top.dropped) + " dropped",
                                   *top.dropped == 0 ? Ink::kPlain : Ink::kYellow));
  }
  std::string line;
  for (const std::string& part : parts) line.append(line.empty() ? "" : "   ") += part;
  return line + "\n";
}

std::string runs_table(const TopFigures& top, const Terminal& terminal) {
  FittedTable table({{"open run", Kind::kName},
                     {"workflow", Kind::kName},
                     {"began", Kind::kText},
                     {"steps", Kind::kNumber},
                     {"calls", Kind::kNumber},
                     {"cost", Kind::kNumber}});
  for (const TopFigures::Run& run : top.runs) {
    table.add({visible(run.run_id), visible(run.workflow), clock_of(run.start), grouped(run.steps),
               grouped(run.calls), run.cost_usd ? dollars(*run.cost_usd) : ""});
  }
  return table.to_string(terminal);
}

std::string spans_table(const std::vector<TopFigures::Span>& spans, const std::string& heading,
                        Ink ink, const Terminal& terminal) {
  FittedTable table({{heading, Kind::kNumber},
                     {"at", Kind::kText},
                     {"what", Kind::kName},
                     {"agent", Kind::kName},
                     {"run", Kind::kName}});
  for (const TopFigures::Span& span : spans) {
    const std::string& name = !span.model.empty() ? span.model : span.name;
    table.add({ms_text(span.duration_ms), clock_of(span.time),
               visible(span.event_type + (name.empty() ? "" : " " + name)), visible(span.agent),
               visible(span.run_id)},
              ink);
  }
  return table.to_string(terminal);
}

std::string spans_json(const std::vector<TopFigures::Span>& spans) {
  std::string json = "[";
  for (const TopFigures::Span& span : spans) {
    if (json.size() > 1) json += ',';
    json += JsonFields()
                .add("time", span.time)
                .add("event_type", span.event_type)
                .add("agent_name", span.agent)
                .add("name", span.name)
                .add("model", span.model)
                .add("run_id", span.run_id)
                .add("duration_ms", span.duration_ms)
                .to_string();
  }
  return json + "]";
}

}  // namespace

std::string top_text(const TopFigures& top, const TopRate& rate, std::string_view source,
                     std::string_view time, const Terminal& terminal) {
  std::string text = terminal.inked("tracebus top", Ink::kBold) + "  " + std::string(source) +
                     "  " + std::string(time) + "\n";
  text += head_line(top, rate, terminal);
  if (!top.runs.empty()) text += "\n" + runs_table(top, terminal);
  if (!top.slowest.empty()) {
    text += "\n" + spans_table(top.slowest, "slowest ms", Ink::kPlain, terminal);
  }
  if (!top.failed.empty()) text += "\n" + spans_table(top.failed, "failed ms", Ink::kRed, terminal);
  return text;
}

std::string top_json(const TopFigures& top, const TopRate& rate, std::string_view source,
                     std::string_view time) {
  std::string runs = "[";
  for (const TopFigures::Run& run : top.runs) {
    if (runs.size() > 1) runs += ',';
    runs += JsonFields()
                .add("run_id", run.run_id)
                .add("workflow", run.workflow)
                .add("start", run.start)
                .add("steps", run.steps)
                .add("calls", run.calls)
                .add("cost_usd", run.cost_usd)
                .to_string();
  }
  const std::string json = JsonFields()
                               .add("time", time)
                               .add("source", source)
                               .add("events", top.events)
                               .add("events_per_second", rate.events_per_second)
                               .add("open_runs", top.open_runs)
                               .add("cost_usd_per_minute", top.cost_usd)
                               .add("calls_per_minute", top.calls)
                               .add("errors_per_minute", top.errors)
                               .add("dropped", top.dropped)
                               .add_json("runs", runs + "]")
                               .add_json("slowest", spans_json(top.slowest))
                               .add_json("errors", spans_json(top.failed))
                               .to_string();
  std::string out;
  append_visible_json(out, json);
  return out + "\n";
}

}  // namespace v1
}  // namespace tracebus
