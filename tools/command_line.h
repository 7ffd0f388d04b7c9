// SPDX-License-Identifier: Apache-2.0
//
// What the commands of tracebus have in common: how they join the command line, numbers with a
// range, and where events go.
#ifndef TRACEBUS_TOOLS_COMMAND_LINE_H_
#define TRACEBUS_TOOLS_COMMAND_LINE_H_

#include <CLI/CLI.hpp>

#include <functional>
#include <string>
#include <vector>

namespace tracebus {
inline namespace v1 {

// Runs the chosen command and returns its exit status. Empty until one was chosen.
using ChosenCommand = std::function<int()>;

// Each adds one command, which sets chosen when it is on the command line.
void add_bench_command(CLI::App& app, ChosenCommand& chosen);
void add_convert_command(CLI::App& app, ChosenCommand& chosen);
void add_demo_command(CLI::App& app, ChosenCommand& chosen);
void add_example_command(CLI::App& app, ChosenCommand& chosen);
void add_receive_command(CLI::App& app, ChosenCommand& chosen);
void add_replay_command(CLI::App& app, ChosenCommand& chosen);
void add_run_command(CLI::App& app, ChosenCommand& chosen);
void add_check_command(CLI::App& app, ChosenCommand& chosen);
void add_studio_command(CLI::App& app, ChosenCommand& chosen);
// tools/look
void add_cost_command(CLI::App& app, ChosenCommand& chosen);
void add_flame_command(CLI::App& app, ChosenCommand& chosen);
void add_query_command(CLI::App& app, ChosenCommand& chosen);
void add_show_command(CLI::App& app, ChosenCommand& chosen);
void add_tail_command(CLI::App& app, ChosenCommand& chosen);
void add_timeline_command(CLI::App& app, ChosenCommand& chosen);

// An option that takes one number from min to max, in decimal. What else it is given is refused
// with the option, the value and the range. T: std::uint64_t or double. REQUIRES: target outlives
// app.
template <class T>
CLI::Option* add_number(CLI::App& app, const std::string& name, T& target, T min, T max,
                        const std::string& help);

// An option that adds prefix and what it is given to specs, as often as it is given. REQUIRES:
// specs outlives app.
CLI::Option* add_spec(CLI::App& app, const std::string& name, const std::string& prefix,
                      std::vector<std::string>& specs, const std::string& help);
// --to SPEC
CLI::Option* add_to(CLI::App& app, std::vector<std::string>& specs, const std::string& help);

// The last paragraph of the help of every command with --to.
std::string help_of_specs();

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_COMMAND_LINE_H_
