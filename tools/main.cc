// SPDX-License-Identifier: Apache-2.0
//
// tracebus: the command line of the event bus.
#include <signal.h>

#include <CLI/CLI.hpp>

#include <exception>
#include <iostream>
#include <string>

#include "tracebus/tools/command_line.h"
#include "tracebus/tools/exit_status.h"

namespace {

std::string names_of_commands(CLI::App& app) {
  std::string names;
  for (const CLI::App* const command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names += (names.empty() ? "" : ", ") + command->get_name();
  }
  return names;
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
  tracebus::add_timeline_command(app, chosen);
#endif
#ifdef TRACEBUS_WITH_STUDIO
  tracebus::add_studio_command(app, chosen);
#endif
  try {
    app.parse(argc, argv);
    if (!chosen) throw CLI::RequiredError("A command (" + names_of_commands(app) + ")");
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? tracebus::kExitOk : tracebus::kExitUnusable;
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
