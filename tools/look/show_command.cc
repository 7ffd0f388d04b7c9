// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "tracebus/core/json_fields.h"
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

struct Arguments {
  LookFiles look;
  ChosenRuns runs;
};

// How many calls of each run nobody priced, in one pass over all events.
using Unpriced = std::unordered_map<std::string, std::uint64_t>;

Unpriced unpriced_calls(const TraceStore& store, const RunPage& page) {
  SpanQuery query;
  if (page.runs.size() == 1) query.run_id = page.runs.front().run_id;
  Unpriced calls;
  for (const SpentGroup& group : store.costs(GroupBy::kRun, query).groups) {
    if (group.unpriced_calls != 0) calls.emplace(group.name, group.unpriced_calls);
  }
  return calls;
}

std::string mark_of(const RunSummary& run) {
  const std::string open = counted(run.open_spans, "span") + " open]";
  if (run.status == RunStatus::kOpen) return "[" + open;
  return run.status == RunStatus::kStale ? "[stale, " + open : std::string();
}

// The store's: it counts nothing twice, and knows of more than has a place in the tree.
RunFigures figures_of(const RunSummary& run, const Unpriced& unpriced) {
  RunFigures figures{.steps = run.steps,
                     .failed = run.status == RunStatus::kFailed,
                     .mark = mark_of(run)};
  // One moment alone says of no duration.
  if (run.start && run.end && *run.start != *run.end) {
    figures.duration_ns = std::llround(run.duration_s * 1e9);
  }
  if (run.cost_usd) figures.cost = NanoDollars(run.cost_nanos);
  const auto found = unpriced.find(run.run_id);
  if (found != unpriced.end()) figures.unpriced = found->second;
  return figures;
}

std::string list_text(const Arguments& arguments, const TraceStore& store, const RunPage& page) {
  const Terminal terminal = arguments.look.terminal();
  const StoreSummary all = store.summary();
  const Unpriced unpriced = unpriced_calls(store, page);
  const TreeTextOptions options{
      .fold_calls = true, .color = terminal.color, .width_max = terminal.width};
  std::string text =
      title_text(arguments.look.title(),
                 counted(all.count, "span") + " from " + counted(all.runs, "run"), terminal);
  for (const RunSummary& run : page.runs) {
    const absl::StatusOr<Trace> trace = store.trace(run.run_id);
    if (!trace.ok()) continue;
    text += "\n" + to_run_text(*trace, figures_of(run, unpriced), options);
  }
  if (page.matched > page.runs.size()) {
    text += "\n" + note_text(counted(page.matched - page.runs.size(), "older run") +
                                 " not shown: --limit 0 shows all",
                             terminal);
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

int run_show(Arguments arguments) {
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
