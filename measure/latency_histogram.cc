// SPDX-License-Identifier: Apache-2.0
#include "tracebus/measure/latency_histogram.h"

#include <cassert>
#include <cmath>

namespace tracebus {
inline namespace v1 {

LatencyHistogram& LatencyHistogram::operator+=(const LatencyHistogram& other) noexcept {
  for (std::size_t i = 0; i < Buckets::kCount; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  least_ = std::min(least_, other.least_);
  greatest_ = std::max(greatest_, other.greatest_);
  return *this;
}

void LatencyHistogram::clear() noexcept {
  std::fill(buckets_.begin(), buckets_.end(), 0);
  count_ = 0;
  sum_ = 0;
  least_ = ~std::uint64_t{0};
  greatest_ = 0;
}

std::uint64_t LatencyHistogram::quantile(double share) const noexcept {
  assert(!empty() && share >= 0 && share <= 1);
  const double exact_rank = std::ceil(share * static_cast<double>(count_));
  const std::uint64_t rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(exact_rank));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < Buckets::kCount; ++i) {
    seen += buckets_[i];
    if (seen >= rank) return std::min(Buckets::greatest_of(i), greatest_);
  }
  return greatest_;
}

std::vector<LatencyHistogram::Step> LatencyHistogram::steps() const {
  std::vector<Step> found;
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < Buckets::kCount; ++i) {
    if (buckets_[i] == 0) continue;
    seen += buckets_[i];
    found.push_back({std::min(Buckets::greatest_of(i), greatest_), seen});
  }
  return found;
}

}  // namespace v1
}  // namespace tracebus
