// SPDX-License-Identifier: Apache-2.0
//
// NumberMap: keys of 64 bits to small values, for tables of millions that live as long as one
// question: one piece of memory, at most half full.
//
// Thread safety: none.
#ifndef TRACEBUS_STUDIO_NUMBER_MAP_H_
#define TRACEBUS_STUDIO_NUMBER_MAP_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "tracebus/core/hash.h"

namespace tracebus {
inline namespace v1 {

template <class Value>
class NumberMap {
 public:
  NumberMap() : slots_(64) {}

  // The value of key, which is a new one where there was none; and whether it is new.
  std::pair<Value&, bool> enter(std::uint64_t key) {
    if (2 * (size_ + 1) > slots_.size()) grow();
    Slot& slot = slots_[place_of(key)];
    const bool is_new = !slot.in_use;
    if (is_new) {
      slot.key = key;
      slot.in_use = true;
      ++size_;
    }
    return {slot.value, is_new};
  }
  // Null: there is none.
  const Value* find(std::uint64_t key) const noexcept {
    const Slot& slot = slots_[place_of(key)];
    return slot.in_use ? &slot.value : nullptr;
  }
  std::size_t size() const noexcept { return size_; }

 private:
  struct Slot {
    std::uint64_t key = 0;
    Value value{};
    bool in_use = false;
  };

  // Of the slot that has key, or the empty one where it belongs.
  std::size_t place_of(std::uint64_t key) const noexcept {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = fold_words(key ^ kHashFirst, kHashSecond) & mask;
    while (slots_[at].in_use && slots_[at].key != key) at = (at + 1) & mask;
    return at;
  }
  void grow() {
    std::vector<Slot> old(2 * slots_.size());
    old.swap(slots_);
    for (Slot& slot : old) {
      if (slot.in_use) slots_[place_of(slot.key)] = std::move(slot);
    }
  }

  std::vector<Slot> slots_;  // a power of two of them
  std::size_t size_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_NUMBER_MAP_H_
