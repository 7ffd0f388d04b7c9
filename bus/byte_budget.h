// SPDX-License-Identifier: Apache-2.0
//
// ByteBudget: so many bytes for all who take from it.
#ifndef TRACEBUS_BUS_BYTE_BUDGET_H_
#define TRACEBUS_BUS_BYTE_BUDGET_H_

#include <atomic>
#include <cstdint>

namespace tracebus {
inline namespace v1 {

// Thread safety: all of it, also from signal handlers.
class ByteBudget {
 public:
  explicit ByteBudget(std::uint64_t bytes) noexcept : left_(static_cast<std::int64_t>(bytes)) {}

  bool try_take(std::uint64_t bytes) noexcept {
    const auto wanted = static_cast<std::int64_t>(bytes);
    // Relaxed: a number that guards nothing but itself.
    std::int64_t left = left_.load(std::memory_order_relaxed);
    while (left >= wanted) {
      // Relaxed, as above.
      if (left_.compare_exchange_weak(left, left - wanted, std::memory_order_relaxed,
                                      std::memory_order_relaxed)) {  // as above
        return true;
      }
    }
    return false;
  }
  void give_back(std::uint64_t bytes) noexcept {
    left_.fetch_add(static_cast<std::int64_t>(bytes), std::memory_order_relaxed);  // as above
  }
  std::int64_t left() const noexcept { return left_.load(std::memory_order_relaxed); }  // as above

 private:
  std::atomic<std::int64_t> left_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_BYTE_BUDGET_H_
