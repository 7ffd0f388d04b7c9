// SPDX-License-Identifier: Apache-2.0
//
// TopFigures as a screen for people, and as a line for scripts.
//
// Thread safety: pure functions.
#ifndef TRACEBUS_TOOLS_LOOK_TOP_TEXT_H_
#define TRACEBUS_TOOLS_LOOK_TOP_TEXT_H_

#include <string>
#include <string_view>

#include "tracebus/tools/look/terminal.h"
#include "tracebus/tools/look/top_figures.h"

namespace tracebus {
inline namespace v1 {

inline constexpr std::string_view kTopJsonHelp =
    "  {time, source, events, events_per_second (since the line before; null in the first),\n"
    "   open_runs, cost_usd_per_minute, calls_per_minute, errors_per_minute,\n"
    "   dropped (null without a bus), runs: [{run_id, workflow, start, steps, calls, cost_usd}],\n"
    "   slowest: [SPAN], errors: [SPAN]}, a line each time; SPAN: {time, event_type, agent_name,\n"
    "   name, model, run_id, duration_ms}. Of the last minute: costs, calls, errors, slowest;\n"
    "   while less than that was seen, what comes to a minute at that rate.\n";

// Events a second since another look; absent in the first.
struct TopRate {
  std::optional<double> events_per_second;
};

// source: what is looked at, safe to print; time: of the look, ISO 8601. Both are safe to print.
std::string top_text(const TopFigures& top, const TopRate& rate, std::string_view source,
                     std::string_view time, const Terminal& terminal);
std::string top_json(const TopFigures& top, const TopRate& rate, std::string_view source,
                     std::string_view time);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_LOOK_TOP_TEXT_H_
