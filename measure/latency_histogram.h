// SPDX-License-Identifier: Apache-2.0
//
// LatencyHistogram: counts times without keeping them, in any unit.
//
// Its buckets are log-linear (core/log_buckets.h). So a quantile is never below the exact one, and
// above it by less than kErrorMax of it. Least, greatest, count and sum are exact.
//
// Adding neither allocates nor waits. Thread safety: one thread.
#ifndef TRACEBUS_MEASURE_LATENCY_HISTOGRAM_H_
#define TRACEBUS_MEASURE_LATENCY_HISTOGRAM_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tracebus/core/log_buckets.h"

namespace tracebus {
inline namespace v1 {

class LatencyHistogram {
 public:
  using Buckets = LogBuckets<7>;
  static constexpr std::uint64_t kSteps = Buckets::kSteps;
  static constexpr double kErrorMax = Buckets::kErrorMax;

  LatencyHistogram() : buckets_(Buckets::kCount) {}

  void add(std::uint64_t value) noexcept {
    ++buckets_[Buckets::bucket_of(value)];
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
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t least_ = ~std::uint64_t{0};
  std::uint64_t greatest_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_MEASURE_LATENCY_HISTOGRAM_H_
