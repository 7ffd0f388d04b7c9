// SPDX-License-Identifier: Apache-2.0
//
// CallbackTable: the callbacks that share a worker, in the order of subscribing, and an index over
// their filters.
//
// Thread safety: immutable once indexed. Each dispatcher has tables of its own, and indexes one
// before anybody looks up in it.
#ifndef TRACEBUS_BUS_CALLBACK_TABLE_H_
#define TRACEBUS_BUS_CALLBACK_TABLE_H_

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "tracebus/bus/callback_entry.h"
#include "tracebus/bus/callback_list.h"
#include "tracebus/bus/filter_index.h"

namespace tracebus {
inline namespace v1 {

class CallbackTable {
 public:
  using Entries = CallbackList::Snapshot;

  CallbackTable(Entries entries, std::uint32_t shard)
      : entries_(std::move(entries)), shard_(shard) {}
  CallbackTable(const CallbackTable&) = delete;
  CallbackTable& operator=(const CallbackTable&) = delete;

  const Entries& entries() const noexcept { return entries_; }
  std::uint32_t shard() const noexcept { return shard_; }  // of the dispatcher

  // Once, before the look-ups.
  void index() const {
    index_ = FilterIndex(event_type_count());
    for (std::uint32_t place = 0; place < entries_.size(); ++place) {
      index_.add(place, entries_[place]->filter());
      since_ticks_max_ = std::max(since_ticks_max_, entries_[place]->since_ticks());
    }
    index_.close();
  }

  // Whether any callback may want events of this type.
  bool may_want_type(std::uint16_t type) const noexcept { return index_.may_want_type(type); }

  // Calls visit for each callback whose filter matches the event, in the order of subscribing, with
  // the event as the callback may see it: plain, or with content.
  template <class Visit>
  void for_each(const EventView& plain, const EventView& with_content, Visit visit) const {
    index_.any_of(plain, [&](FilterIndex::Candidate candidate) {
      CallbackEntry& entry = *entries_[candidate.place];
      const EventView& event = entry.sees_content() ? with_content : plain;
      if (candidate.decided || entry.filter().matches(event)) visit(entry, event);
      return false;
    });
  }
  // Whether a callback that was subscribed before the event was emitted wants it.
  bool wants(const EventView& plain, const EventView& with_content, std::uint64_t ticks) const {
    return index_.any_of(plain, [&](FilterIndex::Candidate candidate) {
      if (candidate.decided && ticks >= since_ticks_max_) return true;
      const CallbackEntry& entry = *entries_[candidate.place];
      return ticks >= entry.since_ticks() &&
             entry.filter().matches(entry.sees_content() ? with_content : plain);
    });
  }

 private:
  const Entries entries_;
  const std::uint32_t shard_;
  mutable FilterIndex index_;
  mutable std::uint64_t since_ticks_max_ = 0;  // whoever the event is for was there before
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_CALLBACK_TABLE_H_
