// SPDX-License-Identifier: Apache-2.0
#include "tracebus/config/cost_watch.h"

#include <cstdio>
#include <string>
#include <utility>

#include "tracebus/trace/cost_day.h"

namespace tracebus {
inline namespace v1 {
namespace {

std::string line_of(const BudgetAlert& alert, const Budget& budget, const std::string& day) {
  return "budget of " + budget.limit.to_text() + " USD" + (day.empty() ? "" : ", " + day) + ": " +
         std::to_string(alert.percent) + " % is spent, " + alert.spent.to_text() + " USD";
}

void tell(TraceEventBus& bus, const LogCallback& log, const Budget& budget,
          const BudgetAlert& alert) {
  DayText text;
  const std::string day(budget.per_day ? write_day(alert.day, text) : std::string_view());
  const std::string line = line_of(alert, budget, day);
  if (log) {
    log(line);
  } else {
    std::fprintf(stderr, "tracebus: %s\n", line.c_str());
  }
  bus.emit({.event_type = "budget_alert",
            .payload = {{"budget.percent", alert.percent},
                        {"budget.limit_usd", budget.limit.to_dollars()},
                        {"budget.spent_usd", alert.spent.to_dollars()},
                        {"budget.exceeded", alert.exceeded},
                        {"budget.day", std::string_view(day)}}});
}

}  // namespace

absl::StatusOr<std::unique_ptr<CostWatch>> CostWatch::start(
    TraceEventBus& bus, const LogCallback& log, std::shared_ptr<const PriceTable> prices,
    const std::optional<Budget>& budget) {
  std::unique_ptr<BudgetWatch> watch;
  if (budget) {
    auto made =
        BudgetWatch::create(*budget, [&bus, log, budget = *budget](const BudgetAlert& alert) {
          tell(bus, log, budget, alert);
        });
    if (!made.ok()) return made.status();
    watch = *std::move(made);
  }
  std::unique_ptr<CostWatch> started(new CostWatch(bus, std::move(prices), std::move(watch)));
  auto watching = started->tracker_.watch(bus);
  if (!watching.ok()) return watching.status();
  started->watching_ = *std::move(watching);
  return started;
}

CostWatch::CostWatch(TraceEventBus& bus, std::shared_ptr<const PriceTable> prices,
                     std::unique_ptr<BudgetWatch> budget)
    : budget_(std::move(budget)),
      tracker_({.bus = &bus,
                .prices = std::move(prices),
                .observer = [this](const CostEntry& entry, NanoDollars cost) {
                  if (budget_ != nullptr) budget_->spend(entry, cost);
                }}) {}

}  // namespace v1
}  // namespace tracebus
