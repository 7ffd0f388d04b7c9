// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>
#include <string>

#include "tracebus/tools/command_line.h"
#include "tracebus/tools/exit_status.h"
#include "tracebus/tools/look/look_files.h"
#include "tracebus/tools/look/look_text.h"
#include "tracebus/tools/look/query_options.h"
#include "tracebus/tools/look/run_lookup.h"
#include "tracebus/tools/look/run_json.h"
#include "tracebus/tools/look/span_table_text.h"
#include "tracebus/tools/text.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::uint64_t kSpansShown = 100;

struct Arguments {
  LookFiles look;
  SpanQuery query;
  bool reverse = false;
  std::uint64_t limit = kSpansShown;
  std::uint64_t offset = 0;
};

void add_sort(CLI::App& app, SpanQuery& query) {
  struct Sort {
    std::string_view name;
    SpanSort sort;
    bool descending;
  };
  const auto take = [&query](const std::string& text) {
    constexpr Sort kSorts[] = {{"arrival", SpanSort::kByArrival, false},
                               {"time", SpanSort::kByTime, false},
                               {"duration", SpanSort::kByDuration, true},
                               {"cost", SpanSort::kByCost, true},
                               {"tokens", SpanSort::kByTokens, true}};
    for (const Sort& sort : kSorts) {
      if (text != sort.name) continue;
      query.sort = sort.sort;
      query.descending = sort.descending;
      return;
    }
    throw CLI::ValidationError(
        "--sort", "'" + visible(text) + "' is none of arrival, time, duration, cost, tokens");
  };
  app.add_option_function<std::string>(
         "--sort", take, "arrival or time, or the largest duration, cost or tokens first (arrival)")
      ->type_name("BY");
}

std::string page_json(const TraceStore& store, const SpanPage& page) {
  std::string text;
  for (const StoredSpan& span : page) {
    text += span_json(span, store.event_json(span.number).value_or("null")) + "\n";
  }
  return text;
}

int run_query(Arguments arguments) {
  TraceStore store(arguments.look.store_options());
  int status = load_files("query", arguments.look, store);
  if (status == kExitUnusable && store.summary().count == 0) return status;
  SpanQuery query = arguments.query;
  if (const absl::Status found = find_run_of(store, query); !found.ok()) {
    return refuse_look("query", std::string(found.message()));
  }
  query.descending ^= arguments.reverse;
  query.offset = arguments.offset;
  if (arguments.limit != 0) query.limit = arguments.limit;
  const SpanPage page = store.query(query);
  status = print("query",
                 arguments.look.json ? page_json(store, page)
                                     : span_table_text(page, arguments.look.terminal()),
                 status);
  if (page.size() != page.matched()) {
    std::fprintf(stderr, "%s of %s that match: --limit and --offset show others\n",
                 grouped(page.size()).c_str(), counted(page.matched(), "event").c_str());
  }
  return status;
}

}  // namespace

void add_query_command(CLI::App& app, ChosenCommand& chosen) {
  CLI::App& command =
      *app.add_subcommand("query", "Finds recorded events: all conditions must hold.");
  auto arguments = std::make_shared<Arguments>();
  add_look_files(command, arguments->look);
  add_query_filters(command, arguments->query);
  add_sort(command, arguments->query);
  command.add_flag("--reverse", arguments->reverse, "the other way around");
  constexpr std::uint64_t kMost = 1'000'000'000;
  add_number(command, "--limit", arguments->limit, std::uint64_t{0}, kMost,
             "how many; 0: all (100)");
  add_number(command, "--offset", arguments->offset, std::uint64_t{0}, kMost,
             "how many to leave out before (0)");
  command.footer("\nThe shape of --json, one line an event:\n" + std::string(kSpanJsonHelp) +
                 std::string(kLookExitHelp));
  command.callback(
      [&chosen, arguments] { chosen = [arguments] { return run_query(*arguments); }; });
}

}  // namespace v1
}  // namespace tracebus
