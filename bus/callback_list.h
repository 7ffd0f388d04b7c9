// SPDX-License-Identifier: Apache-2.0
//
// CallbackList: callbacks in the order of subscribing. A snapshot of it costs a share, however long
// the list is: thousands are subscribed one by one, and dispatchers are told of each.
//
// Thread safety: the list is for one thread at a time. A snapshot never changes, and may be read by
// any thread that it was handed to.
//
// Invariant. Snapshots look into the list's own row, up to its length when they were taken. What is
// added goes behind that, or into a longer row; what is removed leaves a new row behind. So no
// entry that a snapshot can see is ever written.
#ifndef TRACEBUS_BUS_CALLBACK_LIST_H_
#define TRACEBUS_BUS_CALLBACK_LIST_H_

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

#include "tracebus/bus/callback_entry.h"

namespace tracebus {
inline namespace v1 {

class CallbackList {
 public:
  using Entry = std::shared_ptr<CallbackEntry>;

  class Snapshot {
   public:
    Snapshot() = default;

    const Entry* begin() const noexcept { return row_.get(); }
    const Entry* end() const noexcept { return row_.get() + size_; }
    std::size_t size() const noexcept { return size_; }
    const Entry& operator[](std::size_t place) const noexcept { return row_.get()[place]; }

   private:
    friend class CallbackList;
    Snapshot(std::shared_ptr<const Entry[]> row, std::size_t size) noexcept
        : row_(std::move(row)), size_(size) {}

    std::shared_ptr<const Entry[]> row_;
    std::size_t size_ = 0;
  };

  Snapshot snapshot() const noexcept { return {row_, size_}; }

  // Throws std::bad_alloc, and then nothing was added.
  void add(Entry entry) {
    if (size_ == capacity_) renew(2 * size_ + kCapacityMin, nullptr);
    row_.get()[size_++] = std::move(entry);
  }
  // Of an entry that was added last, if it was. REQUIRES: no snapshot has it.
  void undo_add(const Entry& entry) noexcept {
    if (size_ != 0 && row_.get()[size_ - 1] == entry) row_.get()[--size_] = nullptr;
  }
  // Throws std::bad_alloc, and then nothing was removed.
  void remove(const Entry& entry) { renew(capacity_, entry); }

 private:
  static constexpr std::size_t kCapacityMin = 4;

  void renew(std::size_t capacity, const Entry& without) {
    const std::shared_ptr<Entry[]> row = std::make_shared<Entry[]>(capacity);
    Entry* const end = std::remove_copy(row_.get(), row_.get() + size_, row.get(), without);
    size_ = static_cast<std::size_t>(end - row.get());
    capacity_ = capacity;
    row_ = row;
  }

  std::shared_ptr<Entry[]> row_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_CALLBACK_LIST_H_
