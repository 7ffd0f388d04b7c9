// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/core/json_fields.h"
#include "tracebus/core/visible_text.h"
#include "tracebus/tools/command_line.h"
#include "tracebus/tools/exit_status.h"
#include "tracebus/tools/look/cost_text.h"
#include "tracebus/tools/look/look_files.h"
#include "tracebus/tools/look/look_text.h"
#include "tracebus/tools/look/query_options.h"
#include "tracebus/tools/look/run_lookup.h"
#include "tracebus/tools/text.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::uint64_t kGroupsShown = 20;

struct Arguments {
  LookFiles look;
  SpanQuery query;
  std::vector<CostDimension> by;
  std::uint64_t limit = kGroupsShown;
};

// Names with commas between them.
void add_by(CLI::App& app, std::vector<CostDimension>& by) {
  const auto take = [&by](const std::string& names) {
    by.clear();
    for (std::size_t begin = 0; begin <= names.size();) {
      const std::string name = names.substr(begin, names.find(',', begin) - begin);
      begin += name.size() + 1;
      const auto dimension = cost_dimension_called(name);
      if (!dimension) {
        throw CLI::ValidationError(
            "--by", "'" + visible(name) + "' is none of " + names_of_cost_dimensions());
      }
      if (std::ranges::find(by, name, &CostDimension::name) == by.end()) by.push_back(*dimension);
    }
  };
  app.add_option_function<std::string>("--by", take,
                                       names_of_cost_dimensions() +
                                           ", several with commas between them "
                                           "(model,workflow,agent,provider,day)")
      ->type_name("NAMES");
}

std::string costs_json(const Arguments& arguments, const SpanQuery& query,
                       const TraceStore& store) {
  JsonFields by;
  CostBreakdown all;
  for (const CostDimension& dimension : arguments.by) {
    all = store.costs(dimension.by, query);
    by.add_json(dimension.name, cost_groups_json(all, arguments.limit));
  }
  const std::string json = JsonFields()
                               .add("cost_usd", cost_total_usd(all))
                               .add("tokens", all.tokens)
                               .add("calls", all.calls)
                               .add_json("by", by.to_string())
                               .to_string();
  std::string text;
  append_visible_json(text, json);
  return text + "\n";
}

std::string costs_text(const Arguments& arguments, const SpanQuery& query,
                       const TraceStore& store) {
  const Terminal terminal = arguments.look.terminal();
  std::string text;
  for (const CostDimension& dimension : arguments.by) {
    const CostBreakdown costs = store.costs(dimension.by, query);
    if (text.empty()) {
      text = title_text(arguments.look.title(), cost_total_text(costs), terminal);
    }
    text += "\n" + cost_section_text(dimension, costs, arguments.limit, terminal);
  }
  return text;
}

int run_cost(Arguments arguments) {
  TraceStore store(arguments.look.store_options());
  const int status = load_files("cost", arguments.look, store);
  if (status == kExitUnusable && store.summary().count == 0) return status;
  SpanQuery query = arguments.query;
  if (const absl::Status found = find_run_of(store, query); !found.ok()) {
    return refuse_look("cost", std::string(found.message()));
  }
  return print("cost",
               arguments.look.json ? costs_json(arguments, query, store)
                                   : costs_text(arguments, query, store),
               status);
}

}  // namespace

void add_cost_command(CLI::App& app, ChosenCommand& chosen) {
  CLI::App& command =
      *app.add_subcommand("cost", "Says what was paid, by model, workflow, agent, day, ...");
  auto arguments = std::make_shared<Arguments>();
  for (const char* const name : {"model", "workflow", "agent", "provider", "day"}) {
    arguments->by.push_back(*cost_dimension_called(name));
  }
  add_look_files(command, arguments->look);
  add_by(command, arguments->by);
  add_query_filters(command, arguments->query);
  add_number(command, "--limit", arguments->limit, std::uint64_t{0}, std::uint64_t{1'000'000'000},
             "how many groups of each; 0: all (20)");
  command.footer(
      "\nA call and its cost record count once. A call without a cost counts as unpriced, never as "
      "free. The shape of --json:\n"
      "  {cost_usd, tokens, calls, by: {model: [group, ...], ...}}\n"
      "  group: {name, cost_usd, share (0 to 1), calls, unpriced_calls, runs, usd_per_run,\n"
      "          input_tokens, output_tokens, tokens, cache_read_tokens, cache_write_tokens},\n"
      "          the dearest first, days and hours from the newest; name is empty for events that\n"
      "          say none; of calls that nobody priced, cost_usd, share and usd_per_run are\n"
      "          null\n" +
      std::string(kLookExitHelp));
  command.callback([&chosen, arguments] { chosen = [arguments] { return run_cost(*arguments); }; });
}

}  // namespace v1
}  // namespace tracebus
