// SPDX-License-Identifier: Apache-2.0
//
// CostProjection: what a day and a month will have cost by their end, and when a budget is spent,
// if spending goes on as it does now.
//
//   auto projection = CostProjection::create();
//   CostTracker tracker({.observer = [&](const CostEntry& entry, NanoDollars cost) {
//     (*projection)->spend(entry, cost);
//   }});
//   if (const auto projected = (*projection)->project()) warn(projected->this_month);
//
// With W spent within the last T seconds, where T is the window, or the time since the first entry
// if that is less, and R seconds left of the day or month:
//
//   projected = spent + W / T * R            until a limit = (limit - spent) / (W / T)
//
// in whole numbers, rounded once: amounts half to even, seconds up. T begins with a whole step of a
// 60th of the window, so it is up to a 60th longer than that.
//
// There is no projection before observed_min has passed since the first entry and calls_min entries
// have come: nothing is made up. What was spent before the first entry is not known, so "spent" is
// what this object saw. Unpriced calls cost nothing here.
//
// Thread safety: every method may be called from any thread; all take one mutex.
#ifndef TRACEBUS_TRACE_COST_PROJECTION_H_
#define TRACEBUS_TRACE_COST_PROJECTION_H_

#include <absl/status/statusor.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "tracebus/core/timestamp.h"
#include "tracebus/trace/cost_entry.h"
#include "tracebus/trace/nano_dollars.h"

namespace tracebus {
inline namespace v1 {

struct CostProjectionOptions {
  std::chrono::seconds window{3600};       // a minute to a year
  std::chrono::seconds observed_min{600};  // 1 second to the window
  std::uint64_t calls_min = 10;
  std::int32_t day_offset_s = 0;  // of local time from UTC
  // Of one group alone, as Budget has it: of kDay, all entries.
  CostDimension of = CostDimension::kDay;
  std::string only = {};
};

enum class CostPeriod : std::uint8_t { kDay, kMonth };

struct ProjectedCosts {
  NanoDollars spent_today;
  NanoDollars spent_this_month;
  NanoDollars per_hour;    // at the present rate
  NanoDollars today;       // at the end of the day
  NanoDollars this_month;  // at the end of the month
};

class CostProjection {
 public:
  // InvalidArgument for options out of range.
  static absl::StatusOr<std::unique_ptr<CostProjection>> create(CostProjectionOptions options = {});
  CostProjection(const CostProjection&) = delete;
  CostProjection& operator=(const CostProjection&) = delete;

  // An entry of the future, by the system's clock, is taken as one of now.
  void spend(const CostEntry& entry, NanoDollars cost) noexcept;

  // now: for tests and for replays; times before the latest entry's day have no projection.
  std::optional<ProjectedCosts> project(Timestamp now = Timestamp::now()) const;
  // How long a budget lasts that begins anew with each period. 0 if it is spent. Nothing without a
  // projection, or if at the present rate it is not spent before the period ends.
  std::optional<std::chrono::seconds> until_spent(NanoDollars limit, CostPeriod period,
                                                  Timestamp now = Timestamp::now()) const;

 private:
  static constexpr std::int64_t kSteps = 60;
  struct Step {
    std::int64_t number = -1;  // since 1970
    std::int64_t spent = 0;
  };
  struct Rate {
    std::int64_t spent = 0;
    std::int64_t seconds = 0;  // > 0
  };

  explicit CostProjection(CostProjectionOptions options);
  void add(std::int64_t seconds, NanoDollars cost) noexcept;
  std::optional<Rate> rate(std::int64_t now) const noexcept;
  std::int64_t spent_in(CostPeriod period, std::int64_t day) const noexcept;
  std::int64_t seconds_left(CostPeriod period, Timestamp now) const noexcept;

  const CostProjectionOptions options_;
  const std::int64_t step_seconds_;
  mutable std::mutex mutex_;
  // Under the mutex.
  std::array<Step, kSteps + 1> steps_;  // by number, modulo
  std::optional<std::int64_t> first_;   // seconds since 1970
  std::uint64_t calls_ = 0;
  std::int64_t day_ = 0;  // the latest that was seen
  std::int64_t day_spent_ = 0;
  std::int64_t month_spent_ = 0;  // of the month that day_ is in
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_COST_PROJECTION_H_
