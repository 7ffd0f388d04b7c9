// SPDX-License-Identifier: Apache-2.0
//
// Shares: how many co-own an object. Whoever makes it holds the first share.
//
// Thread safety: all of it, also in a signal handler. Whoever adds a share holds one, or has it
// from somebody who does.
#ifndef TRACEBUS_BUS_SHARES_H_
#define TRACEBUS_BUS_SHARES_H_

#include <atomic>
#include <cstdint>

namespace tracebus {
inline namespace v1 {

template <template <class> class Atom = std::atomic>
class BasicShares {
 public:
  BasicShares() = default;
  BasicShares(const BasicShares&) = delete;
  BasicShares& operator=(const BasicShares&) = delete;

  void add() noexcept {
    count_.fetch_add(1, std::memory_order_relaxed);  // orders nothing: see who may call it
  }
  // Whether it was the last: then the object is the caller's, to destroy.
  [[nodiscard]] bool drop() noexcept {
    // Acquire and release pair with each other: the last one sees all that the others did.
    return count_.fetch_sub(1, std::memory_order_acq_rel) == 1;
  }
  // Whether there are others. A hint, but for those who know that it must be so.
  bool shared() const noexcept {
    return count_.load(std::memory_order_relaxed) > 1;  // a hint
  }

 private:
  Atom<std::uint32_t> count_{1};
};

using Shares = BasicShares<>;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_SHARES_H_
