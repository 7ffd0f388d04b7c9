// SPDX-License-Identifier: Apache-2.0
//
// EmitGate: all that an emit reads of its bus besides its own ring. Written rarely, by the control
// plane and by a dispatcher that goes to sleep; so its lines stay shared in every producer's cache.
#ifndef TRACEBUS_BUS_EMIT_GATE_H_
#define TRACEBUS_BUS_EMIT_GATE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "tracebus/bus/event_count.h"
#include "tracebus/core/event_type.h"
#include "tracebus/core/limits.h"

namespace tracebus {
inline namespace v1 {

enum class Wants : std::uint8_t { kNo = 0, kYes = 1, kClosed = 2 };

class EmitGate {
 public:
  // Relaxed: a subscription that happens-before an emit set the byte before it returned; any other
  // order between the two may go either way.
  Wants wants(EventType type) const noexcept {
    return wants_[type.number()].load(std::memory_order_relaxed);
  }
  void set_wants(std::uint16_t type, Wants wants) noexcept {
    wants_[type].store(wants, std::memory_order_relaxed);  // pairs with wants, see there
  }

  // Whether some subscription was granted content. Relaxed as wants.
  bool content() const noexcept { return content_.load(std::memory_order_relaxed); }
  void set_content(bool wanted) noexcept { content_.store(wanted, std::memory_order_relaxed); }

  // After a publish: wakes the dispatcher if it parked. The load is relaxed and may pass the
  // publish in the store buffer, so a wake can be missed; the dispatcher bounds that (see
  // Dispatcher::park).
  void wake_if_parked() noexcept {
    if (parked_.load(std::memory_order_relaxed)) [[unlikely]]
      wake();
  }
  void wake() noexcept {
    if (parked_.exchange(false)) wakes_.notify();
  }

  // --- Dispatcher ---
  void set_parked(bool parked) noexcept { parked_.store(parked); }
  bool parked() const noexcept { return parked_.load(); }
  EventCount& wakes() noexcept { return wakes_; }

 private:
  std::atomic<Wants> wants_[kEventTypesMax]{};
  alignas(kCacheLineBytes) std::atomic<bool> parked_{false};
  std::atomic<bool> content_{false};
  alignas(kCacheLineBytes) EventCount wakes_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_EMIT_GATE_H_
