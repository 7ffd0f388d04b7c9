// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/demo.h"

#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "tracebus/measure/pace.h"
#include "tracebus/tools/event_formats.h"
#include "tracebus/tools/interrupt.h"
#include "tracebus/tools/text.h"

namespace tracebus {
inline namespace v1 {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLookEvery(10);
constexpr milliseconds kProgressEvery(250);
constexpr milliseconds kShutdownTimeout(60'000);
constexpr milliseconds kNapMax(50);  // so that the end is noticed

// At a low rate few runs are under way, so that little is left to do when the time is over.
std::size_t runs_per_thread(const DemoOptions& options) {
  constexpr double kRunsMin = 2;
  constexpr double kEventsPerSecondAndRun = 100;
  if (options.rate == 0) return Swarm::kRunsPerThread;
  const double rate = options.rate / static_cast<double>(options.threads);
  return static_cast<std::size_t>(
      std::clamp(rate / kEventsPerSecondAndRun, kRunsMin, double{Swarm::kRunsPerThread}));
}

}  // namespace

Demo::Demo(const DemoOptions& options)
    : options_(options), swarm_(options.swarm, options.threads, runs_per_thread(options)) {}

absl::Status Demo::start() {
  if (!bus_.status().ok()) return bus_.status();
  auto exporters = make_exporters("--to", options_.to);
  if (!exporters.ok()) return exporters.status();
  const auto count = [summary = summary_](const EventView& event) { summary->add(event); };
  const auto counted = bus_.subscribe(count, {.run_on = RunOn::kDispatcher, .name = "summary"});
  if (!counted.ok()) return counted.status();
  for (auto& exporter : *exporters) {
    ExporterOptions options;
    options.overflow = options_.overflow;
    options.queue_bytes_max = options_.queue_mib << 20;
    options.content = options_.swarm.content;
    const auto added = bus_.add_exporter(std::move(exporter), options);
    if (!added.ok()) return added.status();
  }
  return absl::OkStatus();
}

DemoOutcome Demo::run() {
  DemoOutcome outcome;
  std::vector<SwarmCounts> counts(options_.threads);
  std::vector<std::thread> threads;
  begun_at_ = SteadyClock::now();
  threads_at_work_.store(options_.threads);
  for (SwarmCounts& share : counts) threads.emplace_back([this, &share] { emit_share(share); });
  wait_for_end();
  for (std::thread& thread : threads) thread.join();
  outcome.seconds = std::chrono::duration<double>(SteadyClock::now() - begun_at_).count();
  for (const SwarmCounts& share : counts) outcome.swarm += share;
  outcome.shutdown = bus_.shutdown(kShutdownTimeout);
  outcome.bus = bus_.stats();
  return outcome;
}

void Demo::emit_share(SwarmCounts& counts) {
  Producer producer = bus_.producer();
  SwarmThread share(swarm_);
  Pace pace(options_.rate / static_cast<double>(options_.threads), begun_at_);
  for (bool more = true; more;) {
    const auto now = SteadyClock::now();
    const bool at_once = is_over_.load(std::memory_order_relaxed);  // a hint, orders nothing
    std::uint64_t events = at_once ? Pace::kEventsAtOnce : pace.allow(now);
    if (events == 0) {
      std::this_thread::sleep_until(std::min(pace.next(), now + kNapMax));
      continue;
    }
    while (events-- != 0 && more) more = share.step(producer);
  }
  counts = share.counts();
  --threads_at_work_;
}

void Demo::wait_for_end() {
  const bool on_terminal = isatty(STDERR_FILENO) == 1;
  auto next_progress = begun_at_ + kProgressEvery;
  while (threads_at_work_.load() != 0) {
    std::this_thread::sleep_for(kLookEvery);
    if (!is_over_.load() && (is_time_over() || was_interrupted())) {
      swarm_.stop();
      is_over_.store(true);
    }
    if (!on_terminal || SteadyClock::now() < next_progress) continue;
    show_progress();
    next_progress += kProgressEvery;
  }
  if (on_terminal) fputs("\r\x1b[K", stderr);
}

bool Demo::is_time_over() const {
  const std::chrono::duration<double> passed = SteadyClock::now() - begun_at_;
  return options_.seconds && passed.count() >= *options_.seconds;
}

void Demo::show_progress() const {
  const BusStats stats = bus_.stats();
  const double seconds = std::chrono::duration<double>(SteadyClock::now() - begun_at_).count();
  std::uint64_t dropped = total(stats.rejected);
  for (const SubscriptionStats& subscription : stats.subscriptions) {
    dropped += total(subscription.dropped);
  }
  const std::string line = fixed(seconds, 1) + " s  " + grouped(stats.emitted) + " events  " +
                           fixed(static_cast<double>(stats.emitted) / seconds / 1e6, 2) + " M/s  " +
                           grouped(swarm_.runs_begun()) + " runs  " + grouped(dropped) + " drops";
  fprintf(stderr, "\r\x1b[K%s", line.c_str());
  fflush(stderr);
}

}  // namespace v1
}  // namespace tracebus
