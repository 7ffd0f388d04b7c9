// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>

#include "tracebus/render/tree_text.h"
#include "tracebus/tools/command_line.h"
#include "tracebus/tools/event_formats.h"
#include "tracebus/tools/examples/agents/example_session.h"
#include "tracebus/tools/examples/agents/live_text.h"
#include "tracebus/tools/exit_status.h"
#include "tracebus/tools/interrupt.h"
#include "tracebus/tools/text.h"
#ifdef TRACEBUS_WITH_STUDIO
#include "tracebus/tools/studio_command.h"
#endif

namespace tracebus {
inline namespace v1 {
namespace {

constexpr const char* kKeyVariable = "OPENAI_API_KEY";

constexpr std::uint64_t kNoPort = 65536;

struct Arguments {
  std::string name;
  std::vector<std::string> exports;
  double timeout_s = 120;
  std::uint64_t serve = kNoPort;  // our endpoint to others; else the agents are run
  std::string studio;             // the port of the page that shows the run; empty: none
  examples::ExampleOptions options;
};

void say(const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); }

// Line feeds of an answer stay, all else that could move the cursor does not.
std::string visible_lines(std::string_view text) {
  std::string out;
  for (bool goes_on = true; goes_on;) {
    const std::size_t end = text.find('\n');
    goes_on = end != std::string_view::npos;
    out += visible(text.substr(0, end)) + "\n";
    if (goes_on) text.remove_prefix(end + 1);
  }
  return out;
}

int report_delivery(const examples::ExampleOutcome& outcome) {
  int status = kExitOk;
  if (!outcome.closed.ok()) {
    say("tracebus example: " + visible(std::string(outcome.closed.message())));
    status = kExitIncomplete;
  }
  for (const SubscriptionStats& subscription : outcome.stats.subscriptions) {
    if (subscription.delivered == subscription.matched) continue;
    say(visible(subscription.name) + ": " + grouped(subscription.delivered) + " of " +
        grouped(subscription.matched) + " events delivered; lost: " +
        drops_text(subscription.dropped) + "; " + visible(subscription.last_error));
    status = kExitIncomplete;
  }
  return status;
}

int report(const examples::Example& example, const examples::ExampleOutcome& outcome) {
  std::string out;
  if (outcome.error.empty()) out = visible_lines(outcome.answer) + "\n";
  out += to_tree_text(outcome.trace, {.profile = example.profile,
                                      .fold_calls = example.fold_calls,
                                      .color = isatty(STDOUT_FILENO) == 1});
  int status = report_delivery(outcome);
  if (std::fputs(out.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
    say("tracebus example: standard output could not be written");
    status = kExitIncomplete;
  }
  if (outcome.error.empty()) return status;
  say("tracebus example: the run failed: " + visible(outcome.error));
  return kExitIncomplete;
}

absl::Status watch(TraceEventBus& bus, examples::LiveText& live, ScopedSubscription& watching) {
  auto watched = live.watch(bus);
  if (watched.ok()) watching = *std::move(watched);
  return watched.status();
}

int refuse(const absl::Status& status) {
  say("tracebus example: " + visible(std::string(status.message())));
  return kExitUnusable;
}

#ifdef TRACEBUS_WITH_STUDIO
absl::Status show_in_studio(const std::string& port, TraceEventBus& bus,
                            std::unique_ptr<Studio>& studio) {
  StudioOptions options;
  const auto read = std::from_chars(port.data(), port.data() + port.size(), options.port);
  if (read.ec != std::errc() || read.ptr != port.data() + port.size()) {
    return absl::InvalidArgumentError("--studio=" + port + " is no port: it is 0 to 65535");
  }
  options.otlp_port.reset();
  options.content = true;  // these agents have no secrets
  auto started = Studio::start(bus, options);
  if (!started.ok()) return started.status();
  studio = *std::move(started);
  tell_studio("example", *studio);
  return absl::OkStatus();
}
#endif

void wait_for_interrupt() {
  while (!was_interrupted()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

// For other programs, until ^C.
int serve_example(const examples::Example& example, const examples::ExampleOptions& options) {
  const auto endpoint = examples::serve_recording(example, options);
  if (!endpoint.ok()) return refuse(endpoint.status());
  catch_interrupts();
  std::printf("%s/v1/chat/completions\n", (*endpoint)->url().c_str());
  std::fflush(stdout);
  wait_for_interrupt();
  return kExitOk;
}

int run_example(Arguments& arguments) {
  const examples::Example* const example = examples::example_called(arguments.name);
  examples::ExampleOptions& options = arguments.options;
  const char* const key = std::getenv(kKeyVariable);
  if (key != nullptr && !options.url.empty()) options.api_key = key;
  options.timeout = std::chrono::milliseconds(static_cast<std::int64_t>(arguments.timeout_s * 1e3));
  if (arguments.serve != kNoPort) {
    options.replay.port = static_cast<std::uint16_t>(arguments.serve);
    return serve_example(*example, options);
  }
  examples::LiveText live(stdout);
  examples::ExampleSession session;
  auto exporters = make_exporters("--export", arguments.exports);
  absl::Status started =
      exporters.ok() ? session.start(*example, options, *std::move(exporters)) : exporters.status();
  ScopedSubscription watching;
  if (started.ok() && options.stream) started = watch(session.bus(), live, watching);
#ifdef TRACEBUS_WITH_STUDIO
  std::unique_ptr<Studio> studio;
  if (started.ok() && !arguments.studio.empty()) {
    started = show_in_studio(arguments.studio, session.bus(), studio);
  }
#endif
  if (!started.ok()) return refuse(started);
  const examples::ExampleOutcome outcome = session.run(*example, options);
  if (live.end_line()) std::fputc('\n', stdout);
  const int status = report(*example, outcome);
  const bool misses_key = options.api_key.empty() && options.url.starts_with("https://");
  if (!outcome.error.empty() && misses_key) {
    say("No key was sent, as " + std::string(kKeyVariable) + " is not set.");
  }
#ifdef TRACEBUS_WITH_STUDIO
  if (studio) {
    catch_interrupts();  // and not before: agents that run end at once
    say("tracebus example: the page stays until ^C");
    wait_for_interrupt();
  }
#endif
  return status;
}

std::string names_of_examples() {
  std::string names;
  for (const examples::Example& example : examples::all_examples()) {
    names += "  " + std::string(example.name) + std::string(12 - example.name.size(), ' ') +
             std::string(example.summary) + "\n";
  }
  return names;
}

std::vector<std::string> example_names() {
  std::vector<std::string> names;
  for (const examples::Example& example : examples::all_examples()) {
    names.emplace_back(example.name);
  }
  return names;
}

// For what the shell made of a variable that is not set.
std::string not_empty(const std::string& text) { return text.empty() ? "is empty" : ""; }

void add_endpoint_options(CLI::App& command, Arguments& arguments) {
  examples::ExampleOptions& options = arguments.options;
  CLI::Option* const url =
      command
          .add_option(
              "--url", options.url,
              "an OpenAI-compatible endpoint to ask, such as https://api.openai.com (one of "
              "our own, which answers from a recording)")
          ->type_name("URL")
          ->check(not_empty);
  command.add_option("--model", options.model, "the model of all agents (each has its own)")
      ->type_name("MODEL");
  command.add_flag("--stream", options.stream,
                   "take answers in pieces, and print them while they come");
  add_number<double>(command, "--timeout", arguments.timeout_s, 0.05, 3600,
                     "seconds for a call of the endpoint, all in all (120)");
  CLI::Option* const recording =
      command
          .add_option("--recording", options.recording,
                      "the file that our endpoint answers from (the example's own)")
          ->type_name("FILE")
          ->check(not_empty);
  CLI::Option* const serve =
      add_number<std::uint64_t>(command, "--serve", arguments.serve, 0, kNoPort - 1,
                                "run no agents: our endpoint answers others on this port of the "
                                "loopback interface (0: a free one), until ^C");
  CLI::Option* const pace =
      add_number<double>(command, "--pace", options.replay.latency_factor, 0, 10,
                         "how much of the recorded time our endpoint takes for an answer (0)");
  CLI::Option* const unchecked = command.add_flag_callback(
      "--unchecked", [&options] { options.replay.check_requests = false; },
      "our endpoint gives each agent its answers in their order, also where it asks something else "
      "than was recorded");
  for (CLI::Option* const option : {recording, serve, pace, unchecked}) option->excludes(url);
}

}  // namespace

void add_example_command(CLI::App& app, ChosenCommand& chosen) {
  CLI::App& command = *app.add_subcommand(
      "example", "Runs agents over HTTP, and prints what they did and what it cost as a tree.");
  auto arguments = std::make_shared<Arguments>();
  command.add_option("NAME", arguments->name, "which one: see below")
      ->required()
      ->check(CLI::IsMember(example_names()));
  add_endpoint_options(command, *arguments);
  command
      .add_option("--record", arguments->options.record,
                  "record the run into a file, for --recording; it holds what was said")
      ->type_name("FILE")
      ->check(not_empty);
  command
      .add_option("--prices", arguments->options.prices,
                  "what models cost, as JSON like tools/examples/prices.json (that one)")
      ->type_name("FILE")
      ->check(not_empty);
#ifdef TRACEBUS_WITH_STUDIO
  command.add_flag("--studio{8420}", arguments->studio,
                   "show the run in the browser while it goes on, until ^C; --studio=PORT for "
                   "another port of the loopback interface (8420; 0: a free one)");
#endif
  add_spec(command, "--export", "", arguments->exports, "where the events go besides (nowhere)")
      ->type_name("SPEC");
  command.footer(
      "\nNAME is one of\n" + names_of_examples() + help_of_specs() +
      "\nThe key for --url is taken from " + kKeyVariable +
      ", and sent over TLS or within this machine alone.\n"
      "The exit status is 0 if all went well, 1 if the run failed or events were lost, 2 "
      "if nothing was begun.\n");
  command.callback(
      [&chosen, arguments] { chosen = [arguments] { return run_example(*arguments); }; });
}

}  // namespace v1
}  // namespace tracebus
