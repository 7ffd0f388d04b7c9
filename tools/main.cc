// SPDX-License-Identifier: Apache-2.0
//
// tracebus: the command line of the event bus.
#include <signal.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <exception>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>

#include "tracebus/tools/command_line.h"
#include "tracebus/tools/exit_status.h"
#include "tracebus/tools/text.h"

namespace {

std::string names_of_commands(CLI::App& app) {
  std::string names;
  for (const CLI::App* const command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names += (names.empty() ? "" : ", ") + command->get_name();
  }
  return names;
}

// What is wrong with a command line is told with its own words, which may be anything.
void print_visible(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    std::cerr << tracebus::visible(line) << "\n";
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
}

int parse_and_run(int argc, char** argv) {
  CLI::App app(
      "tracebus: sends what AI agents do through an event bus, and says what became of it.",
      "tracebus");
  app.set_version_flag("--version", "tracebus " TRACEBUS_VERSION);
  app.require_subcommand(0, 1);  // that none is too few is said below, after what is unknown
  tracebus::ChosenCommand chosen;
  tracebus::add_bench_command(app, chosen);
  tracebus::add_check_command(app, chosen);
#ifdef TRACEBUS_WITH_RENDER
  tracebus::add_convert_command(app, chosen);
#endif
  tracebus::add_demo_command(app, chosen);
#ifdef TRACEBUS_WITH_EXAMPLES
  tracebus::add_example_command(app, chosen);
#endif
#ifdef TRACEBUS_WITH_RECEIVER
  tracebus::add_receive_command(app, chosen);
#endif
  tracebus::add_replay_command(app, chosen);
  tracebus::add_run_command(app, chosen);
#ifdef TRACEBUS_WITH_STORE
  tracebus::add_cost_command(app, chosen);
  tracebus::add_flame_command(app, chosen);
  tracebus::add_query_command(app, chosen);
  tracebus::add_show_command(app, chosen);
  tracebus::add_tail_command(app, chosen);
  tracebus::add_top_command(app, chosen);
  tracebus::add_timeline_command(app, chosen);
#endif
#ifdef TRACEBUS_WITH_STUDIO
  tracebus::add_studio_command(app, chosen);
#endif
  try {
    app.parse(argc, argv);
    if (!chosen) throw CLI::RequiredError("A command (" + names_of_commands(app) + ")");
  } catch (const CLI::ParseError& error) {
    std::ostringstream said;
    const int status = app.exit(error, std::cout, said);
    print_visible(said.str());
    return status == 0 ? tracebus::kExitOk : tracebus::kExitUnusable;
  }
  return chosen();
}

}  // namespace

int main(int argc, char** argv) {
  // Whoever reads our output may go away: that is a failed write, not the end of the account.
  signal(SIGPIPE, SIG_IGN);
  try {
    return parse_and_run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "tracebus: " << error.what() << "\n";
    return tracebus::kExitUnusable;
  }
}
