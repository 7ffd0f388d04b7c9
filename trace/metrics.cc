// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/metrics.h"

#include <absl/status/status.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

namespace tracebus {
inline namespace v1 {
namespace {

absl::Status refused(const MetricSpec& spec, const std::string& why) {
  return absl::InvalidArgumentError("metric \"" + spec.name + "\": " + why);
}

absl::Status check(const MetricSpec& spec) {
  if (spec.name.empty() || spec.name.size() > kMetricLabelBytesMax) {
    return refused(spec, "its name has " + std::to_string(spec.name.size()) + " bytes; give 1 to " +
                             std::to_string(kMetricLabelBytesMax));
  }
  if (spec.label_keys.size() > kMetricLabelsMax) {
    return refused(spec, std::to_string(spec.label_keys.size()) + " labels; give at most " +
                             std::to_string(kMetricLabelsMax));
  }
  if (spec.bounds.size() > kMetricBoundsMax ||
      std::ranges::adjacent_find(spec.bounds, std::greater_equal<>()) != spec.bounds.end()) {
    return refused(spec,
                   "its bounds do not rise, or are more than " + std::to_string(kMetricBoundsMax));
  }
  if (!(spec.per_unit > 0) || !std::isfinite(spec.per_unit)) {
    return refused(spec, "its per_unit is " + std::to_string(spec.per_unit) + "; give more than 0");
  }
  if (spec.series_max == 0 || spec.series_max > kMetricSeriesMax) {
    return refused(spec, "its series_max is " + std::to_string(spec.series_max) + "; give 1 to " +
                             std::to_string(kMetricSeriesMax));
  }
  return absl::OkStatus();
}

bool means_the_same(const MetricSpec& a, const MetricSpec& b) {
  return a.kind == b.kind && a.unit == b.unit && a.label_keys == b.label_keys &&
         a.bounds == b.bounds && a.per_unit == b.per_unit;
}

// All series of a histogram in one.
MetricPoint merged(const MetricSnapshot& snapshot) {
  MetricPoint all;
  std::map<double, std::uint64_t> counts;
  for (const MetricPoint& point : snapshot.points) {
    all.count += point.count;
    all.sum += point.sum;
    std::uint64_t before = 0;
    for (const MetricBucket& bucket : point.buckets) {
      counts[bucket.upper_bound] += bucket.count_up_to - before;
      before = bucket.count_up_to;
    }
  }
  std::uint64_t up_to = 0;
  for (const auto& [bound, count] : counts) all.buckets.push_back({bound, up_to += count});
  return all;
}

std::optional<double> histogram_value(const MetricPoint& all, std::string_view which) {
  if (which == ".count") return static_cast<double>(all.count);
  if (which == ".sum") return all.sum;
  if (all.count == 0) return std::nullopt;
  if (which.empty() || which == ".mean") return all.mean();
  if (which == ".p50") return all.quantile(0.50);
  if (which == ".p90") return all.quantile(0.90);
  if (which == ".p99") return all.quantile(0.99);
  return std::nullopt;
}

std::optional<double> plain_value(const MetricSnapshot& snapshot) {
  if (snapshot.points.empty()) return std::nullopt;
  double value = snapshot.points.front().value;
  for (std::size_t i = 1; i < snapshot.points.size(); ++i) {
    const double next = snapshot.points[i].value;
    value = snapshot.spec.kind == MetricKind::kCounter ? value + next : std::max(value, next);
  }
  return value;
}

}  // namespace

absl::StatusOr<MetricFamily*> Metrics::add(MetricSpec spec) {
  if (absl::Status status = check(spec); !status.ok()) return status;
  const std::lock_guard lock(mutex_);
  for (const auto& family : families_) {
    if (family->spec().name != spec.name) continue;
    if (means_the_same(family->spec(), spec)) return family.get();
    return absl::AlreadyExistsError("metric \"" + spec.name +
                                    "\" is there with another kind, unit, labels or bounds");
  }
  if (families_.size() == kFamiliesMax) {
    return absl::ResourceExhaustedError("metric \"" + spec.name + "\": there are " +
                                        std::to_string(kFamiliesMax) + " metrics already");
  }
  families_.push_back(std::make_unique<MetricFamily>(std::move(spec)));
  return families_.back().get();
}

MetricFamily* Metrics::find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(
      families_, name, [](const auto& family) -> std::string_view { return family->spec().name; });
  return found == families_.end() ? nullptr : found->get();
}

std::vector<MetricFamily*> Metrics::families() const {
  const std::lock_guard lock(mutex_);
  std::vector<MetricFamily*> all;
  for (const auto& family : families_) all.push_back(family.get());
  return all;
}

std::vector<MetricSnapshot> Metrics::snapshot() const {
  std::vector<MetricSnapshot> all;
  for (const MetricFamily* const family : families()) all.push_back(family->snapshot());
  return all;
}

std::optional<double> Metrics::value_of(std::string_view metric) const {
  std::string_view which;
  const MetricFamily* family = find(metric);
  if (family == nullptr) {
    const std::size_t dot = metric.rfind('.');
    if (dot == std::string_view::npos) return std::nullopt;
    which = metric.substr(dot);
    family = find(metric.substr(0, dot));
  }
  if (family == nullptr) return std::nullopt;
  const MetricSnapshot snapshot = family->snapshot();
  if (snapshot.spec.kind == MetricKind::kHistogram) return histogram_value(merged(snapshot), which);
  return which.empty() ? plain_value(snapshot) : std::nullopt;
}

std::size_t Metrics::bytes() const {
  std::size_t bytes = sizeof *this;
  for (const MetricFamily* const family : families()) bytes += family->bytes();
  return bytes;
}

Metrics& default_metrics() {
  static Metrics* const metrics = new Metrics();  // never destroyed: used until the very end
  return *metrics;
}

}  // namespace v1
}  // namespace tracebus
