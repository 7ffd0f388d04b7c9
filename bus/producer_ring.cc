// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/producer_ring.h"

#include <algorithm>
#include <utility>

namespace tracebus {
inline namespace v1 {

ProducerRing::ProducerRing(std::shared_ptr<EmitGate> gate, RingMemory memory) noexcept
    : ring_(memory.words(), memory.bytes()), gate_(gate.get()),
      record_bytes_max_(
          std::min<std::uint64_t>(memory.bytes() / kRingShareOfRecordMax, kRecordBytesMax)),
      gate_owner_(std::move(gate)), memory_(std::move(memory)) {}

EmitResult ProducerRing::emit(const TraceEvent& event) noexcept {
  const EventType type = EventType::find(event.event_type);
  const Wants wants = gate_->wants(type);
  if (wants != Wants::kYes || busy_) [[unlikely]]
    return refuse(wants);
  const FriendlyRecord record(event, type, gate_->content());
  const std::size_t size = record.size() != 0 ? record.size() : kRecordBytesMax + 1;
  char* const place = begin(size);
  if (place == nullptr) [[unlikely]]
    return decline(size);
  record.write(place, stamp());
  finish(size);
  return EmitResult::kAccepted;
}

EmitResult ProducerRing::refuse(Wants wants) noexcept {
  if (wants == Wants::kNo) return EmitResult::kUnwanted;
  if (busy_) {
    // The frame that was interrupted owns the sequence.
    nested_.add(1);
    return EmitResult::kNested;
  }
  sequence_.add(1);
  closed_.add(1);
  return EmitResult::kClosed;
}

EmitResult ProducerRing::decline(std::size_t size) noexcept {
  const bool too_big = size > record_bytes_max_;
  (too_big ? too_big_ : full_).add(1);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  busy_ = false;
  return too_big ? EmitResult::kTooBig : EmitResult::kFull;
}

ProducerCounts ProducerRing::counts() const noexcept {
  // Refusals first: they never exceed the attempts read after them.
  ProducerCounts counts;
  counts.full = full_.get();
  counts.too_big = too_big_.get();
  counts.closed = closed_.get();
  counts.nested = nested_.get();
  counts.emitted = sequence_.get() + counts.nested;
  return counts;
}

bool ProducerRing::reclaim(std::uint32_t producer) noexcept {
  if (!ring_.reclaim()) return false;
  producer_ = producer;
  return true;
}

void ProducerRing::recycle() noexcept {
  for (Counter* counter : {&sequence_, &full_, &too_big_, &closed_, &nested_}) counter->set(0);
  ring_.recycle();
}

}  // namespace v1
}  // namespace tracebus
