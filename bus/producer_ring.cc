// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/producer_ring.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <new>

#include "tracebus/bus/bus_thread.h"
#include "tracebus/bus/emergency_emit.h"
#include "tracebus/bus/no_wait_scope.h"
#include "tracebus/core/record_format.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kObjectBytes = round_up_to_pages(sizeof(ProducerRing));
// While a producer waits for room it looks for itself this often: a wake can be missed.
constexpr auto kLookAgain = std::chrono::milliseconds(10);

// Where texts are cut when a record is too large: the first that makes it fit.
constexpr std::size_t kTextLimits[] = {8192, 1024, 128};

bool may_wait() noexcept { return !on_bus_thread() && !NoWaitScope::active(); }

// Waits until ready() or the deadline; whether ready() held.
template <class Ready>
bool wait_until(EmitGate& gate, EventCount::Clock::time_point deadline, Ready ready) noexcept {
  for (;;) {
    const std::uint32_t key = gate.room().prepare();
    if (ready()) return true;
    const auto now = EventCount::Clock::now();
    if (now >= deadline) return false;
    gate.wake();
    gate.room().wait(key, std::min(deadline, now + kLookAgain));
  }
}

}  // namespace

ProducerCounts& ProducerCounts::operator+=(const ProducerCounts& other) noexcept {
  emitted += other.emitted;
  full += other.full;
  too_big += other.too_big;
  closed += other.closed;
  verbose += other.verbose;
  block_timeout += other.block_timeout;
  sampled_out += other.sampled_out;
  growths += other.growths;
  truncated += other.truncated;
  return *this;
}

ProducerRing::ProducerRing(EmitGate& gate, const Sizes& sizes, char* storage,
                           std::size_t mapped) noexcept
    : ring_(reinterpret_cast<RingWord*>(storage), sizes.bytes, sizes.bytes_max), gate_(&gate),
      record_bytes_max_(sizes.bytes / kRingShareOfRecordMax), sizes_(sizes), storage_(storage),
      mapped_(mapped), trimmed_to_(sizes.bytes) {}

ProducerRing* ProducerRing::create(EmitGate& gate, const Sizes& sizes) noexcept {
  if (!gate.ring_budget().try_take(sizes.bytes)) return nullptr;
  const std::size_t mapped =
      kObjectBytes + round_up_to_pages(Ring::storage_bytes(sizes.bytes, sizes.bytes_max));
  char* const pages = static_cast<char*>(gate.arena().map(mapped));
  if (pages == nullptr) {
    gate.ring_budget().give_back(sizes.bytes);
    return nullptr;
  }
  gate.add_share();
  return new (pages) ProducerRing(gate, sizes, pages + kObjectBytes, mapped);
}

void ProducerRing::drop_share() noexcept {
  if (!shares_.drop()) return;
  EmitGate* const gate = gate_;
  const std::size_t mapped = mapped_;
  this->~ProducerRing();
  gate->arena().unmap(this, mapped);
  gate->drop_share();
}

EmitResult ProducerRing::emit(const TraceEvent& event) noexcept {
  const EventType type = EventType::find(event.event_type);
  const Wants wants = gate_->wants(type);
  if (!wants.plain() || busy_) [[unlikely]]
    return emit_obstructed(event, type, wants);
  const FriendlyRecord record(event, type, gate_->content());
  if (record.size() != 0 && record.size() <= gate_->large_record_bytes()) [[likely]] {
    char* const place = begin(record.size(), wants);
    if (place != nullptr) [[likely]]
      return finish_record(record, place, false);
  }
  const EmitResult result = emit_slowly(record, event, type, false);
  give_up_at_ = {};
  return result;
}

EmitResult ProducerRing::emit_obstructed(const TraceEvent& event, EventType type,
                                         Wants wants) noexcept {
  if (wants.by_nobody()) return EmitResult::kUnwanted;
  if (busy_) return emit_in_emergency(*gate_, event, type, DropReason::kNested);
  const bool gave_up = wants.blocked() && !wants.closed() && !wait_for_gate(type);
  if (gate_->wants(type).closed()) return refuse(closed_, EmitResult::kClosed);
  const FriendlyRecord record(event, type, gate_->content());
  const EmitResult result = emit_slowly(record, event, type, gave_up);
  give_up_at_ = {};
  return result;
}

EmitResult ProducerRing::emit_slowly(const FriendlyRecord& record, const TraceEvent& event,
                                     EventType type, bool gave_up) noexcept {
  if (record.size() == 0 || record.size() > gate_->large_record_bytes()) {
    return emit_large(record, event, type, gave_up);
  }
  char* const place = begin_anyhow(record.size(), type);
  if (place != nullptr) return finish_record(record, place, gave_up);
  if (record.size() > record_bytes_max_) return emit_large(record, event, type, gave_up);
  return decline();
}

char* ProducerRing::begin_anyhow(std::size_t size, EventType type) noexcept {
  char* const place = begin(size, gate_->wants(type));
  if (place != nullptr) [[likely]]
    return place;
  set_give_up_at(type);
  return begin_slowly(size, type);
}

inline EmitResult ProducerRing::finish_record(const FriendlyRecord& record, char* place,
                                              bool gave_up) noexcept {
  record.write(place, stamp());
  if (gave_up) reinterpret_cast<RecordHeader*>(place)->flags |= kGaveUpWaiting;
  finish(record.size());
  return EmitResult::kAccepted;
}

// Beside the ring, or with its long texts cut.
EmitResult ProducerRing::emit_large(const FriendlyRecord& record, const TraceEvent& event,
                                    EventType type, bool gave_up) noexcept {
  char* const stub = begin_anyhow(sizeof(LargeStub), type);
  if (stub == nullptr) return decline();
  const LargeRange range = gate_->large().take(record.size());
  if (!range) {
    std::atomic_signal_fence(std::memory_order_seq_cst);
    busy_ = false;  // the claim is simply claimed again
    return emit_cut(event, type, gave_up);
  }
  char* const place = gate_->large().place(range, record.size());
  record.write(place, stamp());
  auto& header = *reinterpret_cast<RecordHeader*>(place);
  if (gave_up) header.flags |= kGaveUpWaiting;
  const LargeStub reference = {sizeof(LargeStub), kLargeRecord, 0,    range.begin,
                               header.ticks,      range.end,    place};
  std::memcpy(stub, &reference, sizeof reference);
  finish(sizeof(LargeStub));
  return EmitResult::kAccepted;
}

EmitResult ProducerRing::emit_cut(const TraceEvent& event, EventType type, bool gave_up) noexcept {
  for (const std::size_t limit : kTextLimits) {
    if (!gate_->truncate()) break;
    const FriendlyRecord cut(event, type, gate_->content(), limit);
    if (cut.size() == 0) continue;
    char* const place = begin_anyhow(cut.size(), type);
    if (place != nullptr) {
      truncated_.add(1);
      return finish_record(cut, place, gave_up);
    }
    if (cut.size() <= record_bytes_max_) return decline();
  }
  return refuse(too_big_, EmitResult::kTooBig);
}

// Whether the gate opened in time.
bool ProducerRing::wait_for_gate(EventType type) noexcept {
  if (!may_wait()) return false;
  busy_ = true;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  set_give_up_at(type);
  const bool opened = wait_until(*gate_, give_up_at_, [&] {
    const Wants wants = gate_->wants(type);
    return !wants.blocked() || wants.closed();
  });
  std::atomic_signal_fence(std::memory_order_seq_cst);
  busy_ = false;
  return opened;
}

// All that one event waits for ends at the same time.
void ProducerRing::set_give_up_at(EventType type) noexcept {
  if (give_up_at_ != EventCount::Clock::time_point{}) return;
  const std::uint32_t timeout_ms = gate_->block_timeout_ms(type);
  if (timeout_ms == 0) return;
  give_up_at_ = EventCount::Clock::now() + std::chrono::milliseconds(timeout_ms);
}

char* ProducerRing::begin_slowly(std::size_t size, EventType type) noexcept {
  busy_ = true;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  const bool verbose = gate_->wants(type).verbose();
  RingWord* place = nullptr;
  const auto claim = [&] {
    return size <= record_bytes_max_ && (place = ring_.claim(size, verbose)) != nullptr;
  };
  while (!claim() && grow_to_fit(size)) {
  }
  const bool fits = size <= record_bytes_max_;
  refusal_ = verbose && fits && ring_.claim(size) != nullptr ? Refusal::kVerbose : Refusal::kFull;
  if (place == nullptr && fits && gate_->block_timeout_ms(type) != 0 && may_wait()) {
    const auto until = give_up_at_;
    set_give_up_at(type);
    wait_until(*gate_, give_up_at_, claim);
    give_up_at_ = until;
    if (place == nullptr) refusal_ = Refusal::kBlockTimeout;
  }
  return reinterpret_cast<char*>(place);
}

bool ProducerRing::grow_to_fit(std::size_t size) noexcept {
  const std::uint64_t capacity = ring_.capacity();
  if (capacity == ring_.capacity_max()) return false;
  const std::uint64_t next = Ring::next_capacity(capacity, ring_.capacity_max());
  // One step may not be enough for the record, but the last one has to be.
  if (size > ring_.capacity_max() / kRingShareOfRecordMax) return false;
  if (!gate_->ring_budget().try_take(next)) return false;
  ring_.grow();
  growths_.add(1);
  record_bytes_max_ = next / kRingShareOfRecordMax;
  return true;
}

EmitResult ProducerRing::decline() noexcept {
  switch (refusal_) {
    case Refusal::kFull:
      return refuse(full_, EmitResult::kFull);
    case Refusal::kVerbose:
      return refuse(verbose_, EmitResult::kFull);
    default:
      return refuse(block_timeout_, EmitResult::kBlockTimeout);
  }
}

// Busy meanwhile, as an emit of a signal handler would take a sequence as well.
EmitResult ProducerRing::refuse(Counter& counter, EmitResult result) noexcept {
  busy_ = true;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  sequence_.add(1);
  counter.add(1);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  busy_ = false;
  return result;
}

void ProducerRing::count_sampled_out(EventType type) noexcept {
  if (!gate_->wants(type).wanted()) return;
  if (busy_) return gate_->count_emergency_drop(DropReason::kSampledOut);
  refuse(sampled_out_, EmitResult::kUnwanted);
}

ProducerCounts ProducerRing::counts() const noexcept {
  // Refusals first: they never exceed the attempts read after them.
  ProducerCounts counts;
  counts.full = full_.get();
  counts.too_big = too_big_.get();
  counts.closed = closed_.get();
  counts.verbose = verbose_.get();
  counts.block_timeout = block_timeout_.get();
  counts.sampled_out = sampled_out_.get();
  counts.growths = growths_.get();
  counts.truncated = truncated_.get();
  counts.emitted = sequence_.get();
  return counts;
}

bool ProducerRing::reclaim(std::uint32_t producer) noexcept {
  if (!ring_.reclaim()) return false;
  producer_ = producer;
  return true;
}

void ProducerRing::recycle(bool ready) noexcept {
  for (Counter* counter : {&sequence_, &full_, &too_big_, &closed_, &verbose_, &block_timeout_,
                           &sampled_out_, &growths_, &truncated_}) {
    counter->set(0);
  }
  const std::uint64_t grown = Ring::storage_bytes(sizes_.bytes, ring_.capacity());
  const std::uint64_t kept = ready ? sizes_.bytes : 0;
  // What was trimmed has been given back before; the first part belongs to the next producer, if
  // the ring is to be ready for it.
  const std::uint64_t trimmed = Ring::storage_bytes(sizes_.bytes, trimmed_to_) - trimmed_to_;
  if (grown != kept) gate_->arena().discard(storage_ + kept, grown - kept);
  const std::uint64_t charged = bare_ ? 0 : grown - trimmed;
  if (charged >= kept) {
    gate_->ring_budget().give_back(charged - kept);
    bare_ = !ready;
  } else {
    bare_ = true;
  }
  trimmed_to_ = sizes_.bytes;
  record_bytes_max_ = sizes_.bytes / kRingShareOfRecordMax;
  ring_.recycle(reinterpret_cast<RingWord*>(storage_), sizes_.bytes);
}

bool ProducerRing::ensure_storage() noexcept {
  if (bare_ && !gate_->ring_budget().try_take(sizes_.bytes)) return false;
  bare_ = false;
  return true;
}

void ProducerRing::discard() noexcept { gate_->arena().discard(storage_, mapped_ - kObjectBytes); }

void ProducerRing::trim() noexcept {
  const std::uint64_t now = ring_.consumer_capacity();
  while (trimmed_to_ != now) {
    const std::uint64_t begin = Ring::storage_bytes(sizes_.bytes, trimmed_to_) - trimmed_to_;
    gate_->arena().discard(storage_ + begin, trimmed_to_);
    gate_->ring_budget().give_back(trimmed_to_);
    trimmed_to_ = Ring::next_capacity(trimmed_to_, ring_.capacity_max());
  }
}

void ProducerRing::prefault() noexcept { gate_->arena().prefault(storage_, sizes_.bytes); }

}  // namespace v1
}  // namespace tracebus
