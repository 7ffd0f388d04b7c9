// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/cost_projection.h"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "tracebus/trace/cost_day.h"
#include "tracebus/trace/cost_group.h"

namespace tracebus {
inline namespace v1 {
namespace {

using Wide = unsigned __int128;

// What is spent in so many seconds, at a rate.
NanoDollars at_rate(std::int64_t seconds, std::int64_t spent, std::int64_t rate_seconds) noexcept {
  const Wide product = static_cast<Wide>(spent) * static_cast<Wide>(seconds);
  const Wide nanos = divide_half_even(product, static_cast<Wide>(rate_seconds));
  const auto most = static_cast<Wide>(NanoDollars::max().value());
  return NanoDollars(static_cast<std::int64_t>(std::min(nanos, most)));
}

NanoDollars sum_of(std::int64_t spent, NanoDollars more) noexcept {
  add_saturating(spent, more.value());
  return NanoDollars(spent);
}

}  // namespace

absl::StatusOr<std::unique_ptr<CostProjection>> CostProjection::create(
    CostProjectionOptions options) {
  constexpr std::chrono::seconds kYear = std::chrono::hours(24 * 366);
  if (options.window < std::chrono::minutes(1) || options.window > kYear) {
    return absl::InvalidArgumentError("a projection's window is " +
                                      std::to_string(options.window.count()) +
                                      " seconds; give a minute to a year");
  }
  if (options.observed_min < std::chrono::seconds(1) || options.observed_min > options.window) {
    return absl::InvalidArgumentError(
        "a projection's observed_min is " + std::to_string(options.observed_min.count()) +
        " seconds; give 1 to its window, which is " + std::to_string(options.window.count()));
  }
  return std::unique_ptr<CostProjection>(new CostProjection(std::move(options)));
}

CostProjection::CostProjection(CostProjectionOptions options)
    : options_(std::move(options)), step_seconds_(options_.window.count() / kSteps) {}

void CostProjection::spend(const CostEntry& entry, NanoDollars cost) noexcept {
  try {
    const std::optional<std::string> group = group_name_of(entry, options_.of);
    if (!group || (!options_.only.empty() && *group != options_.only)) return;
  } catch (const std::exception&) {  // no memory
    return;
  }
  const std::int64_t now = Timestamp::now().seconds;
  const std::int64_t seconds = entry.time ? std::min(entry.time->seconds, now) : now;
  if (seconds < 0 || cost.value() < 0) return;
  const std::lock_guard lock(mutex_);
  add(seconds, cost);
}

void CostProjection::add(std::int64_t seconds, NanoDollars cost) noexcept {
  const std::int64_t day = day_of({seconds, 0}, options_.day_offset_s);
  if (!first_) day_ = day;
  first_ = std::min(first_.value_or(seconds), seconds);
  ++calls_;
  if (day > day_) {
    if (day >= month_of(day_).end) month_spent_ = 0;
    day_ = day;
    day_spent_ = 0;
  }
  if (day == day_) add_saturating(day_spent_, cost.value());
  if (day >= month_of(day_).first) add_saturating(month_spent_, cost.value());
  const std::int64_t number = seconds / step_seconds_;
  Step& step = steps_[static_cast<std::size_t>(number) % steps_.size()];
  if (number < step.number) return;  // longer ago than the window
  if (number > step.number) step = {number, 0};
  add_saturating(step.spent, cost.value());
}

// Of the last kSteps whole steps and the present one, as far as there was something to see.
std::optional<CostProjection::Rate> CostProjection::rate(std::int64_t now) const noexcept {
  if (!first_ || calls_ < options_.calls_min) return std::nullopt;
  if (now - *first_ < options_.observed_min.count()) return std::nullopt;
  const std::int64_t last = now / step_seconds_;
  Rate rate = {.seconds = std::min(now - *first_, now - (last - kSteps) * step_seconds_)};
  for (const Step& step : steps_) {
    if (step.number >= last - kSteps && step.number <= last) add_saturating(rate.spent, step.spent);
  }
  return rate;
}

std::int64_t CostProjection::spent_in(CostPeriod period, std::int64_t day) const noexcept {
  if (period == CostPeriod::kDay) return day == day_ ? day_spent_ : 0;
  return month_of(day).first == month_of(day_).first ? month_spent_ : 0;
}

std::int64_t CostProjection::seconds_left(CostPeriod period, Timestamp now) const noexcept {
  const std::int64_t day = day_of(now, options_.day_offset_s);
  const std::int64_t end = period == CostPeriod::kDay ? day + 1 : month_of(day).end;
  return end * kDaySeconds - options_.day_offset_s - now.seconds;
}

std::optional<ProjectedCosts> CostProjection::project(Timestamp now) const {
  const std::lock_guard lock(mutex_);
  const std::int64_t day = day_of(now, options_.day_offset_s);
  const std::optional<Rate> present = rate(now.seconds);
  if (!present || day < day_) return std::nullopt;
  const auto more = [&](std::int64_t seconds) {
    return at_rate(seconds, present->spent, present->seconds);
  };
  ProjectedCosts costs;
  costs.spent_today = NanoDollars(spent_in(CostPeriod::kDay, day));
  costs.spent_this_month = NanoDollars(spent_in(CostPeriod::kMonth, day));
  costs.per_hour = more(3600);
  costs.today = sum_of(costs.spent_today.value(), more(seconds_left(CostPeriod::kDay, now)));
  costs.this_month =
      sum_of(costs.spent_this_month.value(), more(seconds_left(CostPeriod::kMonth, now)));
  return costs;
}

std::optional<std::chrono::seconds> CostProjection::until_spent(NanoDollars limit,
                                                                CostPeriod period,
                                                                Timestamp now) const {
  const std::lock_guard lock(mutex_);
  const std::int64_t day = day_of(now, options_.day_offset_s);
  const std::optional<Rate> present = rate(now.seconds);
  if (!present || day < day_) return std::nullopt;
  const std::int64_t spent = spent_in(period, day);
  if (spent >= limit.value()) return std::chrono::seconds(0);
  if (present->spent == 0) return std::nullopt;
  const auto rate_spent = static_cast<Wide>(present->spent);
  const Wide product =
      static_cast<Wide>(limit.value() - spent) * static_cast<Wide>(present->seconds);
  const Wide seconds = (product + rate_spent - 1) / rate_spent;
  const std::int64_t left = seconds_left(period, now);
  if (seconds > static_cast<Wide>(left)) return std::nullopt;
  return std::chrono::seconds(static_cast<std::int64_t>(seconds));
}

}  // namespace v1
}  // namespace tracebus
