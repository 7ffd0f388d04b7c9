// SPDX-License-Identifier: Apache-2.0
//
// FlushEpoch: the number that a flush of the bus is.
//
//   anybody:    epoch = ask();  wake the dispatcher;  wait until answered() >= epoch
//   dispatcher: epoch = asked();  read the rings' ends;  deliver up to them;  answer(epoch)
//
// Thread safety. answer and pending belong to the dispatcher; the rest to everybody.
//
// What was emitted before a request is found: the dispatcher reads the request before the rings'
// ends. Whoever sees its epoch answered sees what the dispatcher did before.
//
// Atom is std::atomic in the library; tests/model puts a model checker's in its place.
#ifndef TRACEBUS_BUS_FLUSH_EPOCH_H_
#define TRACEBUS_BUS_FLUSH_EPOCH_H_

#include <atomic>
#include <cstdint>

namespace tracebus {
inline namespace v1 {

template <template <class> class Atom = std::atomic>
class BasicFlushEpoch {
 public:
  // --- Anybody ---
  // The first epoch is 1.
  std::uint64_t ask() noexcept {
    return asked_.fetch_add(1, std::memory_order_release) + 1;  // pairs with asked
  }
  std::uint64_t answered() const noexcept {
    return answered_.load(std::memory_order_acquire);  // pairs with answer
  }

  // --- Dispatcher ---
  // The newest request. It answers all before it as well.
  std::uint64_t asked() const noexcept {
    return asked_.load(std::memory_order_acquire);  // pairs with ask
  }
  // Whether a request has not been answered yet.
  bool pending() const noexcept {
    return asked() != answered_.load(std::memory_order_relaxed);  // own store
  }
  void answer(std::uint64_t epoch) noexcept {
    answered_.store(epoch, std::memory_order_release);  // pairs with answered
  }

 private:
  Atom<std::uint64_t> asked_{0};
  Atom<std::uint64_t> answered_{0};
};

using FlushEpoch = BasicFlushEpoch<>;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_FLUSH_EPOCH_H_
