// SPDX-License-Identifier: Apache-2.0
//
// LatencyHistogram: counts times without keeping them, in any unit.
//
// Below 2 * kSteps every value has a bucket of its own; above, each power of two is divided into
// kSteps buckets of equal width (log-linear). So a quantile is never below the exact one, and above
// it by less than kErrorMax of it. Least, greatest, count and sum are exact.
//
// Adding neither allocates nor waits. Thread safety: one thread.
#ifndef TRACEBUS_MEASURE_LATENCY_HISTOGRAM_H_
#define TRACEBUS_MEASURE_LATENCY_HISTOGRAM_H_

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tracebus {
inline namespace v1 {

class LatencyHistogram {
 public:
  static constexpr int kStepBits = 7;
  static constexpr std::uint64_t kSteps = std::uint64_t{1} << kStepBits;
  static constexpr double kErrorMax = 1.0 / static_cast<double>(kSteps);
  static constexpr std::size_t kBuckets = (64 - kStepBits + 1) * kSteps;

  LatencyHistogram() : buckets_(kBuckets) {}

  void add(std::uint64_t value) noexcept {
    ++buckets_[bucket_of(value)];
    ++count_;
    sum_ += value;
    least_ = std::min(least_, value);
    greatest_ = std::max(greatest_, value);
  }
  LatencyHistogram& operator+=(const LatencyHistogram& other) noexcept;
  void clear() noexcept;

  bool empty() const noexcept { return count_ == 0; }
  std::uint64_t count() const noexcept { return count_; }

  // REQUIRES of all that follow: not empty.
  std::uint64_t least() const noexcept { return least_; }
  std::uint64_t greatest() const noexcept { return greatest_; }
  double mean() const noexcept { return static_cast<double>(sum_) / static_cast<double>(count_); }
  // The value that the given share of all values, from 0 to 1, does not exceed.
  std::uint64_t quantile(double share) const noexcept;

  // The distribution in rising order: how many values there are up to and including value.
  struct Step {
    std::uint64_t value;
    std::uint64_t count_up_to;
  };
  std::vector<Step> steps() const;

 private:
  static std::size_t bucket_of(std::uint64_t value) noexcept {
    if (value < 2 * kSteps) return static_cast<std::size_t>(value);
    const std::size_t shift = std::size_t{std::bit_width(value)} - (kStepBits + 1);
    return shift * kSteps + static_cast<std::size_t>(value >> shift);
  }
  static std::uint64_t greatest_of(std::size_t bucket) noexcept;

  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t least_ = ~std::uint64_t{0};
  std::uint64_t greatest_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_MEASURE_LATENCY_HISTOGRAM_H_
