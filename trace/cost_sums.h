// SPDX-License-Identifier: Apache-2.0
//
// CostSums: what a number of model calls took, together. One cache line.
#ifndef TRACEBUS_TRACE_COST_SUMS_H_
#define TRACEBUS_TRACE_COST_SUMS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "tracebus/core/limits.h"
#include "tracebus/trace/nano_dollars.h"
#include "tracebus/trace/token_usage.h"

namespace tracebus {
inline namespace v1 {

// Every number is >= 0. One that would exceed 63 bits stays at the largest.
class alignas(kCacheLineBytes) CostSums {
 public:
  CostSums() noexcept = default;
  // Of one call. REQUIRES: cost and usage are not negative.
  CostSums(NanoDollars cost, const TokenUsage& usage, bool unpriced) noexcept
      : numbers_{cost.value(),
                 usage.input,
                 usage.output,
                 usage.cache_read,
                 usage.cache_write,
                 usage.reasoning,
                 1,
                 unpriced ? std::int64_t{1} : std::int64_t{0}} {}

  NanoDollars cost() const noexcept { return NanoDollars(numbers_[0]); }
  TokenUsage usage() const noexcept {
    return {numbers_[1], numbers_[2], numbers_[3], numbers_[4], numbers_[5]};
  }
  std::int64_t tokens() const noexcept {  // input and output
    std::int64_t sum = numbers_[1];
    add_saturating(sum, numbers_[2]);
    return sum;
  }
  std::int64_t calls() const noexcept { return numbers_[6]; }
  // How many of them had no cost and no price; they are in all other numbers but the cost.
  std::int64_t unpriced() const noexcept { return numbers_[7]; }

  // Whether everything fitted.
  bool add(const CostSums& other) noexcept {
    std::uint64_t signs = 0;
    for (std::size_t i = 0; i < numbers_.size(); ++i) {
      const std::uint64_t sum =
          static_cast<std::uint64_t>(numbers_[i]) + static_cast<std::uint64_t>(other.numbers_[i]);
      signs |= sum;
      numbers_[i] = static_cast<std::int64_t>(sum);
    }
    if (signs >> 63 == 0) [[likely]]
      return true;
    for (std::int64_t& number : numbers_) {
      if (number < 0) number = std::numeric_limits<std::int64_t>::max();
    }
    return false;
  }

  bool operator==(const CostSums&) const noexcept = default;

 private:
  std::array<std::int64_t, 8> numbers_{};
};
static_assert(sizeof(CostSums) == kCacheLineBytes);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_COST_SUMS_H_
