// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <string>

#include "tracebus/render/filled_line.h"
#include "tracebus/render/timeline.h"
#include "tracebus/studio/moment_text.h"
#include "tracebus/tools/command_line.h"
#include "tracebus/tools/exit_status.h"
#include "tracebus/tools/look/chosen_runs.h"
#include "tracebus/tools/look/look_files.h"
#include "tracebus/tools/look/look_text.h"
#include "tracebus/tools/look/run_json.h"
#include "tracebus/tools/text.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::uint64_t kRunsShown = 5;
constexpr std::size_t kBarMin = 10;
// "+ " and " [1234567.8ms]" beside a name.
constexpr std::size_t kBesideName = 16;

struct Arguments {
  LookFiles look;
  ChosenRuns runs;
  std::uint64_t width = 0;  // 0: as the terminal has room
};

// So that the deepest bar ends within the terminal.
TimelineOptions options_for(const Trace& trace, const Arguments& arguments,
                            const Terminal& terminal) {
  TimelineOptions options;
  const TraceTree tree = trace.get_span_tree();
  std::uint32_t depth = 0;
  for (const TraceNode& node : tree.nodes()) depth = std::max(depth, node.depth);
  options.depth_max = static_cast<std::uint32_t>(terminal.width / 4);
  const std::size_t indent = std::min(depth, options.depth_max) + 3;  // a space and two bars
  const std::size_t room = terminal.width - indent;
  options.width = arguments.width != 0 ? arguments.width : std::max(kBarMin, room);
  options.name_max = std::min(options.name_max, terminal.width - indent - kBesideName);
  options.line_max = terminal.width;
  return options;
}

// Lines of spans that failed are red, those of open ones yellow, with all that belongs to them.
std::string colored(std::string_view timeline, const Terminal& terminal) {
  std::string out;
  Ink ink = Ink::kPlain;
  while (!timeline.empty()) {
    const std::string_view line = timeline.substr(0, timeline.find('\n'));
    const std::size_t begin = line.find_first_not_of(' ');
    const std::string_view icon = begin == line.npos ? line : line.substr(begin, 2);
    if (icon == "x ") ink = Ink::kRed;
    if (icon == "+ " || icon == "? ") ink = Ink::kPlain;
    if (ink == Ink::kPlain && line.find("[open]") != line.npos) ink = Ink::kYellow;
    out += terminal.inked(line, ink) + "\n";
    timeline.remove_prefix(std::min(line.size() + 1, timeline.size()));
  }
  return out;
}

std::string heading_of(const RunSummary& run, const Terminal& terminal) {
  std::string heading;
  FilledLine line(heading, terminal.width, "  ");
  line.add("Run " + visible(run.run_id), 0);
  line.add(moment_text(run.start), 3);
  line.add(to_string(run.status), 3);
  return terminal.inked(heading, Ink::kBold) + "\n";
}

std::string timelines(const Arguments& arguments, const TraceStore& store, const RunPage& page) {
  const Terminal terminal = arguments.look.terminal();
  std::string text = page.matched == 0 ? "Empty trace\n" : "";
  for (const RunSummary& run : page.runs) {
    const absl::StatusOr<Trace> trace = store.trace(run.run_id);
    if (!trace.ok()) continue;
    text += (text.empty() ? "" : "\n") + heading_of(run, terminal);
    text += colored(to_timeline(*trace, options_for(*trace, arguments, terminal)), terminal);
  }
  if (page.matched > page.runs.size()) {
    text += "\n" + note_text(counted(page.matched - page.runs.size(), "older run") +
                                 " not shown: --limit 0 shows all",
                             terminal);
  }
  return text;
}

std::string runs_json(const TraceStore& store, const RunPage& page) {
  std::string text;
  for (const RunSummary& run : page.runs) {
    const absl::StatusOr<Trace> trace = store.trace(run.run_id);
    if (trace.ok()) text += run_json(run, *trace) + "\n";
  }
  return text;
}

int run_timeline(Arguments arguments) {
  TraceStore store(arguments.look.store_options());
  const int status = load_files("timeline", arguments.look, store);
  if (status == kExitUnusable && store.summary().count == 0) return status;
  const absl::StatusOr<RunPage> page = choose_runs(store, arguments.runs);
  if (!page.ok()) return refuse_look("timeline", std::string(page.status().message()));
  return print("timeline",
               arguments.look.json ? runs_json(store, *page) : timelines(arguments, store, *page),
               status);
}

}  // namespace

void add_timeline_command(CLI::App& app, ChosenCommand& chosen) {
  CLI::App& command =
      *app.add_subcommand("timeline", "Draws runs of recorded events as bars on a line of time.");
  auto arguments = std::make_shared<Arguments>();
  add_look_files(command, arguments->look);
  add_chosen_runs(command, arguments->runs, kRunsShown);
  add_number(command, "--width", arguments->width, std::uint64_t{0}, std::uint64_t{1000},
             "of the longest bar, in characters; 0: as the terminal has room (0)");
  command.footer("\n+ is ok, x an error, ? neither. The shape of --json, one line a run:\n" +
                 std::string(kRunJsonHelp) + std::string(kLookExitHelp));
  command.callback(
      [&chosen, arguments] { chosen = [arguments] { return run_timeline(*arguments); }; });
}

}  // namespace v1
}  // namespace tracebus
