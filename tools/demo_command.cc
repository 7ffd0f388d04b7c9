// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <memory>
#include <thread>

#include "tracebus/tools/command_line.h"
#include "tracebus/tools/demo.h"
#include "tracebus/tools/demo_report.h"
#include "tracebus/tools/exit_status.h"
#include "tracebus/tools/interrupt.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr double kSecondsDefault = 3;
constexpr std::uint64_t kThreadsDefaultMax = 8;

// One core is left to the bus.
std::uint64_t default_threads() {
  const std::uint64_t cores = std::thread::hardware_concurrency();
  return std::clamp<std::uint64_t>(cores, 2, kThreadsDefaultMax + 1) - 1;
}

struct Arguments {
  DemoOptions options;
  std::uint64_t agents = 100'000;
  double seconds = kSecondsDefault;
  std::string overflow = "newest";
};

int run_demo(const DemoOptions& options) {
  Demo demo(options);
  if (const absl::Status started = demo.start(); !started.ok()) {
    std::fprintf(stderr, "tracebus demo: %s\n", std::string(started.message()).c_str());
    return kExitUnusable;
  }
  catch_interrupts();
  const DemoOutcome outcome = demo.run();
  bool complete = outcome.shutdown.ok();
  if (!complete) {
    const std::string message(outcome.shutdown.message());
    std::fprintf(stderr, "tracebus demo: shutting down: %s\n", message.c_str());
  }
  for (const SubscriptionStats& subscription : outcome.bus.subscriptions) {
    complete = complete && !lost_by_failure(subscription.dropped);
  }
  const std::string report = demo_report(options, demo.summary(), outcome);
  const bool printed = std::fputs(report.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
  return complete && printed ? kExitOk : kExitIncomplete;
}

void add_swarm_options(CLI::App& command, Arguments& arguments) {
  DemoOptions& options = arguments.options;
  add_number<std::uint64_t>(command, "--agents", arguments.agents, 1, 10'000'000,
                            "how many agents there are (100000)");
  add_number<std::uint64_t>(command, "--seed", options.swarm.seed, 0, ~std::uint64_t{0},
                            "same seed, same runs (1)");
  add_number<std::uint64_t>(command, "--runs", options.swarm.runs_max, 1, 1'000'000'000'000,
                            "end after so many runs, which with one thread gives the same events "
                            "each time; there is no time limit then unless --seconds gives one");
  command.add_flag("--deltas", options.swarm.deltas, "an llm_token event for each 8 output tokens");
  command.add_flag("--content", options.swarm.content,
                   "messages, tool arguments and results, about 1.5 KB each");
}

void add_bus_options(CLI::App& command, Arguments& arguments) {
  DemoOptions& options = arguments.options;
  add_to(command, options.to, "where the events go; without it they are counted only");
  add_spec(command, "--jsonl", "jsonl:", options.to, "short for --to jsonl:PATH")
      ->type_name("PATH");
  command
      .add_option("--overflow", arguments.overflow,
                  "what an exporter's full queue drops: newest or oldest (newest)")
      ->type_name("WHICH")
      ->check(CLI::IsMember({"newest", "oldest"}));
  add_number<std::uint64_t>(command, "--queue-mb", options.queue_mib, 1, kQueueBytesMax >> 20,
                            "each exporter's queue, in MiB (16)");
}

}  // namespace

void add_demo_command(CLI::App& app, ChosenCommand& chosen) {
  CLI::App& command = *app.add_subcommand("demo",
                                          "Simulates a swarm of agents, and sends their "
                                          "events through the bus.");
  auto arguments = std::make_shared<Arguments>();
  arguments->options.threads = default_threads();
  add_swarm_options(command, *arguments);
  add_number<std::uint64_t>(command, "--threads", arguments->options.threads, 1, Demo::kThreadsMax,
                            "threads that emit, between which agents move (cores - 1, at most 8)");
  CLI::Option* const seconds = add_number<double>(command, "--seconds", arguments->seconds, 0.01,
                                                  86400, "for how long runs begin (3)");
  add_number<double>(command, "--rate", arguments->options.rate, 0, 1e9,
                     "events a second, of all threads together; 0: as fast as possible (0)");
  add_bus_options(command, *arguments);
  command.footer(
      help_of_specs() +
      "\nThe last line counts for the first exporter, or for the demo's own subscription:\n"
      "  emitted=N delivered=N dropped=N\n");
  command.callback([&chosen, seconds, arguments] {
    DemoOptions options = arguments->options;
    options.swarm.agents = static_cast<std::uint32_t>(arguments->agents);
    options.overflow =
        arguments->overflow == "oldest" ? Overflow::kDropOldest : Overflow::kDropNewest;
    if (seconds->count() != 0 || options.swarm.runs_max == 0) options.seconds = arguments->seconds;
    chosen = [options] { return run_demo(options); };
  });
}

}  // namespace v1
}  // namespace tracebus
