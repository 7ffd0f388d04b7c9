// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/slo_tracker.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tracebus/core/limits.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr double kWindowSecondsMax = 366.0 * 86'400;

absl::Status check(const Slo& slo) {
  const auto refused = [&](const std::string& why) {
    return absl::InvalidArgumentError("objective \"" + slo.name + "\": " + why);
  };
  if (slo.name.empty() || slo.name.size() > kNameBytesMax || slo.metric_name.empty() ||
      slo.metric_name.size() > kNameBytesMax) {
    return refused("give names of 1 to " + std::to_string(kNameBytesMax) + " bytes");
  }
  if (std::isnan(slo.target)) return refused("its target is not a number");
  if (!(slo.window_s > 0 && slo.window_s <= kWindowSecondsMax)) {
    return refused("its window_s is " + std::to_string(slo.window_s) +
                   "; give more than 0, up to a year");
  }
  return absl::OkStatus();
}

}  // namespace

std::uint64_t SloTracker::now_ns() const noexcept {
  return clock_ != nullptr ? clock_->monotonic_ns() : Clock::monotonic_ns();
}

absl::Status SloTracker::register_slo(Slo slo) {
  if (absl::Status status = check(slo); !status.ok()) return status;
  const double step_ns = slo.window_s * 1e9 / kSlices;
  Tracked made{std::move(slo), std::max<std::uint64_t>(1, static_cast<std::uint64_t>(step_ns))};
  const std::lock_guard lock(mutex_);
  for (Tracked& tracked : tracked_) {
    if (tracked.slo.name != made.slo.name) continue;
    tracked = std::move(made);
    return absl::OkStatus();
  }
  if (tracked_.size() == kSlosMax) {
    return absl::ResourceExhaustedError("objective \"" + made.slo.name + "\": there are " +
                                        std::to_string(kSlosMax) + " already");
  }
  tracked_.push_back(std::move(made));
  return absl::OkStatus();
}

bool SloTracker::unregister_slo(std::string_view name) {
  const std::lock_guard lock(mutex_);
  return std::erase_if(tracked_, [&](const Tracked& known) { return known.slo.name == name; }) != 0;
}

void SloTracker::record(std::string_view metric_name, double value) {
  if (std::isnan(value)) return;
  const std::lock_guard lock(mutex_);
  const std::uint64_t now = now_ns();
  for (Tracked& tracked : tracked_) {
    if (tracked.slo.metric_name != metric_name) continue;
    const std::uint64_t step = now / tracked.step_ns;
    Slice& slice = tracked.slices[step % kSlices];
    if (slice.step != step) slice = {.step = step};
    ++slice.samples;
    slice.violating += is_met(tracked.slo.comparator, value, tracked.slo.target) ? 0 : 1;
    slice.sum += value;
  }
}

SloReport SloTracker::report_of(const Tracked& tracked) const {
  const Slo& slo = tracked.slo;
  const std::uint64_t step = now_ns() / tracked.step_ns;
  const Timestamp now =
      clock_ != nullptr ? Timestamp::from_unix_ns(clock_->unix_ns()) : Timestamp::now();
  SloReport report{.slo_name = slo.name, .target = slo.target};
  report.window_start =
      Timestamp::from_unix_ns(now.to_unix_ns() - static_cast<std::int64_t>(slo.window_s * 1e9));
  double sum = 0;
  for (const Slice& slice : tracked.slices) {
    if (slice.samples == 0 || slice.step + kSlices <= step) continue;
    report.total_samples += slice.samples;
    report.violating_samples += slice.violating;
    sum += slice.sum;
  }
  if (report.total_samples == 0) return report;
  const auto samples = static_cast<double>(report.total_samples);
  report.actual = sum / samples;
  report.budget_remaining = 1.0 - static_cast<double>(report.violating_samples) / samples;
  report.compliant = is_met(slo.comparator, report.actual, slo.target);
  return report;
}

std::optional<SloReport> SloTracker::report(std::string_view slo_name) const {
  const std::lock_guard lock(mutex_);
  for (const Tracked& tracked : tracked_) {
    if (tracked.slo.name == slo_name) return report_of(tracked);
  }
  return std::nullopt;
}

std::vector<SloReport> SloTracker::report_all() const {
  const std::lock_guard lock(mutex_);
  std::vector<SloReport> all;
  for (const Tracked& tracked : tracked_) all.push_back(report_of(tracked));
  return all;
}

void SloTracker::reset() {
  const std::lock_guard lock(mutex_);
  for (Tracked& tracked : tracked_) tracked.slices = {};
}

}  // namespace v1
}  // namespace tracebus
