// SPDX-License-Identifier: Apache-2.0
//
// Producer: an explicit way into a bus, for threads that emit much. TraceEventBus::producer makes
// it.
#ifndef TRACEBUS_BUS_PRODUCER_H_
#define TRACEBUS_BUS_PRODUCER_H_

#include <utility>

#include "tracebus/bus/producer_ring.h"

namespace tracebus {
inline namespace v1 {

// Thread safety: one thread at a time. Moving it to another thread needs the usual hand-over.
// May outlive the bus: emit then answers kClosed, as it does in the child of a fork, where a new
// producer has to be made.
class Producer {
 public:
  Producer() noexcept = default;                                   // emits nothing: kClosed
  explicit Producer(ProducerRing* ring) noexcept : ring_(ring) {}  // takes over the caller's share
  Producer(Producer&& other) noexcept : ring_(std::exchange(other.ring_, nullptr)) {}
  Producer& operator=(Producer&& other) noexcept {
    release();
    ring_ = std::exchange(other.ring_, nullptr);
    return *this;
  }
  ~Producer() { release(); }

  // The hot way: no heap, lock, system call (but the wake of a sleeping dispatcher), exception or
  // virtual call.
  //   producer.emit(kLlmCall, ids, "analyst", "pipeline", attr<"model">(m),
  //   attr<"input_tokens">(450));
  // ids is an EventIds or kNoIds; agent and pattern are texts or NameHandles.
  template <class Ids, class... Attributes>
  EmitResult emit(EventType type, const Ids& ids, const Name& agent, const Name& pattern,
                  const Attributes&... attributes) noexcept {
    if (!ring_) [[unlikely]]
      return EmitResult::kClosed;
    return ring_->emit(type, ids, agent, pattern, attributes...);
  }
  EmitResult emit(const TraceEvent& event) noexcept {
    return ring_ ? ring_->emit(event) : EmitResult::kClosed;
  }

  explicit operator bool() const noexcept { return ring_ != nullptr; }

 private:
  void release() noexcept {
    if (ring_ == nullptr) return;
    ring_->retire();
    ring_->drop_share();
    ring_ = nullptr;
  }

  ProducerRing* ring_ = nullptr;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_PRODUCER_H_
