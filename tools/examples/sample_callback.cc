// SPDX-License-Identifier: Apache-2.0
//
// A callback of one's own: a budget that counts what one team of agents spends, and says when it is
// used up. It sees the events of two types of its own agents only, on a thread of its own.
#include <atomic>
#include <chrono>
#include <cstdio>

#include "tracebus/bus/trace_event_bus.h"

namespace {

class Budget {
 public:
  explicit Budget(double usd) : usd_(usd) {}

  // Calls come one at a time, from the subscription's own thread.
  void operator()(const tracebus::EventView& event) {
    calls_.fetch_add(1);
    const auto cost = event.find("cost_usd");
    if (!cost || is_used_up_.load()) return;
    spent_usd_ += cost->to_double();
    if (spent_usd_ <= usd_) return;
    is_used_up_.store(true);
    std::printf("%.*s spent the last of $%.2f\n", static_cast<int>(event.agent_name().size()),
                event.agent_name().data(), usd_);
  }

  bool is_used_up() const { return is_used_up_.load(); }
  unsigned calls() const { return calls_.load(); }

 private:
  const double usd_;
  double spent_usd_ = 0;
  std::atomic<bool> is_used_up_{false};
  std::atomic<unsigned> calls_{0};
};

}  // namespace

int main() {
  tracebus::TraceEventBus bus;
  Budget budget(0.10);
  const auto filter = tracebus::Filter::types({"llm_call_end", "cost_record"}) &&
                      tracebus::Filter::agent_prefix("research-");
  const auto id =
      bus.subscribe_filter(filter, [&budget](const tracebus::EventView& event) { budget(event); },
                           {.run_on = tracebus::RunOn::kOwnWorker, .name = "budget"});
  if (!id.ok()) return 1;

  unsigned emitted = 0;
  while (!budget.is_used_up() && emitted < 1000) {
    for (const char* agent : {"research-1", "research-2", "writer"}) {
      bus.emit({.event_type = "llm_call_end",
                .agent_name = agent,
                .pattern_type = "supervisor",
                .payload = {{"model", "claude-sonnet-4-20250514"}, {"cost_usd", 0.007}}});
      ++emitted;
    }
    if (!bus.flush(std::chrono::seconds(5)).ok()) return 1;
  }
  // What became of every event, by subscription.
  for (const tracebus::SubscriptionStats& subscription : bus.stats().subscriptions) {
    std::printf("%s: matched %llu of %u events, delivered %llu, dropped %llu\n",
                subscription.name.c_str(), static_cast<unsigned long long>(subscription.matched),
                emitted, static_cast<unsigned long long>(subscription.delivered),
                static_cast<unsigned long long>(tracebus::total(subscription.dropped)));
  }
  return budget.is_used_up() && budget.calls() < emitted ? 0 : 1;
}
