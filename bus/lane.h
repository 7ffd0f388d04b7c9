// SPDX-License-Identifier: Apache-2.0
//
// Lane: one copy of the events that all subscriptions with the same filter share, as a row of
// blocks.
//
// Thread safety: the dispatcher's alone.
//
// Invariants
//  1. Every record of a block was wanted by every seat that took the block: nobody filters again.
//  2. A seat takes whole blocks and is charged each of them in full. Where its budget has no room
//     for the next one, its own overflow policy decides: it evicts its oldest block, or it goes
//     without until a pass begins at which it has room, and counts what it missed.
//  3. appended_ counts what the filter let through. settle() moves the difference since last time
//     into each seat's account, before any change to who takes what.
//  4. A seat whose queue is three quarters full sits in pressed_, a lane beside this one that takes
//     no verbose events, until half of its queue is free again. So verbose events give way first,
//     and the others have the last quarter to themselves.
//  5. Stamps may go back: what a stopped producer held up in the emergency ring comes late. A seat
//     that had joined sits out what was stamped before it subscribed.
#ifndef TRACEBUS_BUS_LANE_H_
#define TRACEBUS_BUS_LANE_H_

#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "tracebus/bus/block.h"
#include "tracebus/bus/seat.h"
#include "tracebus/core/record_format.h"

namespace tracebus {
inline namespace v1 {

// What an event puts up with.
struct Admission {
  bool verbose = false;
  bool gave_up = false;  // its producer waited in vain for a subscription that blocks
};

class Lane {
 public:
  // sheds: whether verbose events may come this way, and give way.
  Lane(BlockPool& pool, std::size_t block_bytes, bool sheds) noexcept
      : pool_(pool), block_bytes_(block_bytes), sheds_(sheds) {}
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;
  ~Lane() { close_block(); }

  // A new seat gets events stamped at or after its subscription's since_ticks.
  void add(Seat& seat);
  void remove(Seat& seat);
  bool empty() const noexcept {
    return places_.empty() && (pressed_ == nullptr || pressed_->empty());
  }
  // Events from now on are for these callbacks. REQUIRES: there is one seat, the shared worker's.
  void renew(std::shared_ptr<const CallbackTable> callbacks);

  // Keeps a copy of a record that all seats want. unix_ns takes the place of its ticks.
  void append(const char* record, const RecordHeader& header, std::int64_t unix_ns,
              Admission admission) {
    if (header.ticks >= join_at_ || header.ticks < joined_since_) [[unlikely]]
      join(header.ticks);
    if (sheds_ && (block_ == nullptr || block_->room() < header.size)) [[unlikely]]
      relieve();
    if (pressed_ != nullptr || admission.gave_up) [[unlikely]] {
      if (!admit(record, header, unix_ns, admission)) return;
    }
    if (block_ == nullptr || block_->room() < header.size) [[unlikely]] {
      if (!next_block(record, header, unix_ns)) return;
    }
    copy(record, header.size, unix_ns);
    ++appended_;
  }

  // --- Once a pass ---
  // Frees what was read, and lets seats in again that have room.
  void begin_pass();
  // Makes what was appended visible. Every event stamped before bound has been delivered.
  void publish(std::uint64_t bound);
  // REQUIRES: a full fence since publish. Wakes workers that have enough to do.
  void wake_workers() noexcept;
  void ask_flush(std::uint64_t epoch) noexcept;

 private:
  struct Place {
    Seat* seat;
    bool joined;  // its since_ticks has come
    std::uint64_t since() const noexcept { return seat->subscription().since_ticks; }
  };

  bool admit(const char* record, const RecordHeader& header, std::int64_t unix_ns,
             Admission admission);
  void refuse(const char* record, DropReason reason) noexcept;
  void relieve();
  void move(std::size_t place, Lane& to);

  void copy(const char* record, std::uint32_t size, std::int64_t unix_ns) noexcept {
    char* const to = block_->data + block_->used;
    std::memcpy(to, record, size);
    std::memcpy(to + offsetof(RecordHeader, ticks), &unix_ns, sizeof unix_ns);
    block_->used += size;
    appended_bytes_ += size;
  }
  void join(std::uint64_t ticks);
  bool next_block(const char* record, const RecordHeader& header, std::int64_t unix_ns);
  bool open_block(std::size_t bytes);
  void append_alone(const char* record, const RecordHeader& header, std::int64_t unix_ns);
  void close_block() noexcept;
  void miss(const char* record, DropReason reason) noexcept;
  void settle() noexcept;

  BlockPool& pool_;
  const std::size_t block_bytes_;
  const bool sheds_;
  std::vector<Place> places_;
  std::unique_ptr<Lane> pressed_;  // null before a seat needs it
  Block* block_ = nullptr;
  std::uint64_t appended_ = 0;  // since the last settle, as appended_bytes_
  std::uint64_t appended_bytes_ = 0;
  std::uint64_t join_at_ = kNobodyWaits;  // the smallest since_ticks of those not joined
  std::uint64_t joined_since_ = 0;        // the largest of those that are
  bool starved_ = false;                  // in this pass nobody had room for another block

  static constexpr std::uint64_t kNobodyWaits = ~std::uint64_t{0};
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_LANE_H_
