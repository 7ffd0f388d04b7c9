// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>

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

struct Arguments {
  std::vector<std::string> files;
  std::vector<std::string> to;
  ReplayOptions options;
};

// Standard output may be the console exporter's, so what the command says goes to standard error.
void say(const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); }

// A file that is read and appended to at the same time would never end.
bool is_written_to(const std::string& file, const std::string& spec) {
  const std::size_t colon = spec.find(':');
  if (colon == std::string::npos) return false;
  struct stat from = {};
  struct stat to = {};
  return stat(file.c_str(), &from) == 0 && stat(spec.substr(colon + 1).c_str(), &to) == 0 &&
         S_ISREG(from.st_mode) && from.st_dev == to.st_dev && from.st_ino == to.st_ino;
}

bool check_destinations(const Arguments& arguments) {
  for (const std::string& file : arguments.files) {
    for (const std::string& spec : arguments.to) {
      if (!is_written_to(file, spec)) continue;
      say("tracebus replay: --to " + visible_spec(spec) + ": " + visible(file) +
          " cannot be read and appended to at the same time");
      return false;
    }
  }
  return true;
}

int run_replay(const Arguments& arguments) {
  if (!check_destinations(arguments)) return kExitUnusable;
  Replay replay(arguments.options);
  auto exporters = make_exporters("--to", arguments.to);
  const absl::Status started =
      exporters.ok() ? replay.start(*std::move(exporters)) : exporters.status();
  if (!started.ok()) {
    say("tracebus replay: " + std::string(started.message()));
    return kExitUnusable;
  }
  catch_interrupts();
  int status = kExitOk;
  for (const std::string& path : arguments.files) {
    if (was_interrupted()) break;
    status = std::max(status, report_file("replay", path, replay.send(path)));
  }
  const absl::Status ended = replay.finish();
  status = std::max(status, report_end("replay", ended, replay.stats()));
  return was_interrupted() ? std::max(status, kExitIncomplete) : status;
}

void set_speed(const std::string& text, ReplayOptions& options) {
  options.speed.reset();
  if (text == "max") return;
  double factor = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), factor);
  const bool is_number = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  if (!is_number || !(factor >= 0.01 && factor <= 1e6)) {
    throw CLI::ValidationError(
        "--speed", "'" + visible(text) + "' is neither max nor a number from 0.01 to 1000000");
  }
  options.speed = factor;
}

}  // namespace

void add_replay_command(CLI::App& app, ChosenCommand& chosen) {
  CLI::App& command = *app.add_subcommand(
      "replay", "Sends recorded events through the bus again, as they were, and loses none.");
  auto arguments = std::make_shared<Arguments>();
  command
      .add_option("FILE", arguments->files,
                  "JSONL (ours, pyagent's, Studio's, OTLP, agent-inspect and the like), JSON "
                  "documents (OTLP, Jaeger's) or Protobuf files, also compressed by gzip; -: "
                  "standard input")
      ->required();
  add_to(command, arguments->to, "where the events go (console)");
  command
      .add_option_function<std::string>(
          "--speed", [arguments](const std::string& text) { set_speed(text, arguments->options); },
          "max, or how many times as fast as recorded: 1 is the recorded pace, with pauses of 10 s "
          "at most (max)")
      ->type_name("SPEED");
  command.footer(
      help_of_specs() +
      "\nThe exit status is 0 if all went well, 1 if something was bad and the rest went "
      "on, 2 if a file could not be read or nothing was begun.\n");
  command.callback([&chosen, arguments] {
    if (arguments->to.empty()) arguments->to.push_back("console");
    chosen = [arguments] { return run_replay(*arguments); };
  });
}

}  // namespace v1
}  // namespace tracebus
