// SPDX-License-Identifier: Apache-2.0
//
// Dispatcher: takes events out of the rings, in order, and brings them to those who want them.
//
// One pass:
//   1. read the flush request, then a time bound, then the end of every ring;
//   2. adopt new routes, if there are any;
//   3. deliver every event stamped up to the bound, merged by stamp across rings;
//   4. publish to the workers, give the ring space back, answer the flush.
// An event stamped within the bound whose cause was emitted by another thread finds its cause
// delivered first: the cause was published before the stamp, so before the bound, so before its
// ring's end was read.
//
// Thread safety. run, pass and look_around belong to one thread: the dispatcher's own, or the
// host's with Threading::kManual. ask_flush, stop and the observers are for any. The dispatcher
// waits for nobody: it takes no lock that others hold (it tries one), and it neither allocates nor
// makes system calls per event.
#ifndef TRACEBUS_BUS_DISPATCHER_H_
#define TRACEBUS_BUS_DISPATCHER_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/bus/block.h"
#include "tracebus/bus/event_count.h"
#include "tracebus/bus/flush_epoch.h"
#include "tracebus/bus/lane.h"
#include "tracebus/bus/ring_registry.h"
#include "tracebus/bus/route_table.h"
#include "tracebus/bus/routes.h"
#include "tracebus/bus/seat.h"
#include "tracebus/bus/stamp_heap.h"
#include "tracebus/core/clock.h"

namespace tracebus {
inline namespace v1 {

class Dispatcher {
 public:
  // Which one, of which bus.
  struct Place {
    std::uint64_t instance;
    std::uint32_t shard;  // from 0
  };
  // What the dispatchers of a bus have in common.
  struct Common {
    const ClockMap& clock;  // as it is at first: each follows the time by itself
    // Notified when there is something for the reporter to look at: events were lost since it
    // looked last, or the dispatcher ended.
    EventCount& reports;
  };
  Dispatcher(EmitGate& gate, RingRegistry& rings, std::shared_ptr<BlockPool> pool, Place place,
             const Common& common);
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;
  ~Dispatcher() { gate_.drop_share(); }

  // Until stop, and then until the rings are drained. stay_away_ns: at least so long between
  // passes, where processor time is rationed.
  void run(std::uint64_t stay_away_ns);
  // One pass, over soon after events_max events; how many were delivered.
  std::uint64_t pass(std::uint64_t events_max = ~std::uint64_t{0});
  // Chores: gives rings back, follows the clock, looks for batches that are overdue.
  void look_around();
  // No more passes will follow.
  void end() noexcept;

  // --- Any thread ---
  RoutesMailbox& mailbox() noexcept { return mailbox_; }
  void wake() noexcept { gate_.wake(); }
  void stop() noexcept;
  // In the child of a fork, where no thread but the caller is left to be woken.
  void stop_after_fork() noexcept { stop_.store(true); }
  // The epoch of a new flush: once flushed() has reached it, every event accepted before this call
  // lies in its subscriptions' queues, with the request to flush behind it.
  std::uint64_t ask_flush() noexcept;
  std::uint64_t flushed() const noexcept { return flushes_.answered(); }
  // Odd during a pass: callbacks on the dispatcher run then only.
  std::uint64_t pass_mark() const noexcept { return pass_mark_.load(); }
  bool ended() const noexcept { return ended_.load(); }
  // Counts what workers that hang never claimed as lost. REQUIRES: ended().
  void lose_rest();
  EventCount& progress() noexcept { return progress_; }  // pass_mark, flushed or ended changed

  std::uint64_t dispatched() const noexcept { return dispatched_.get(); }
  std::uint64_t ring_high_water() const noexcept { return ring_high_water_.get(); }
  std::uint64_t pass_ns_max() const noexcept { return pass_ns_max_.get(); }
  std::uint64_t lag_ns() const noexcept { return lag_ns_.get(); }
  std::uint64_t passes() const noexcept { return passes_.get(); }
  std::uint64_t parks() const noexcept { return parks_.get(); }

 private:
  // Where a pass stands in one ring.
  struct Cursor {
    std::uint64_t stamp;  // of the record at position
    std::uint64_t position;
    std::uint64_t end;
    Ring* ring;
    std::uint64_t released;
  };

  void rescue();
  // The last event of the emergency ring that was delivered; they are numbered from 1.
  std::uint64_t rescued_through() noexcept;
  void add_cursor(Ring& ring, std::uint64_t bound);
  void collect(std::uint64_t bound);
  bool load_stamp(Cursor& cursor, std::uint64_t bound) noexcept;
  static void prefetch(const Cursor& cursor, std::uint64_t position) noexcept;
  std::uint64_t deliver_in_order(std::uint64_t bound, std::uint64_t events_max);
  std::uint64_t deliver_until(Cursor& cursor, std::uint64_t stamp_max, std::uint64_t events_max);
  void deliver_large(const LargeStub& stub);
  void deliver(const char* record);
  void call_by_agent(const char* record);
  void append(const char* record, const Route& route, bool gave_up);
  void finish(std::uint64_t bound, std::uint64_t flush_epoch);
  void adopt(std::unique_ptr<const Routes> routes);
  Lane& lane_of(const std::shared_ptr<QueuedSubscription>& subscription);
  bool sheds(const CompiledFilter& filter) const noexcept;
  void turn_gates();
  void count_blockers(const QueuedSubscription& subscription, int change);
  void look_after(ProducerRing& ring);
  void stay_away(bool idle);
  void park();
  bool workers_are_busy() const noexcept;
  bool work_waits() noexcept;

  EmitGate& gate_;  // with a share
  RingRegistry& rings_;
  const std::shared_ptr<BlockPool> pool_;
  const Place place_;
  EventCount& reports_;
  ClockMap clock_;
  const ViewContext plain_;
  const ViewContext with_content_;

  // The dispatcher's own.
  std::unique_ptr<const Routes> routes_;
  RouteTable table_;
  std::map<const QueuedSubscription*, std::unique_ptr<Seat>> seats_;
  std::map<std::pair<std::string, std::size_t>, std::unique_ptr<Lane>>
      lanes_;  // by filter and block size
  std::unique_ptr<Lane> callback_lane_;
  std::vector<std::unique_ptr<Seat>> leavers_;
  std::vector<Cursor> cursors_;  // of rings with events for this pass
  StampHeap<std::size_t> heap_;  // of those that are not through
  std::uint64_t idle_since_ns_ = 0;
  std::uint64_t idle_passes_ = 0;
  std::uint64_t looked_after_ns_ = 0;
  bool membarrier_ = false;
  std::uint64_t stay_away_ns_ = 0;
  // Events of the emergency ring pass through here, to be merged with the others.
  std::unique_ptr<RingWord[]> rescued_words_;
  Ring rescued_;
  std::uint64_t popped_ = 0;  // from the emergency ring
  // What an unanswered flush asks of the emergency ring: all that was claimed when it was first
  // seen.
  std::uint64_t flush_seen_ = 0;
  std::uint64_t flush_rescues_ = 0;
  std::vector<std::uint16_t> blockers_;  // by type: subscriptions whose gate is closed
  std::uint32_t gates_closed_ = 0;
  bool has_blocking_ = false;
  std::uint64_t losses_seen_ = 0;

  // Shared.
  RoutesMailbox mailbox_;
  FlushEpoch flushes_;
  std::atomic<std::uint64_t> pass_mark_{0};
  std::atomic<bool> stop_{false};
  std::atomic<bool> ended_{false};
  EventCount progress_;
  Counter dispatched_;
  Counter passes_;
  Counter parks_;
  Counter ring_high_water_;
  Counter pass_ns_max_;
  Counter lag_ns_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_DISPATCHER_H_
