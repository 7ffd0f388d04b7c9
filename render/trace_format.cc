// SPDX-License-Identifier: Apache-2.0
#include "tracebus/render/trace_format.h"

#include <array>
#include <cstddef>

#include "tracebus/render/chrome_trace.h"
#include "tracebus/render/folded_stacks.h"
#include "tracebus/render/jaeger_json.h"
#include "tracebus/render/perfetto_trace.h"
#include "tracebus/render/timeline.h"
#include "tracebus/render/trace_json.h"
#include "tracebus/render/tree_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

struct Entry {
  std::string_view name;
  std::string_view help;
};

// By TraceFormat.
constexpr std::array<Entry, 9> kEntries = {
    {{"tree", "text: a tree of spans, with what each branch cost"},
     {"timeline", "text: bars on a line of time"},
     {"json", "one JSON object a trace, as the tutorial's exporter writes it"},
     {"jaeger", "JSON that Jaeger's user interface opens"},
     {"chrome", "JSON for chrome://tracing, ui.perfetto.dev and speedscope"},
     {"perfetto", "track events for ui.perfetto.dev (Protobuf)"},
     {"folded", "folded stacks of self time in ns, for flame graphs"},
     {"folded-tokens", "folded stacks of tokens"},
     {"folded-cost", "folded stacks of costs, in billionths of a dollar"}}};

template <class Write>
std::string each_in_lines(std::span<const Trace> traces, const Write& write) {
  std::string out;
  for (const Trace& trace : traces) {
    out += write(trace);
    if (!out.ends_with('\n')) out += '\n';
  }
  return out;
}

}  // namespace

std::optional<TraceFormat> trace_format_of(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kEntries.size(); ++i) {
    if (kEntries[i].name == name) return static_cast<TraceFormat>(i);
  }
  return std::nullopt;
}

std::string names_of_trace_formats() {
  std::string names;
  for (const Entry& entry : kEntries) names.append(names.empty() ? "" : ", ").append(entry.name);
  return names;
}

std::string help_of_trace_formats() {
  std::string help;
  for (const Entry& entry : kEntries) {
    help.append("  ").append(entry.name).append(15 - entry.name.size(), ' ');
    help.append(entry.help).append("\n");
  }
  return help;
}

std::string render(std::span<const Trace> traces, TraceFormat format) {
  switch (format) {
    case TraceFormat::kTree:
      return each_in_lines(traces, [](const Trace& trace) { return to_tree_text(trace); });
    case TraceFormat::kTimeline:
      return each_in_lines(traces, [](const Trace& trace) { return to_timeline(trace); });
    case TraceFormat::kJson:
      return each_in_lines(traces, [](const Trace& trace) { return to_json(trace); });
    case TraceFormat::kJaeger:
      return to_jaeger_format(traces) + "\n";
    case TraceFormat::kChrome:
      return to_chrome_trace(traces);
    case TraceFormat::kPerfetto:
      return to_perfetto_trace(traces);
    case TraceFormat::kFolded:
      return to_folded_stacks(traces);
    case TraceFormat::kFoldedTokens:
      return to_folded_stacks(traces, FoldedWeight::kTokens);
    case TraceFormat::kFoldedCost:
      return to_folded_stacks(traces, FoldedWeight::kNanoDollars);
  }
  return {};
}

}  // namespace v1
}  // namespace tracebus
