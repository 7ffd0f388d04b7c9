// SPDX-License-Identifier: Apache-2.0
//
// CostWatch: counts what a bus's calls cost, and says on the bus when a budget is spent.
//
// Each alert is an event budget_alert, with the attributes budget.percent, budget.limit_usd,
// budget.spent_usd, budget.exceeded and, of a budget for each day, budget.day; and a line for
// BusOptions::log, or on standard error without one.
#ifndef TRACEBUS_CONFIG_COST_WATCH_H_
#define TRACEBUS_CONFIG_COST_WATCH_H_

#include <absl/status/statusor.h>

#include <memory>
#include <optional>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/trace/budget.h"
#include "tracebus/trace/cost_tracker.h"
#include "tracebus/trace/price_table.h"

namespace tracebus {
inline namespace v1 {

class CostWatch {
 public:
  // REQUIRES: bus outlives it. Errors as of BudgetWatch::create and TraceEventBus::subscribe.
  static absl::StatusOr<std::unique_ptr<CostWatch>> start(TraceEventBus& bus,
                                                          const LogCallback& log,
                                                          std::shared_ptr<const PriceTable> prices,
                                                          const std::optional<Budget>& budget);
  CostWatch(const CostWatch&) = delete;
  CostWatch& operator=(const CostWatch&) = delete;

  CostTracker& tracker() noexcept { return tracker_; }
  const BudgetWatch* budget() const noexcept { return budget_.get(); }  // or null

 private:
  CostWatch(TraceEventBus& bus, std::shared_ptr<const PriceTable> prices,
            std::unique_ptr<BudgetWatch> budget);

  const std::unique_ptr<BudgetWatch> budget_;
  CostTracker tracker_;
  ScopedSubscription watching_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CONFIG_COST_WATCH_H_
