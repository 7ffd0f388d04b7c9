// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <string>

#include "tracebus/core/json_fields.h"
#include "tracebus/render/text_parts.h"
#include "tracebus/render/tree_text.h"
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

constexpr std::uint64_t kRunsShown = 20;
constexpr std::size_t kNameMin = 8;

struct Arguments {
  LookFiles look;
  ChosenRuns runs;
};

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    width = std::max(width, count_code_points(line));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return width;
}

// Names become shorter until the widest line fits, or they cannot.
std::string fitted_tree(const Trace& trace, const Terminal& terminal) {
  TreeTextOptions options{.fold_calls = true};
  std::string text = to_run_text(trace, options);
  while (width_of(text) > terminal.width && options.name_max > kNameMin) {
    const std::size_t excess = width_of(text) - terminal.width;
    options.name_max = std::max(kNameMin, options.name_max - std::min(options.name_max, excess));
    text = to_run_text(trace, options);
  }
  options.color = terminal.color;
  return terminal.color ? to_run_text(trace, options) : text;
}

// What the headline, which is the root's, does not say of the run.
std::string mark_of(const RunSummary& run, std::string_view headline, const Terminal& terminal) {
  const std::string open = counted(run.open_spans, "span") + " open]";
  switch (run.status) {
    case RunStatus::kFailed:
      return headline.find(" [error") != headline.npos ? std::string()
                                                       : terminal.inked("   [failed]", Ink::kRed);
    case RunStatus::kOpen:
      return terminal.inked("   [" + open, Ink::kYellow);
    case RunStatus::kStale:
      return terminal.inked("   [stale, " + open, Ink::kYellow);
    default:
      return {};
  }
}

std::string run_text(const RunSummary& run, const Trace& trace, const Terminal& terminal) {
  const std::string text = fitted_tree(trace, terminal);
  const std::string headline = text.substr(0, text.find('\n'));
  const Ink ink = run.status == RunStatus::kFailed ? Ink::kRed : Ink::kBold;
  return terminal.inked(headline, ink) + mark_of(run, headline, terminal) +
         text.substr(headline.size());
}

std::string list_text(const Arguments& arguments, const TraceStore& store, const RunPage& page) {
  const Terminal terminal = arguments.look.terminal();
  const StoreSummary all = store.summary();
  std::string text = terminal.inked(arguments.look.title() + " — " + counted(all.count, "span") +
                                        " from " + counted(all.runs, "run"),
                                    Ink::kBold) +
                     "\n";
  for (const RunSummary& run : page.runs) {
    const absl::StatusOr<Trace> trace = store.trace(run.run_id);
    if (trace.ok()) text += "\n" + run_text(run, *trace, terminal);
  }
  if (page.matched > page.runs.size()) {
    text += "\n" + counted(page.matched - page.runs.size(), "older run") +
            " not shown: --limit 0 shows all\n";
  }
  return text;
}

std::string list_json(const TraceStore& store, const RunPage& page) {
  const StoreSummary all = store.summary();
  std::string runs = "[";
  for (const RunSummary& run : page.runs) {
    const absl::StatusOr<Trace> trace = store.trace(run.run_id);
    if (!trace.ok()) continue;
    if (runs.size() > 1) runs += ",\n";
    runs += run_json(run, *trace);
  }
  return JsonFields()
             .add("spans", all.count)
             .add("runs", all.runs)
             .add("matched", page.matched)
             .add_json("list", runs + "]")
             .to_string() +
         "\n";
}

int run_show(const Arguments& arguments) {
  TraceStore store(arguments.look.store_options());
  const int status = load_files("show", arguments.look, store);
  if (status == kExitUnusable && store.summary().count == 0) return status;
  const absl::StatusOr<RunPage> page = choose_runs(store, arguments.runs);
  if (!page.ok()) return refuse_look("show", std::string(page.status().message()));
  return print("show",
               arguments.look.json ? list_json(store, *page) : list_text(arguments, store, *page),
               status);
}

}  // namespace

void add_show_command(CLI::App& app, ChosenCommand& chosen) {
  CLI::App& command =
      *app.add_subcommand("show", "Lists the runs of recorded events, with what each step took.");
  auto arguments = std::make_shared<Arguments>();
  add_look_files(command, arguments->look);
  add_chosen_runs(command, arguments->runs, kRunsShown);
  command.footer(
      "\nA span here is an event, as in pyagent's Studio. The shape of --json:\n"
      "  {spans, runs, matched, list: [run, ...]}\n" +
      std::string(kRunJsonHelp) + std::string(kLookExitHelp));
  command.callback([&chosen, arguments] { chosen = [arguments] { return run_show(*arguments); }; });
}

}  // namespace v1
}  // namespace tracebus
