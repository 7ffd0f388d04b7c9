// SPDX-License-Identifier: Apache-2.0
//
// Ring: a byte ring between one producing thread and one consuming thread.
//
// Thread safety. claim, publish and retire belong to the producer; poll_end, at, skip_padding and
// release to the consumer. The two sides share the two positions and nothing else.
//
// Invariants
//  1. Positions are byte counts since the ring was made. They are 64-bit, multiples of eight, and
//     never wrap; the index of a position is position & (capacity - 1).
//  2. head_ <= tail_ <= position_ <= limit_ <= head_ + capacity. The consumer writes only head_.
//  3. Bytes in [head_, tail_) belong to the consumer, all others to the producer.
//  4. A record never straddles the end of the storage. Where it would, the producer writes a
//     padding record up to the end and starts again at index 0. Padding and the record after it
//     become visible by one store.
//  5. limit_ is the producer's cached bound: the smaller of head_ + capacity as last read, and the
//     end of the current lap. So one comparison decides the common case of claim.
//
// Recycling. A ring outlives its producers, one after another: retire is the last release of the
// old producer, reclaim the first acquire of the next. See RingState for who makes which step.
//
// Atom and Plain are std::atomic and a bare value in the library; tests/model puts a model
// checker's atomics and a race-checking cell in their place, and so runs this very code.
#ifndef TRACEBUS_CORE_RING_H_
#define TRACEBUS_CORE_RING_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "tracebus/core/limits.h"

namespace tracebus {
inline namespace v1 {

// A bare value: what Plain is outside the model checker.
template <class T>
struct BareValue {
  T value;
  T read() const noexcept { return value; }
  void write(T v) noexcept { value = v; }
};

//   kFree --(a producer: reclaim)--> kActive --(that producer: retire)--> kRetired
//   kRetired --(the consumer, once drained: recycle)--> kFree
enum class RingState : std::uint32_t { kFree = 0, kActive = 1, kRetired = 2 };

// The first eight bytes of every record, which is all that the ring itself knows of records.
// core/record_format.h describes the rest.
inline constexpr std::uint64_t kPaddingRecordType = 0xFFFF;
constexpr std::uint64_t padding_word(std::uint64_t size_bytes) noexcept {
  return size_bytes | (kPaddingRecordType << 32);
}
constexpr bool is_padding_word(std::uint64_t word) noexcept {
  return ((word >> 32) & 0xFFFF) == kPaddingRecordType;
}
constexpr std::uint64_t size_of_word(std::uint64_t word) noexcept { return word & 0xFFFFFFFFu; }

template <template <class> class Atom = std::atomic, template <class> class Plain = BareValue>
class BasicRing {
 public:
  using Word = Plain<std::uint64_t>;

  // REQUIRES: storage holds capacity_bytes, a power of two >= 64; it outlives the ring.
  BasicRing(Word* storage, std::uint64_t capacity_bytes) noexcept
      : limit_{capacity_bytes}, storage_(storage), capacity_(capacity_bytes),
        consumer_storage_(storage), consumer_mask_(capacity_bytes - 1) {}
  BasicRing(const BasicRing&) = delete;
  BasicRing& operator=(const BasicRing&) = delete;

  // --- Producer ---

  // The place for a record of size bytes, or null when the ring has no room for it now. Nothing is
  // visible to the consumer before publish. A claim that is not published is simply claimed again.
  // REQUIRES: size is a multiple of eight, and <= capacity / kRingShareOfRecordMax.
  Word* claim(std::uint64_t size) noexcept {
    if (position_.read() + size <= limit_.read()) [[likely]]
      return place(position_.read());
    return claim_slowly(size);
  }

  // Makes the last claimed record visible.
  void publish(std::uint64_t size) noexcept {
    position_.write(position_.read() + size);
    tail_.store(position_.read(), std::memory_order_release);  // pairs with poll_end
  }

  // The producer is done with the ring: everything it published will still be delivered.
  void retire() noexcept {
    state_.store(RingState::kRetired, std::memory_order_release);  // pairs with retired
  }

  // Takes a free ring for a new producer. False if another thread was faster.
  bool reclaim() noexcept {
    RingState expected = RingState::kFree;
    // Acquire pairs with the release in recycle: the new producer sees the drained ring.
    return state_.compare_exchange_strong(expected, RingState::kActive, std::memory_order_acquire,
                                          std::memory_order_relaxed);
  }

  std::uint64_t capacity() const noexcept { return capacity_; }

  // --- Consumer ---

  // The end of what is published. Everything before it may be read until it is released.
  std::uint64_t poll_end() const noexcept {
    return tail_.load(std::memory_order_acquire);  // pairs with publish
  }
  std::uint64_t head() const noexcept {
    return head_.load(std::memory_order_relaxed);  // own store
  }

  const Word* at(std::uint64_t position) const noexcept {
    return consumer_storage_ + ((position & consumer_mask_) >> 3);
  }

  // Steps over padding at position, if there is any. REQUIRES: position < the polled end.
  std::uint64_t skip_padding(std::uint64_t position) const noexcept {
    const std::uint64_t word = at(position)->read();
    return is_padding_word(word) ? position + size_of_word(word) : position;
  }

  // Gives everything before position back to the producer.
  void release(std::uint64_t position) noexcept {
    head_.store(position, std::memory_order_release);  // pairs with claim_slowly
  }

  // True once the producer has retired; what poll_end returns after that is final.
  bool retired() const noexcept {
    return state_.load(std::memory_order_acquire) == RingState::kRetired;  // pairs with retire
  }

  // Whether no producer has the ring. Relaxed: reclaim decides.
  bool free() const noexcept { return state_.load(std::memory_order_relaxed) == RingState::kFree; }

  // REQUIRES: retired(), and everything published is released.
  void recycle() noexcept {
    state_.store(RingState::kFree, std::memory_order_release);  // pairs with reclaim
  }

 private:
  Word* place(std::uint64_t position) noexcept {
    return storage_ + ((position & (capacity_ - 1)) >> 3);
  }

  Word* claim_slowly(std::uint64_t size) noexcept {
    std::uint64_t position = position_.read();
    const std::uint64_t to_end = capacity_ - (position & (capacity_ - 1));
    const std::uint64_t padding = size > to_end ? to_end : 0;
    // Acquire pairs with release: the consumer's reads of these bytes are over.
    const std::uint64_t bound = head_.load(std::memory_order_acquire) + capacity_;
    if (position + padding + size > bound) return nullptr;
    if (padding != 0) {
      place(position)->write(padding_word(padding));
      position += padding;
      position_.write(position);
    }
    const std::uint64_t lap_end = position + capacity_ - (position & (capacity_ - 1));
    limit_.write(bound < lap_end ? bound : lap_end);
    return place(position);
  }

  // Written by the producer only. The consumer reads tail_ and state_ of this line.
  alignas(kCacheLineBytes) Atom<std::uint64_t> tail_{0};
  Plain<std::uint64_t> position_{0};  // plain: one producer hands them to the next
  Plain<std::uint64_t> limit_;
  Word* const storage_;
  const std::uint64_t capacity_;
  Atom<RingState> state_{RingState::kFree};

  // Written by the consumer only. The producer reads it once its cached limit is used up. The
  // consumer keeps its own copies of storage and mask, so that it never touches the other line for
  // them.
  alignas(kCacheLineBytes) Atom<std::uint64_t> head_{0};
  Word* const consumer_storage_;
  const std::uint64_t consumer_mask_;
};

using Ring = BasicRing<>;
using RingWord = Ring::Word;
static_assert(sizeof(RingWord) == 8);
static_assert(sizeof(Ring) == 2 * kCacheLineBytes, "each side writes one line of its own");

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_RING_H_
