// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>

#include "tracebus/core/json_fields.h"
#include "tracebus/core/visible_text.h"
#include "tracebus/render/folded_stacks.h"
#include "tracebus/render/text_parts.h"
#include "tracebus/tools/command_line.h"
#include "tracebus/tools/exit_status.h"
#include "tracebus/tools/look/chosen_runs.h"
#include "tracebus/tools/look/flame_drawing.h"
#include "tracebus/tools/look/flame_tree.h"
#include "tracebus/tools/look/look_files.h"
#include "tracebus/tools/look/look_text.h"
#include "tracebus/tools/output_file.h"
#include "tracebus/tools/text.h"

namespace tracebus {
inline namespace v1 {
namespace {

struct Measure {
  std::string_view name;
  std::string_view unit;
  FoldedWeight weight;
};
constexpr Measure kMeasures[] = {{"time", "ns", FoldedWeight::kSelfTimeNs},
                                 {"tokens", "tokens", FoldedWeight::kTokens},
                                 {"cost", "nanodollars", FoldedWeight::kNanoDollars}};

struct Arguments {
  LookFiles look;
  ChosenRuns runs;
  Measure by = kMeasures[0];
  std::string svg;
};

std::string amount_text(FoldedWeight weight, std::int64_t amount) {
  switch (weight) {
    case FoldedWeight::kTokens:
      return grouped_signed(amount) + " tokens";
    case FoldedWeight::kNanoDollars:
      return dollars_text(amount);
    default: {
      std::string text;
      append_duration(text, amount);
      return text;
    }
  }
}

int write_svg(const Arguments& arguments, const FlameTree& tree, std::uint64_t runs, int status) {
  const FoldedWeight weight = arguments.by.weight;
  const auto amount = [weight](std::int64_t number) { return amount_text(weight, number); };
  const std::string title = arguments.look.title() + ": " + std::string(arguments.by.name) +
                            " of " + counted(runs, "run") + ", " +
                            amount(tree.nodes().front().total);
  const absl::Status written =
      write_output(arguments.svg, flame_drawing(tree, title, amount), arguments.look.files);
  if (written.ok()) return status;
  return refuse_look("flame", "--svg: " + visible(std::string(written.message())));
}

std::string tree_json(const Arguments& arguments, const FlameTree& tree, std::uint64_t runs) {
  const std::string json = JsonFields()
                               .add("unit", arguments.by.unit)
                               .add("runs", runs)
                               .add("total", tree.nodes().front().total)
                               .add_json("tree", tree.to_json())
                               .to_string();
  std::string text;
  append_visible_json(text, json);
  return text + "\n";
}

int run_flame(Arguments arguments) {
  TraceStore store(arguments.look.store_options());
  const int status = load_files("flame", arguments.look, store);
  if (status == kExitUnusable && store.summary().count == 0) return status;
  const absl::StatusOr<RunPage> page = choose_runs(store, arguments.runs);
  if (!page.ok()) return refuse_look("flame", std::string(page.status().message()));
  FlameTree tree;
  // One trace at a time: that bounds memory by the different ways, and not by the spans.
  for (const RunSummary& run : page->runs) {
    const absl::StatusOr<Trace> trace = store.trace(run.run_id);
    if (trace.ok()) tree.add_folded(to_folded_stacks({&*trace, 1}, arguments.by.weight));
  }
  tree.add_up();
  const std::uint64_t runs = page->runs.size();
  const int written = arguments.svg.empty() ? status : write_svg(arguments, tree, runs, status);
  if (arguments.look.json) return print("flame", tree_json(arguments, tree, runs), written);
  return arguments.svg.empty() ? print("flame", tree.to_folded(), written) : written;
}

void add_by(CLI::App& app, Measure& by) {
  const auto take = [&by](const std::string& name) {
    for (const Measure& measure : kMeasures) {
      if (measure.name != name) continue;
      by = measure;
      return;
    }
    throw CLI::ValidationError("--by", "'" + visible(name) + "' is none of time, tokens, cost");
  };
  app.add_option_function<std::string>(
         "--by", take, "time (ns that a span took itself), tokens, cost (nanodollars) (time)")
      ->type_name("MEASURE");
}

}  // namespace

void add_flame_command(CLI::App& app, ChosenCommand& chosen) {
  CLI::App& command = *app.add_subcommand(
      "flame", "Folds runs of recorded events into one flame graph, as text or as an SVG.");
  auto arguments = std::make_shared<Arguments>();
  add_look_files(command, arguments->look);
  add_chosen_runs(command, arguments->runs, 0);
  add_by(command, arguments->by);
  command
      .add_option("--svg", arguments->svg,
                  "a file to write the drawing to, whole or not at all, instead of folded stacks; "
                  "-: standard output")
      ->type_name("PATH");
  command.footer(
      "\nFolded stacks (\"root;child;leaf NUMBER\") are read by flamegraph.pl, speedscope and "
      "ui.perfetto.dev. The shape of --json:\n"
      "  {unit, runs, total, tree: {name, value, self, children: [...]}}\n" +
      std::string(kLookExitHelp));
  command.callback(
      [&chosen, arguments] { chosen = [arguments] { return run_flame(*arguments); }; });
}

}  // namespace v1
}  // namespace tracebus
