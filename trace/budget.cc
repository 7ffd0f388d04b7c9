// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/budget.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <utility>

#include "tracebus/trace/cost_day.h"
#include "tracebus/trace/cost_group.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kDaysKept = 2;

// What percent of limit is, rounded up: whoever has spent that much has reached it.
__int128 share_of(NanoDollars limit, int percent) noexcept {
  return (__int128{limit.value()} * percent + 99) / 100;
}

}  // namespace

absl::StatusOr<Budget> daily_budget(double daily_usd, double alert_threshold) {
  const ReadMoney limit = NanoDollars::from_dollars(daily_usd);
  if (is_refused(limit.status) || limit.amount.value() <= 0) {
    return absl::InvalidArgumentError("daily_usd is " + std::to_string(daily_usd) +
                                      "; give dollars, more than 0");
  }
  const double percent = std::round(100 * alert_threshold);
  if (!(percent >= 1 && percent <= 100) || std::abs(100 * alert_threshold - percent) > 1e-9) {
    return absl::InvalidArgumentError("alert_threshold is " + std::to_string(alert_threshold) +
                                      "; give 0.01 to 1 in whole hundredths");
  }
  return Budget{
      .limit = limit.amount, .per_day = true, .alert_percent = {static_cast<int>(percent), 100}};
}

absl::StatusOr<std::unique_ptr<BudgetWatch>> BudgetWatch::create(Budget budget,
                                                                 BudgetCallback callback) {
  if (budget.limit.value() <= 0) {
    return absl::InvalidArgumentError("a budget's limit is " + budget.limit.to_text() +
                                      " dollars; give more than 0");
  }
  for (const int percent : budget.alert_percent) {
    if (percent >= 1 && percent <= 1000) continue;
    return absl::InvalidArgumentError("a budget's alert_percent holds " + std::to_string(percent) +
                                      "; give 1 to 1000");
  }
  if (budget.groups_max == 0) {
    return absl::InvalidArgumentError("a budget's groups_max is 0; give at least 1");
  }
  std::ranges::sort(budget.alert_percent);
  const auto twice = std::unique(budget.alert_percent.begin(), budget.alert_percent.end());
  budget.alert_percent.erase(twice, budget.alert_percent.end());
  return std::unique_ptr<BudgetWatch>(new BudgetWatch(std::move(budget), std::move(callback)));
}

BudgetWatch::BudgetWatch(Budget budget, BudgetCallback callback)
    : budget_(std::move(budget)), callback_(std::move(callback)) {}

void BudgetWatch::spend(const CostEntry& entry, NanoDollars cost) noexcept {
  if (cost.value() <= 0) return;
  const std::int64_t day =
      budget_.per_day ? day_of(entry.time ? *entry.time : Timestamp::now(), budget_.day_offset_s)
                      : 0;
  try {
    const std::optional<std::string> group = group_name_of(entry, budget_.of);
    if (!group || (!budget_.only.empty() && *group != budget_.only)) return;
    const std::optional<Change> change = add(*group, day, cost);
    if (!change) return;
    for (const int percent : budget_.alert_percent) {
      const __int128 share = share_of(budget_.limit, percent);
      if (change->before >= share || change->after < share) continue;
      alert({*group, day, percent, percent >= 100, NanoDollars(change->after)});
    }
  } catch (const std::exception&) {  // no memory
    const std::lock_guard lock(mutex_);
    ++stats_.unwatched;
  }
}

std::optional<BudgetWatch::Change> BudgetWatch::add(const std::string& group, std::int64_t day,
                                                    NanoDollars cost) {
  const std::lock_guard lock(mutex_);
  Groups* const groups = groups_of_day(day);
  if (groups == nullptr) {
    ++stats_.untimely;
    return std::nullopt;
  }
  if (groups->size() >= budget_.groups_max && !groups->contains(group)) {
    ++stats_.unwatched;
    return std::nullopt;
  }
  std::int64_t& spent = (*groups)[group];
  Change change{.before = spent};
  add_saturating(spent, cost.value());
  change.after = spent;
  return change;
}

// Null for a day that is over, or far ahead: a wrong clock must not end the day of all others.
BudgetWatch::Groups* BudgetWatch::groups_of_day(std::int64_t day) {
  const auto found = days_.find(day);
  if (found != days_.end()) return &found->second;
  const bool over = days_.size() == kDaysKept && day < days_.begin()->first;
  const bool ahead = budget_.per_day && day > day_of(Timestamp::now(), budget_.day_offset_s) + 1;
  if (over || ahead) return nullptr;
  Groups* const groups = &days_[day];
  if (days_.size() > kDaysKept) days_.erase(days_.begin());
  return groups;
}

void BudgetWatch::alert(const BudgetAlert& alert) noexcept {
  bool failed = false;
  try {
    if (callback_) callback_(alert);
  } catch (...) {
    failed = true;
  }
  const std::lock_guard lock(mutex_);
  ++stats_.alerts;
  stats_.callback_failures += failed ? 1 : 0;
}

NanoDollars BudgetWatch::spent(std::string_view group, std::int64_t day) const {
  const std::lock_guard lock(mutex_);
  const auto found = days_.find(day);
  if (found == days_.end()) return {};
  const auto spent = found->second.find(group);
  return spent == found->second.end() ? NanoDollars() : NanoDollars(spent->second);
}

BudgetStats BudgetWatch::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

}  // namespace v1
}  // namespace tracebus
