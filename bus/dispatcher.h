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
// Thread safety. run and pass belong to one thread. ask_flush, stop and the observers are for any.
// The dispatcher waits for nobody: it takes no lock that others hold (it tries one), and it neither
// allocates nor makes system calls per event.
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
#include "tracebus/bus/lane.h"
#include "tracebus/bus/ring_registry.h"
#include "tracebus/bus/route_table.h"
#include "tracebus/bus/routes.h"
#include "tracebus/bus/seat.h"
#include "tracebus/core/clock.h"

namespace tracebus {
inline namespace v1 {

class Dispatcher {
 public:
  Dispatcher(std::shared_ptr<EmitGate> gate, RingRegistry& rings, std::shared_ptr<BlockPool> pool,
             std::uint64_t instance);
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  // Until stop, and then until the rings are drained.
  void run();

  // --- Any thread ---
  RoutesMailbox& mailbox() noexcept { return mailbox_; }
  void wake() noexcept { gate_->wake(); }
  void stop() noexcept;
  // The epoch of a new flush: once flushed() has reached it, every event accepted before this call
  // lies in its subscriptions' queues, with the request to flush behind it.
  std::uint64_t ask_flush() noexcept;
  std::uint64_t flushed() const noexcept {
    return flushed_.load(std::memory_order_acquire);  // pairs with answer_flush
  }
  // Odd during a pass: callbacks on the dispatcher run then only.
  std::uint64_t pass_mark() const noexcept { return pass_mark_.load(); }
  std::uint64_t adopted_version() const noexcept {
    return adopted_version_.load(std::memory_order_acquire);  // pairs with adopt
  }
  bool ended() const noexcept { return ended_.load(); }
  // Counts what workers that hang never claimed as lost. REQUIRES: ended().
  void lose_rest();
  EventCount& progress() noexcept { return progress_; }  // pass_mark, flushed or ended changed

  std::uint64_t dispatched() const noexcept { return dispatched_.get(); }
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

  // How many events were delivered.
  std::uint64_t pass();
  void collect(std::uint64_t bound);
  bool load_stamp(Cursor& cursor, std::uint64_t bound) const noexcept;
  std::uint64_t deliver_in_order(std::uint64_t bound);
  std::uint64_t deliver_until(Cursor& cursor, std::uint64_t stamp_max);
  void deliver(const char* record);
  void finish(std::uint64_t bound, std::uint64_t flush_epoch);
  void adopt(std::unique_ptr<const Routes> routes);
  Lane& lane_of(const std::shared_ptr<QueuedSubscription>& subscription);
  void look_after_rings();
  void stay_away(bool idle);
  void park();
  bool workers_are_busy() const noexcept;
  bool work_waits() noexcept;

  const std::shared_ptr<EmitGate> gate_;
  RingRegistry& rings_;
  const std::shared_ptr<BlockPool> pool_;
  const std::uint64_t instance_;
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
  std::vector<Cursor> heap_;  // of rings with events for this pass, the smallest stamp first
  std::uint64_t idle_since_ns_ = 0;
  std::uint64_t idle_passes_ = 0;
  std::uint64_t looked_after_ns_ = 0;
  bool membarrier_ = false;

  // Shared.
  RoutesMailbox mailbox_;
  std::atomic<std::uint64_t> flush_asked_{0};
  std::atomic<std::uint64_t> flushed_{0};
  std::atomic<std::uint64_t> pass_mark_{0};
  std::atomic<std::uint64_t> adopted_version_{0};
  std::atomic<bool> stop_{false};
  std::atomic<bool> ended_{false};
  EventCount progress_;
  Counter dispatched_;
  Counter passes_;
  Counter parks_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_DISPATCHER_H_
