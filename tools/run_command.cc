// SPDX-License-Identifier: Apache-2.0
//
// run and check: what a config file describes, without a program around it.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tracebus/bus/option_list.h"
#include "tracebus/config/config_file.h"
#include "tracebus/config/cost_watch.h"
#include "tracebus/exporters/connection_check.h"
#include "tracebus/exporters/spool/spool_check.h"
#include "tracebus/readers/live_source.h"
#include "tracebus/tools/command_line.h"
#include "tracebus/tools/event_formats.h"
#include "tracebus/tools/exit_status.h"
#include "tracebus/tools/interrupt.h"
#include "tracebus/tools/replay.h"
#include "tracebus/tools/replay_report.h"
#include "tracebus/tools/text.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::chrono::seconds kCheckTimeout(5);

struct Arguments {
  std::string config;
  std::string events = "-";
};

void say(const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); }

// Each line of its own, as file:line: key: what is wrong.
int refuse(const char* command, const absl::Status& status) {
  const std::string message(status.message());
  std::size_t begin = 0;
  while (begin <= message.size()) {
    const std::size_t end = std::min(message.find('\n', begin), message.size());
    say("tracebus " + std::string(command) + ": " + visible(message.substr(begin, end - begin)));
    begin = end + 1;
  }
  return kExitUnusable;
}

absl::Status within(const std::string& where, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(), where + ": " + std::string(status.message()));
}

// Reading waits for who is slow, as nothing else would be asked of a pipe.
absl::StatusOr<Config> read_config(const std::string& path,
                                   ExporterFactory factory = command_exporters()) {
  auto config =
      read_config_file(path, {.factory = std::move(factory), .overflow = Overflow::kBlock});
  if (!config.ok()) return config;
  for (ExporterConfig& exporter : config->exporters) {
    ExporterOptions& options = exporter.options;
    if (options.block_timeout_ms == kBlockTimeoutMsDefault) options.block_timeout_ms = kHourMs;
  }
  return config;
}

absl::Status add_exporters(const Config& config, TraceEventBus& bus) {
  if (!bus.status().ok()) return bus.status();
  if (config.exporters.empty()) {
    return absl::InvalidArgumentError(
        "there are no exporters; give some, as {\"exporters\": "
        "[{\"to\": \"console\"}]}");
  }
  for (const ExporterConfig& exporter : config.exporters) {
    auto made = exporter.make();
    if (!made.ok()) return within(exporter.where, made.status());
    const auto added = bus.add_exporter(*std::move(made), exporter.options);
    if (!added.ok()) return within(exporter.where, added.status());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<EventReader>> open_live(const std::string& events) {
  if (events == "-") return read_recorded(live_source(STDIN_FILENO, was_interrupted));
  auto source = follow_file(events, was_interrupted);
  if (!source.ok()) return source.status();
  return read_recorded(*std::move(source));
}

int run(const Arguments& arguments) {
  const absl::StatusOr<Config> config = read_config(arguments.config);
  if (!config.ok()) return refuse("run", config.status());
  if (!config->enabled) {
    say("tracebus run: " + visible(arguments.config) + ": it is not enabled, so nothing is read");
    return kExitOk;
  }
  catch_interrupts();
  Replay replay({}, config->bus);
  if (absl::Status added = add_exporters(*config, replay.bus()); !added.ok()) {
    return refuse("run", added);
  }
  std::unique_ptr<CostWatch> costs;
  if (config->budget) {
    auto started = CostWatch::start(replay.bus(), config->bus.log, config->prices, config->budget);
    if (!started.ok()) return refuse("run", started.status());
    costs = *std::move(started);
  }
  const std::string name = arguments.events == "-" ? "standard input" : arguments.events;
  ReplayedFile read;
  auto reader = open_live(arguments.events);
  if (reader.ok()) {
    read = replay.send(**reader);
  } else {
    read.opened = reader.status();
  }
  int status = report_file("run", name, read);
  const absl::Status ended = replay.finish();
  costs.reset();
  return std::max(status, report_end("run", ended, replay.stats()));
}

// Whether what an exporter sends to answers; nothing is sent but requests without events.
absl::Status check(absl::StatusOr<std::unique_ptr<Exporter>>& made, Deadline deadline) {
  if (!made.ok()) return made.status();
  auto* const connection = dynamic_cast<ConnectionCheck*>(made->get());
  return connection == nullptr ? absl::OkStatus() : connection->check_connection(deadline);
}

// Side by side, so that all who do not answer take the time of one.
std::vector<absl::Status> check_all(const std::vector<ExporterConfig>& exporters) {
  const Deadline deadline = std::chrono::steady_clock::now() + kCheckTimeout;
  std::vector<absl::StatusOr<std::unique_ptr<Exporter>>> made;
  for (const ExporterConfig& exporter : exporters) made.push_back(exporter.make_for_check());
  std::vector<absl::Status> checked(made.size());
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < made.size(); ++i) {
    threads.emplace_back([&, i] { checked[i] = check(made[i], deadline); });
  }
  threads.clear();
  return checked;
}

int run_check(const Arguments& arguments) {
  ExporterFactory factory = command_exporters();
  add_spool_check(factory);
  const absl::StatusOr<Config> config = read_config(arguments.config, std::move(factory));
  if (!config.ok()) return refuse("check", config.status());
  const std::vector<absl::Status> checked = check_all(config->exporters);
  int status = kExitOk;
  for (std::size_t i = 0; i < checked.size(); ++i) {
    const ExporterConfig& exporter = config->exporters[i];
    std::string line = visible(exporter.where) + " (" + visible(exporter.to) + "): ";
    if (checked[i].ok()) {
      line += "ok";
    } else {
      line += visible(std::string(checked[i].message()));
      status = kExitIncomplete;
    }
    std::printf("%s\n", line.c_str());
  }
  if (config->exporters.empty()) std::printf("%s: no exporters\n", arguments.config.c_str());
  if (!config->enabled) std::printf("%s: not enabled\n", arguments.config.c_str());
  return status;
}

CLI::App& add_config_command(CLI::App& app, ChosenCommand& chosen, const std::string& name,
                             const std::string& help, std::shared_ptr<Arguments> arguments,
                             int (*run_it)(const Arguments&)) {
  CLI::App& command = *app.add_subcommand(name, help);
  command.add_option("--config", arguments->config, "the JSON file that describes it")
      ->type_name("FILE")
      ->required();
  command.callback([&chosen, arguments, run_it] {
    chosen = [arguments, run_it] { return run_it(*arguments); };
  });
  return command;
}

}  // namespace

void add_run_command(CLI::App& app, ChosenCommand& chosen) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = add_config_command(
      app, chosen, "run", "Reads events as they come, and sends them where a config file says.",
      arguments, run);
  command.add_option(
      "EVENTS", arguments->events,
      "a file to follow as it grows, until ^C; - for standard input, to its end (-)");
  command.footer(
      "The exit status is 0 if all went well, 1 if something was bad and the rest went on, 2 if "
      "nothing was begun.\n");
}

void add_check_command(CLI::App& app, ChosenCommand& chosen) {
  CLI::App& command = add_config_command(
      app, chosen, "check",
      "Reads a config file, tries the connection of each exporter, and says what failed.",
      std::make_shared<Arguments>(), run_check);
  command.footer(
      "The exit status is 0 if all is well, 1 if an exporter could not be made or reached, 2 if "
      "the file is wrong.\n");
}

}  // namespace v1
}  // namespace tracebus
