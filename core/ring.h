// SPDX-License-Identifier: Apache-2.0
//
// Ring: a byte ring between one producing thread and one consuming thread.
//
// Thread safety. claim, grow, publish and retire belong to the producer; poll_end, at, skip and
// release to the consumer. The two sides share the two positions and nothing else.
//
// Invariants
//  1. Positions are byte counts since the ring was made. They are 64-bit, multiples of eight, and
//     never wrap; the index of a position is position & (capacity - 1).
//  2. head_ <= tail_ <= position_ <= limit_ <= head_ + capacity - kLinkBytes: there is always room
//     for a link. The consumer writes only head_.
//  3. Bytes in [head_, tail_) belong to the consumer, all others to the producer.
//  4. A record never straddles the end of the storage. Where it would, the producer writes a
//     padding record up to the end and starts again at index 0. Padding and the record after it
//     become visible by one store.
//  5. limit_ is the producer's cached bound: the smaller of the end of its room as last read, and
//     the end of the current lap. So one comparison decides the common case of claim.
//     verbose_limit_ is the same for events that give way first: it leaves a quarter of the ring.
//
// Growth. The storage is a row of parts, each kRingGrowth times as large as the one before, or what
// is left to the largest size. A ring that is full goes on in its next part: the producer ends the
// old one by a link, which becomes visible with the record after it; where the consumer meets the
// link it follows, and nobody looks at the old part again. Positions run on, so room is reckoned as
// before: all that lies in the new part lies within its size from the oldest byte in use.
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
#include "tracebus/core/prefetch.h"

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
inline constexpr std::uint64_t kLinkRecordType = 0xFFFE;
inline constexpr std::uint64_t kLinkBytes = 8;
inline constexpr std::uint64_t kLinkWord = kLinkBytes | (kLinkRecordType << 32);
constexpr std::uint64_t padding_word(std::uint64_t size_bytes) noexcept {
  return size_bytes | (kPaddingRecordType << 32);
}
constexpr bool is_padding_or_link_word(std::uint64_t word) noexcept {
  return ((word >> 32) & 0xFFFF) >= kLinkRecordType;
}
constexpr std::uint64_t size_of_word(std::uint64_t word) noexcept { return word & 0xFFFFFFFFu; }

template <template <class> class Atom = std::atomic, template <class> class Plain = BareValue>
class BasicRing {
 public:
  using Word = Plain<std::uint64_t>;

  // REQUIRES: capacity_bytes and capacity_bytes_max are powers of two >= 64; storage holds
  // storage_bytes of both, and outlives the ring.
  BasicRing(Word* storage, std::uint64_t capacity_bytes, std::uint64_t capacity_bytes_max) noexcept
      : limit_{capacity_bytes - kLinkBytes}, verbose_limit_{limit_of_verbose(0, capacity_bytes)},
        storage_{storage}, capacity_{capacity_bytes}, consumer_storage_(storage),
        consumer_capacity_(capacity_bytes), capacity_max_(capacity_bytes_max) {}
  BasicRing(const BasicRing&) = delete;
  BasicRing& operator=(const BasicRing&) = delete;

  static constexpr std::uint64_t next_capacity(std::uint64_t capacity, std::uint64_t max) noexcept {
    return capacity * kRingGrowth < max ? capacity * kRingGrowth : max;
  }
  // All parts together.
  static constexpr std::uint64_t storage_bytes(std::uint64_t capacity, std::uint64_t max) noexcept {
    std::uint64_t bytes = capacity;
    for (; capacity < max; bytes += capacity) capacity = next_capacity(capacity, max);
    return bytes;
  }

  // --- Producer ---

  // The place for a record of size bytes, or null when the ring has no room for it now. Nothing is
  // visible to the consumer before publish. A claim that is not published is simply claimed again.
  // REQUIRES: size is a multiple of eight, and <= capacity / kRingShareOfRecordMax.
  Word* claim(std::uint64_t size, bool verbose = false) noexcept {
    const std::uint64_t limit = verbose ? verbose_limit_.read() : limit_.read();
    if (position_.read() + size <= limit) [[likely]]
      return place(position_.read());
    return claim_slowly(size, verbose);
  }

  // Asks for lines that will be written soon. The consumer has read them a lap ago, so each has to
  // come back from its core; and as stores take effect in order, one that waits holds up all that
  // follow. So far ahead the lines are there in time, and are not yet the consumer's again.
  void prefetch() const noexcept {
    const auto* const ahead =
        reinterpret_cast<const char*>(place(position_.read() + kPrefetchBytes));
    for (std::uint64_t line = 0; line < kPrefetchLines; ++line) {
      prefetch_to_write(ahead + line * kCacheLineBytes);
    }
  }

  // Makes the last claimed record visible.
  void publish(std::uint64_t size) noexcept {
    position_.write(position_.read() + size);
    tail_.store(position_.read(), std::memory_order_release);  // pairs with poll_end
  }

  // Goes on in the next part. REQUIRES: capacity() < capacity_max().
  void grow() noexcept {
    place(position_.read())->write(kLinkWord);
    const std::uint64_t old = capacity_.read();
    storage_.write(storage_.read() + (old >> 3));
    capacity_.write(next_capacity(old, capacity_max_));
    position_.write(position_.read() + kLinkBytes);
    // Relaxed: whatever the consumer still reads lies in the old part.
    set_limits(head_.load(std::memory_order_relaxed));
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

  std::uint64_t capacity() const noexcept { return capacity_.read(); }
  std::uint64_t capacity_max() const noexcept { return capacity_max_; }

  // --- Consumer ---

  // The end of what is published. Everything before it may be read until it is released.
  std::uint64_t poll_end() const noexcept {
    return tail_.load(std::memory_order_acquire);  // pairs with publish
  }
  std::uint64_t head() const noexcept {
    return head_.load(std::memory_order_relaxed);  // own store
  }

  const Word* at(std::uint64_t position) const noexcept {
    return consumer_storage_ + ((position & (consumer_capacity_ - 1)) >> 3);
  }

  // Steps over padding and links at position, if there are any, to the next record.
  // REQUIRES: position < the polled end.
  std::uint64_t skip(std::uint64_t position) noexcept {
    for (;;) {
      const std::uint64_t word = at(position)->read();
      if (!is_padding_or_link_word(word)) [[likely]]
        return position;
      if (word == kLinkWord) {
        consumer_storage_ += consumer_capacity_ >> 3;
        consumer_capacity_ = next_capacity(consumer_capacity_, capacity_max_);
      }
      position += size_of_word(word);
    }
  }

  // Of the part that the consumer is in.
  std::uint64_t consumer_capacity() const noexcept { return consumer_capacity_; }

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

  // The next producer begins in the first part, which is at storage.
  // REQUIRES: retired(), and everything published is released.
  void recycle(Word* storage, std::uint64_t capacity_bytes) noexcept {
    storage_.write(storage);
    capacity_.write(capacity_bytes);
    consumer_storage_ = storage;
    consumer_capacity_ = capacity_bytes;
    const std::uint64_t head = head_.load(std::memory_order_relaxed);  // own store
    position_.write(head);
    set_limits(head);
    state_.store(RingState::kFree, std::memory_order_release);  // pairs with reclaim
  }

 private:
  static constexpr std::uint64_t kPrefetchBytes = 1536;
  static constexpr std::uint64_t kPrefetchLines = 3;  // what most records take

  Word* place(std::uint64_t position) const noexcept {
    return storage_.read() + ((position & (capacity_.read() - 1)) >> 3);
  }

  static constexpr std::uint64_t limit_of_verbose(std::uint64_t head,
                                                  std::uint64_t capacity) noexcept {
    return head + capacity - kLinkBytes - capacity / kRingShareOfRecordMax;
  }

  void set_limits(std::uint64_t head) noexcept {
    const std::uint64_t capacity = capacity_.read();
    const std::uint64_t position = position_.read();
    const std::uint64_t lap_end = position + capacity - (position & (capacity - 1));
    const std::uint64_t bound = head + capacity - kLinkBytes;
    const std::uint64_t verbose_bound = limit_of_verbose(head, capacity);
    limit_.write(bound < lap_end ? bound : lap_end);
    verbose_limit_.write(verbose_bound < lap_end ? verbose_bound : lap_end);
  }

  Word* claim_slowly(std::uint64_t size, bool verbose) noexcept {
    const std::uint64_t position = position_.read();
    const std::uint64_t capacity = capacity_.read();
    const std::uint64_t to_end = capacity - (position & (capacity - 1));
    const std::uint64_t padding = size > to_end ? to_end : 0;
    // Acquire pairs with release: the consumer's reads of these bytes are over.
    const std::uint64_t head = head_.load(std::memory_order_acquire);
    const std::uint64_t bound =
        verbose ? limit_of_verbose(head, capacity) : head + capacity - kLinkBytes;
    if (position + padding + size > bound) return nullptr;
    if (padding != 0) {
      place(position)->write(padding_word(padding));
      position_.write(position + padding);
    }
    set_limits(head);
    return place(position_.read());
  }

  // Written by the producer only. The consumer reads tail_ and state_ of this line.
  alignas(kCacheLineBytes) Atom<std::uint64_t> tail_{0};
  Plain<std::uint64_t> position_{0};  // plain: one producer hands them to the next
  Plain<std::uint64_t> limit_;
  Plain<std::uint64_t> verbose_limit_;
  Plain<Word*> storage_;
  Plain<std::uint64_t> capacity_;
  Atom<RingState> state_{RingState::kFree};

  // Written by the consumer only. The producer reads it once its cached limit is used up. The
  // consumer keeps its own copies of storage and capacity, so that it never touches the other line
  // for them.
  alignas(kCacheLineBytes) Atom<std::uint64_t> head_{0};
  Word* consumer_storage_;
  std::uint64_t consumer_capacity_;
  const std::uint64_t capacity_max_;
};

using Ring = BasicRing<>;
using RingWord = Ring::Word;
static_assert(sizeof(RingWord) == 8);
static_assert(sizeof(Ring) == 2 * kCacheLineBytes, "each side writes one line of its own");

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_RING_H_
