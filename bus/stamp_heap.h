// SPDX-License-Identifier: Apache-2.0
//
// StampHeap: which of several sources comes next, by the stamp of its next record. What merges them
// takes from the first one until the next best is due, and says how far it came: one way down the
// heap, where the standard one would go down and up again.
//
// Thread safety: one thread's.
#ifndef TRACEBUS_BUS_STAMP_HEAP_H_
#define TRACEBUS_BUS_STAMP_HEAP_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace tracebus {
inline namespace v1 {

template <class Source>
class StampHeap {
 public:
  bool empty() const noexcept { return entries_.empty(); }
  void clear() noexcept { entries_.clear(); }

  // In any order, and then arrange() before anything else.
  void add(std::uint64_t stamp, Source source) { entries_.push_back({stamp, source}); }
  void arrange() noexcept {
    for (std::size_t place = entries_.size() / 2; place-- > 0;) sink(place);
  }

  // --- REQUIRES: !empty() ---
  Source first() const noexcept { return entries_.front().source; }
  std::uint64_t first_stamp() const noexcept { return entries_.front().stamp; }
  // The smallest stamp of all others, or none if that is smaller.
  std::uint64_t second_stamp(std::uint64_t none) const noexcept {
    const std::size_t end = std::min<std::size_t>(entries_.size(), 3);
    for (std::size_t place = 1; place < end; ++place) none = std::min(none, entries_[place].stamp);
    return none;
  }
  // The first one goes on with a record of that stamp.
  void advance_first(std::uint64_t stamp) noexcept {
    entries_.front().stamp = stamp;
    sink(0);
  }
  void remove_first() noexcept {
    entries_.front() = entries_.back();
    entries_.pop_back();
    if (!entries_.empty()) sink(0);
  }

  template <class Visit>
  void for_each(Visit visit) const {
    for (const Entry& entry : entries_) visit(entry.source);
  }

 private:
  struct Entry {
    std::uint64_t stamp;
    Source source;
  };

  void sink(std::size_t place) noexcept {
    const Entry entry = entries_[place];
    for (;;) {
      std::size_t child = 2 * place + 1;
      if (child >= entries_.size()) break;
      if (child + 1 < entries_.size() && entries_[child + 1].stamp < entries_[child].stamp) ++child;
      if (entries_[child].stamp >= entry.stamp) break;
      entries_[place] = entries_[child];
      place = child;
    }
    entries_[place] = entry;
  }

  std::vector<Entry> entries_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_STAMP_HEAP_H_
