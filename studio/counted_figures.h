// SPDX-License-Identifier: Apache-2.0
//
// CountedFigures: which event counted the figures of a model's call, for those that come after it.
//
// Direct mapped and bounded: it knows the last calls, thousands of them. A cost record that comes
// later than that counts beside its call.
// Thread safety: none.
#ifndef TRACEBUS_STUDIO_COUNTED_FIGURES_H_
#define TRACEBUS_STUDIO_COUNTED_FIGURES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tracebus/core/hash.h"

namespace tracebus {
inline namespace v1 {

class CountedFigures {
 public:
  struct Entry {
    std::uint64_t key = 0;
    std::uint64_t span = 0;  // the event's number
    bool in_use = false;
    bool is_record = false;
  };

  CountedFigures() : entries_(kEntries) {}

  // Null: nothing is known.
  Entry* find(std::uint64_t key) noexcept {
    Entry& entry = entries_[place_of(key)];
    return entry.in_use && entry.key == key ? &entry : nullptr;
  }
  void put(std::uint64_t key, std::uint64_t span, bool is_record) noexcept {
    entries_[place_of(key)] = {key, span, true, is_record};
  }
  const std::vector<Entry>& entries() const noexcept { return entries_; }
  std::size_t bytes() const noexcept { return entries_.size() * sizeof(Entry); }

 private:
  static constexpr std::size_t kEntries = 16384;

  static std::size_t place_of(std::uint64_t key) noexcept {
    return fold_words(key ^ kHashFirst, kHashSecond) % kEntries;
  }

  std::vector<Entry> entries_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_COUNTED_FIGURES_H_
