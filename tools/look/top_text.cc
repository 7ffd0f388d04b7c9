// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/look/top_text.h"

#include <cmath>
#include <cstdint>
#include <vector>

#include "tracebus/core/json_fields.h"
#include "tracebus/core/visible_text.h"
#include "tracebus/render/filled_line.h"
#include "tracebus/tools/look/fitted_table.h"
#include "tracebus/tools/look/look_text.h"
#include "tracebus/tools/text.h"

namespace tracebus {
inline namespace v1 {
namespace {

using Kind = FittedTable::Kind;
constexpr std::size_t kNameMin = 8;

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
  std::string line;
  std::size_t column = 0;
  const auto add = [&](const std::string& part, Ink ink = Ink::kPlain) {
    constexpr std::size_t kGap = 3;
    const bool has_room = column + kGap + part.size() <= terminal.width;
    if (column != 0) line += has_room ? std::string(kGap, ' ') : "\n";
    column = (has_room && column != 0 ? column + kGap : 0) + part.size();
    line += terminal.inked(part, ink);
  };
  add(rate.events_per_second ? rounded(*rate.events_per_second) + " events/s"
                             : counted(top.events, "event"));
  add(counted(top.open_runs, "open run"));
  add(grouped(top.calls_per_minute()) + " calls/min");
  add(dollars(top.usd_per_minute()) + "/min");
  add(grouped(top.errors_per_minute()) + " errors/min",
      top.errors == 0 ? Ink::kPlain : Ink::kRed);
  if (top.dropped) {
    add(grouped(*top.dropped) + " dropped", *top.dropped == 0 ? Ink::kPlain : Ink::kYellow);
  }
  return line + "\n";
}

std::string runs_table(const TopFigures& top, const Terminal& terminal) {
  FittedTable table({{"open run", Kind::kName},
                     {"workflow", Kind::kName, kNameMin, 4},
                     {"began", Kind::kText, 0, 3},
                     {"steps", Kind::kNumber, 0, 2},
                     {"calls", Kind::kNumber, 0, 1},
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
                     {"at", Kind::kText, 0, 3},
                     {"what", Kind::kName},
                     {"agent", Kind::kName, kNameMin, 2},
                     {"run", Kind::kName, kNameMin, 1}});
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
  std::string title;
  FilledLine line(title, terminal.width, "  ");
  line.add("tracebus top", 0);
  line.add(source, 2);
  line.add(time, 2);
  std::string text = terminal.inked(title, Ink::kBold) + "\n";
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
                               .add("cost_usd_per_minute", top.usd_per_minute())
                               .add("calls_per_minute", top.calls_per_minute())
                               .add("errors_per_minute", top.errors_per_minute())
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
