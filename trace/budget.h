// SPDX-License-Identifier: Apache-2.0
//
// BudgetWatch: says when an agent, a user, a run, ... has spent a share of its budget.
//
//   auto watch = BudgetWatch::create({.limit = NanoDollars(100'000'000'000), .per_day = true},
//                                    [](const BudgetAlert& alert) { warn(alert.group); });
//   CostTracker tracker({.observer = [&](const CostEntry& entry, NanoDollars cost) {
//     (*watch)->spend(entry, cost);
//   }});
//
// Thread safety: every method may be called from any thread. The callback runs on the thread that
// spends, outside of all locks, so two alerts may run at once; what it throws is ignored.
//
// Promise: for each group, period and percentage exactly one alert, by the entry whose cost reaches
// it. Unpriced calls cost nothing here: whoever sets a budget looks at CostSums::unpriced, too.
#ifndef TRACEBUS_TRACE_BUDGET_H_
#define TRACEBUS_TRACE_BUDGET_H_

#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tracebus/core/hash.h"
#include "tracebus/trace/cost_entry.h"
#include "tracebus/trace/nano_dollars.h"

namespace tracebus {
inline namespace v1 {

struct Budget {
  NanoDollars limit;  // > 0
  // Whose: each group of this dimension has the budget by itself; kDay: all spend together.
  CostDimension of = CostDimension::kDay;
  std::string only = {};  // this group alone; empty: every group that has a name
  bool per_day = false;   // anew each day; else once
  std::int32_t day_offset_s = 0;
  std::vector<int> alert_percent = {80, 100};  // each from 1 to 1000
  std::size_t groups_max = 65536;              // of a period, >= 1; further ones are unwatched
};

// The seed's: daily_usd for all together, each day, with alerts at that share of it and at all of
// it. InvalidArgument for an amount or a share out of range.
absl::StatusOr<Budget> daily_budget(double daily_usd, double alert_threshold = 0.8);

struct BudgetAlert {
  std::string_view group;  // as CostGroup names it; empty for all together
  std::int64_t day = 0;    // since 1970, if the budget is per_day
  int percent = 0;
  bool exceeded = false;  // at or above the limit itself
  NanoDollars spent;      // with the entry that reached it
};
using BudgetCallback = std::function<void(const BudgetAlert&)>;

struct BudgetStats {
  std::uint64_t alerts = 0;
  std::uint64_t callback_failures = 0;
  std::uint64_t unwatched = 0;  // entries of groups beyond groups_max, or without memory
  // Entries of a day before the two latest, or more than a day ahead of the clock.
  std::uint64_t untimely = 0;
};

class BudgetWatch {
 public:
  // InvalidArgument for a limit, a percentage or groups_max out of range.
  static absl::StatusOr<std::unique_ptr<BudgetWatch>> create(Budget budget,
                                                             BudgetCallback callback);
  BudgetWatch(const BudgetWatch&) = delete;
  BudgetWatch& operator=(const BudgetWatch&) = delete;

  void spend(const CostEntry& entry, NanoDollars cost) noexcept;
  // Of a group, on a day if the budget is per_day. 0 for one that spent nothing.
  NanoDollars spent(std::string_view group, std::int64_t day = 0) const;
  BudgetStats stats() const;

 private:
  using Groups = std::unordered_map<std::string, std::int64_t, TextHash, TextEqual>;
  struct Change {
    std::int64_t before = 0;
    std::int64_t after = 0;
  };

  BudgetWatch(Budget budget, BudgetCallback callback);
  // Nothing if the entry is unwatched or untimely.
  std::optional<Change> add(const std::string& group, std::int64_t day, NanoDollars cost);
  Groups* groups_of_day(std::int64_t day);
  void alert(const BudgetAlert& alert) noexcept;

  const Budget budget_;
  const BudgetCallback callback_;
  mutable std::mutex mutex_;
  // Under the mutex. Spent by group, of the two latest days.
  std::map<std::int64_t, Groups> days_;
  BudgetStats stats_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_BUDGET_H_
