// SPDX-License-Identifier: Apache-2.0
//
// OpenStarts: the starts of spans whose ends have not come, in the order in which they came.
//
// An end belongs to the start with its span id, in its run. Where one of the two has no span id, it
// belongs to the oldest start of its run, family and agent; that of a pattern, which nest, to the
// youngest. A run is known by its run id, else by its trace id.
//
// Thread safety: one thread at a time. Every operation takes time logarithmic in their number:
// names and ids come from strangers, so nothing is hashed.
#ifndef TRACEBUS_EXPORTERS_OPEN_STARTS_H_
#define TRACEBUS_EXPORTERS_OPEN_STARTS_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "tracebus/core/owned_event.h"
#include "tracebus/exporters/pair_role.h"

namespace tracebus {
inline namespace v1 {

class OpenStarts {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  struct Start {
    OwnedEvent event;
    EventIds ids;  // those that it has, and made ones in the place of others
    Instant since;
    std::uint64_t number;                                   // from 1 on, as they came
    std::string queue;                                      // its run, family and agent
    bool has_id;                                            // of a span, by itself
    std::list<std::list<Start>::iterator>::iterator place;  // in its queue
  };
  using Iterator = std::list<Start>::iterator;

  // How much memory a start takes beside its record.
  static constexpr std::size_t kBytesPerStart = 512;

  // False: there is an open start with its span id already.
  bool add(const EventView& event, const PairRole& role, const EventIds& ids, Instant since);

  // The start that an end belongs to; end() if none.
  Iterator find(const EventView& event, const PairRole& role);
  // The span that one of this role stands below, if it does not say so itself: the youngest open
  // one of its agent or, of agents and where there is none, the youngest open pattern of its run.
  // Of a run that is not known, the one open agent of its name, if there is one alone. Null: none.
  const EventIds* enclosing(const EventView& event, const PairRole& role) const;

  void erase(Iterator start);
  Iterator oldest() noexcept { return starts_.begin(); }
  Iterator end() noexcept { return starts_.end(); }
  std::size_t size() const noexcept { return starts_.size(); }
  std::size_t size_bytes() const noexcept { return size_bytes_; }

 private:
  struct Queue {
    std::list<Iterator> with_id;
    std::list<Iterator> without_id;
  };
  using Run = std::array<std::uint8_t, 16>;
  using IdKey = std::pair<Run, SpanId>;
  struct IdLess {
    bool operator()(const IdKey& a, const IdKey& b) const noexcept {
      return a.first != b.first ? a.first < b.first : a.second.bytes < b.second.bytes;
    }
  };

  static Run run_of(const EventIds& ids) noexcept;
  static std::string queue_name(const EventIds& ids, std::string_view family,
                                std::string_view agent);
  static Iterator earlier(Iterator a, Iterator b) noexcept { return a->number < b->number ? a : b; }
  static std::size_t bytes_of(const Start& start) noexcept {
    return start.event.size_bytes() + start.queue.size() + kBytesPerStart;
  }
  const Start* youngest(const std::string& queue) const;
  const Start* only_one(const std::string& queue) const;  // null: none, or several

  std::list<Start> starts_;  // the oldest first
  std::map<IdKey, Iterator, IdLess> by_id_;
  std::map<std::string, Queue, std::less<>> queues_;  // none is empty
  std::uint64_t added_ = 0;
  std::size_t size_bytes_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OPEN_STARTS_H_
