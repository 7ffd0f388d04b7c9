// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/demo_report.h"

#include <algorithm>

#include "tracebus/tools/text.h"
#include "tracebus/tools/text_table.h"

namespace tracebus {
inline namespace v1 {
namespace {

std::string counted(std::uint64_t number, std::string_view noun) {
  return grouped(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

SwarmCounts::Runs total_runs(const SwarmCounts& counts) {
  SwarmCounts::Runs sum;
  for (const SwarmCounts::Runs& runs : counts.runs) sum += runs;
  return sum;
}

std::string headline(const DemoOptions& options, const DemoOutcome& outcome) {
  const auto agents = std::count(outcome.swarm.roles.begin(),
                                 outcome.swarm.roles.begin() + options.swarm.agents, true);
  return counted(static_cast<std::uint64_t>(agents), "agent") + " of " +
         grouped(options.swarm.agents) + " took part in " +
         counted(total_runs(outcome.swarm).begun, "run") + " on " +
         counted(options.threads, "thread") + " in " + fixed(outcome.seconds, 2) + " s, seed " +
         std::to_string(options.swarm.seed) + "\n";
}

std::string runs_table(const SwarmCounts& counts) {
  const SwarmCounts::Runs all = total_runs(counts);
  TextTable table({"runs", "begun", "share", "ended", "of these failed", "abandoned"});
  const auto add = [&](std::string_view name, const SwarmCounts::Runs& runs) {
    table.add({std::string(name), grouped(runs.begun), percent(runs.begun, all.begun),
               grouped(runs.ended), grouped(runs.failed), grouped(runs.abandoned)});
  };
  for (std::size_t i = 0; i < kSwarmShapes; ++i) add(kSwarmShapeNames[i], counts.runs[i]);
  add("all", all);
  return table.to_string();
}

std::string events_table(const DemoSummary& summary) {
  TextTable table({"events dispatched", "count", "share"});
  for (std::uint16_t number = 0; number <= kVocabularyTypes; ++number) {
    const EventType type(number);
    const std::uint64_t count = summary.events(type);
    if (count == 0) continue;
    const std::string name(number == 0 ? "(other)" : type.name());
    table.add({name, grouped(count), percent(count, summary.events())});
  }
  table.add({"all", grouped(summary.events()), percent(summary.events(), summary.events())});
  return table.to_string();
}

std::string usage_line(const DemoSummary& summary) {
  return "tokens: " + grouped(summary.input_tokens()) + " input (" +
         percent(summary.cached_tokens(), summary.input_tokens()) + " of them cached), " +
         grouped(summary.output_tokens()) + " output; cost: $" + fixed(summary.cost_usd(), 4) +
         "; errors: " + grouped(summary.errors()) + "\n";
}

std::string subscriptions_table(const BusStats& stats) {
  TextTable table({"subscription", "matched", "delivered", "dropped", "by reason"}, true);
  for (const SubscriptionStats& subscription : stats.subscriptions) {
    std::string reasons = drops_text(subscription.dropped);
    if (!subscription.last_error.empty()) reasons += "; " + visible(subscription.last_error);
    table.add({visible(subscription.name), grouped(subscription.matched),
               grouped(subscription.delivered), grouped(total(subscription.dropped)), reasons});
  }
  table.add({"(rejected by the rings)", "", "", grouped(total(stats.rejected)),
             drops_text(stats.rejected)});
  return table.to_string();
}

std::string rate_line(const DemoOutcome& outcome) {
  const auto emitted = static_cast<double>(outcome.bus.emitted);
  const double seconds = std::max(outcome.seconds, 1e-9);
  return grouped(outcome.bus.emitted) + " events emitted, " +
         grouped(static_cast<std::uint64_t>(emitted / seconds)) + " a second\n";
}

std::string last_line(const BusStats& stats) {
  const std::size_t first = stats.subscriptions.size() > 1 ? 1 : 0;
  const SubscriptionStats& subscription = stats.subscriptions.at(first);
  return "emitted=" + std::to_string(stats.emitted) +
         " delivered=" + std::to_string(subscription.delivered) +
         " dropped=" + std::to_string(total(subscription.dropped) + total(stats.rejected)) + "\n";
}

}  // namespace

std::string demo_report(const DemoOptions& options, const DemoSummary& summary,
                        const DemoOutcome& outcome) {
  std::string report = "\n";
  report.append(headline(options, outcome));
  for (const std::string& part :
       {runs_table(outcome.swarm), events_table(summary), usage_line(summary) + rate_line(outcome),
        subscriptions_table(outcome.bus), last_line(outcome.bus)}) {
    report.append("\n").append(part);
  }
  return report;
}

}  // namespace v1
}  // namespace tracebus
