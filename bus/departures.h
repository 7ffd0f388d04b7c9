// SPDX-License-Identifier: Apache-2.0
//
// Departures: which of its dispatchers will publish no more for a subscription, so that its worker
// knows when it has seen the last of them.
//
// Thread safety: each dispatcher calls leave for itself, once or more; all_left is for the worker.
//
// Invariant. A dispatcher leaves after its last publication, and the worker looks at departures
// before it takes what is published: so what it then takes is all there is, if all have left.
#ifndef TRACEBUS_BUS_DEPARTURES_H_
#define TRACEBUS_BUS_DEPARTURES_H_

#include <atomic>
#include <cstddef>
#include <memory>

namespace tracebus {
inline namespace v1 {

template <template <class> class Atom = std::atomic>
class BasicDepartures {
 public:
  explicit BasicDepartures(std::size_t dispatchers)
      : dispatchers_(dispatchers), left_(std::make_unique<Atom<bool>[]>(dispatchers)) {}

  // Whoever wakes the worker afterwards makes it look again.
  void leave(std::size_t dispatcher) noexcept {
    left_[dispatcher].store(true, std::memory_order_release);  // pairs with all_left
  }
  bool all_left() const noexcept {
    for (std::size_t i = 0; i < dispatchers_; ++i) {
      if (!left_[i].load(std::memory_order_acquire)) return false;  // pairs with leave
    }
    return true;
  }

 private:
  const std::size_t dispatchers_;
  const std::unique_ptr<Atom<bool>[]> left_;
};

using Departures = BasicDepartures<>;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_DEPARTURES_H_
