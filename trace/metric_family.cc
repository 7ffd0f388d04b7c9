// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/metric_family.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <utility>

namespace tracebus {
inline namespace v1 {
namespace {

// What a name of kMetricLabelBytesMax takes at most in GroupNames: its text, where to find it, its
// slots in the tables of all sizes.
constexpr std::size_t kNameBytes = kMetricLabelBytesMax + 8 + 8 + 64;
constexpr std::size_t kNamesBytes = std::size_t{64} << 10;  // of GroupNames, whatever is in it

}  // namespace

double MetricPoint::quantile(double share) const noexcept {
  const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count)));
  for (const MetricBucket& bucket : buckets) {
    if (bucket.count_up_to >= std::max<std::uint64_t>(1, rank)) return bucket.upper_bound;
  }
  return 0;
}

MetricSeries::MetricSeries(const MetricFamily& family)
    : family_(family),
      buckets_(std::make_unique<std::atomic<std::uint64_t>[]>(family.bucket_count())) {}

void MetricSeries::record(std::uint64_t value) noexcept {
  // Both relaxed: numbers order nothing.
  buckets_[family_.bucket_of(value)].fetch_add(1, std::memory_order_relaxed);
  value_.fetch_add(value, std::memory_order_relaxed);
}

MetricFamily::MetricFamily(MetricSpec spec)
    : spec_(std::move(spec)), names_(spec_.series_max),
      series_(std::make_unique<std::atomic<MetricSeries*>[]>(std::size_t{spec_.series_max} +
                                                             GroupNames::kFirst)) {
  // There from the beginning, so that nothing is lost where memory is refused.
  series_[GroupNames::kOthers].store(new MetricSeries(*this),
                                     std::memory_order_release);  // pairs with series_of
}

MetricFamily::~MetricFamily() {
  for (std::uint32_t number = 0; number < names_.end(); ++number) {
    delete series_[number].load(std::memory_order_acquire);  // pairs with series_of
  }
}

MetricSeries& MetricFamily::series(std::span<const std::string_view> labels) noexcept {
  const MetricLabels known(labels, spec_.label_keys.size());
  const std::uint32_t number = known.fits() ? names_.number_of(known.text()) : GroupNames::kOthers;
  MetricSeries* const found = number != GroupNames::kOthers ? series_of(number) : nullptr;
  if (found != nullptr) [[likely]]
    return *found;
  overflowed_.fetch_add(1, std::memory_order_relaxed);  // a number orders nothing
  return *series_of(GroupNames::kOthers);
}

// Null without memory.
MetricSeries* MetricFamily::series_of(std::uint32_t number) noexcept {
  std::atomic<MetricSeries*>& place = series_[number];
  MetricSeries* known = place.load(std::memory_order_acquire);  // pairs with the exchange
  if (known != nullptr) [[likely]]
    return known;
  try {
    std::unique_ptr<MetricSeries> made(new MetricSeries(*this));
    // Release: whoever finds it sees it whole; acquire: if another thread came first, we do.
    if (place.compare_exchange_strong(known, made.get(), std::memory_order_acq_rel)) {
      return made.release();
    }
    return known;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

std::size_t MetricFamily::bucket_count() const noexcept {
  if (spec_.kind != MetricKind::kHistogram) return 0;
  return spec_.bounds.empty() ? Log::kCount : spec_.bounds.size() + 1;
}

std::size_t MetricFamily::bucket_of(std::uint64_t value) const noexcept {
  if (spec_.bounds.empty()) return Log::bucket_of(value);
  const auto bound = std::ranges::lower_bound(spec_.bounds, value);
  return static_cast<std::size_t>(bound - spec_.bounds.begin());
}

double MetricFamily::bound_of(std::size_t bucket) const noexcept {
  if (spec_.bounds.empty()) return static_cast<double>(Log::greatest_of(bucket)) / spec_.per_unit;
  if (bucket == spec_.bounds.size()) return std::numeric_limits<double>::infinity();
  return static_cast<double>(spec_.bounds[bucket]) / spec_.per_unit;
}

MetricSnapshot MetricFamily::snapshot() const {
  MetricSnapshot snapshot{.spec = spec_};
  snapshot.overflowed = overflowed_.load(std::memory_order_relaxed);  // as in series
  for (std::uint32_t number = 0; number < names_.end(); ++number) {
    // Acquire pairs with series_of.
    const MetricSeries* const series = series_[number].load(std::memory_order_acquire);
    const bool is_unused = number == GroupNames::kOthers && snapshot.overflowed == 0;
    if (series != nullptr && !is_unused) snapshot.points.push_back(point_of(number, *series));
  }
  return snapshot;
}

MetricPoint MetricFamily::point_of(std::uint32_t number, const MetricSeries& series) const {
  MetricPoint point{.is_overflow = number == GroupNames::kOthers};
  std::vector<std::string_view> values(spec_.label_keys.size());
  if (number >= GroupNames::kFirst) MetricLabels::split(names_.name(number), values);
  point.labels.assign(values.begin(), values.end());
  const std::uint64_t value = series.value_.load(std::memory_order_relaxed);  // as MetricSeries
  if (spec_.kind == MetricKind::kGauge) {
    point.value = std::bit_cast<double>(value);
  } else if (spec_.kind == MetricKind::kCounter) {
    point.count = value;
    point.value = static_cast<double>(value);
  } else {
    point.sum = static_cast<double>(value) / spec_.per_unit;
    fill_histogram(point, series);
  }
  return point;
}

void MetricFamily::fill_histogram(MetricPoint& point, const MetricSeries& series) const {
  const bool only_used = spec_.bounds.empty();
  for (std::size_t i = 0; i < bucket_count(); ++i) {
    const std::uint64_t count = series.buckets_[i].load(std::memory_order_relaxed);  // as record
    point.count += count;
    if (count != 0 || !only_used) point.buckets.push_back({bound_of(i), point.count});
  }
}

std::size_t MetricFamily::bytes_of_series() const noexcept {
  return sizeof(MetricSeries) + bucket_count() * sizeof(std::uint64_t);
}

std::size_t MetricFamily::bytes() const {
  std::size_t bytes = sizeof *this + names_.bytes() +
                      (std::size_t{spec_.series_max} + GroupNames::kFirst) * sizeof(void*);
  for (std::uint32_t number = 0; number < names_.end(); ++number) {
    // Acquire pairs with series_of.
    if (series_[number].load(std::memory_order_acquire) != nullptr) bytes += bytes_of_series();
  }
  return bytes;
}

std::size_t MetricFamily::bytes_max() const noexcept {
  const std::size_t series = std::size_t{spec_.series_max} + GroupNames::kFirst;
  return sizeof *this + kNamesBytes + series * (sizeof(void*) + kNameBytes + bytes_of_series());
}

}  // namespace v1
}  // namespace tracebus
