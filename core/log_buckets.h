// SPDX-License-Identifier: Apache-2.0
//
// LogBuckets: the buckets of log-linear histograms, as arithmetic alone.
//
// Below 2 * kSteps every value has a bucket of its own; above, each power of two is divided into
// kSteps buckets of equal width. So the greatest value of a bucket exceeds no value in it by more
// than kErrorMax of it.
#ifndef TRACEBUS_CORE_LOG_BUCKETS_H_
#define TRACEBUS_CORE_LOG_BUCKETS_H_

#include <bit>
#include <cstddef>
#include <cstdint>

namespace tracebus {
inline namespace v1 {

template <int kBits>
struct LogBuckets {
  static constexpr int kStepBits = kBits;
  static constexpr std::uint64_t kSteps = std::uint64_t{1} << kStepBits;
  static constexpr double kErrorMax = 1.0 / static_cast<double>(kSteps);
  static constexpr std::size_t kCount = (64 - kStepBits + 1) * kSteps;

  static constexpr std::size_t bucket_of(std::uint64_t value) noexcept {
    if (value < 2 * kSteps) return static_cast<std::size_t>(value);
    const std::size_t shift =
        static_cast<std::size_t>(std::bit_width(value)) - std::size_t{kStepBits + 1};
    return shift * kSteps + static_cast<std::size_t>(value >> shift);
  }

  // REQUIRES: bucket < kCount.
  static constexpr std::uint64_t greatest_of(std::size_t bucket) noexcept {
    if (bucket < 2 * kSteps) return bucket;
    const std::size_t shift = bucket / kSteps - 1;
    // Of the last bucket of all this is zero less one: the greatest value there is.
    return ((kSteps + bucket % kSteps + 1) << shift) - 1;
  }
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_LOG_BUCKETS_H_
