// SPDX-License-Identifier: Apache-2.0
//
// Channel: what one dispatcher and a subscription's worker have between them. A subscription has
// one for each dispatcher of its bus, and one worker that goes from channel to channel.
#ifndef TRACEBUS_BUS_CHANNEL_H_
#define TRACEBUS_BUS_CHANNEL_H_

#include <absl/status/status.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>

#include "tracebus/bus/block.h"
#include "tracebus/bus/callback_table.h"
#include "tracebus/bus/flush_ticket.h"
#include "tracebus/bus/room_wait.h"
#include "tracebus/bus/subscription_queue.h"
#include "tracebus/core/counter.h"

namespace tracebus {
inline namespace v1 {

using SubscriptionQueue = BasicSubscriptionQueue<Block, CallbackTable>;

class Channel {
 public:
  // pool: of the queue's blocks; kept alive for the worker's sake.
  Channel(std::uint32_t slots, std::shared_ptr<BlockPool> pool)
      : queue(slots), pool_(std::move(pool)) {}
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // --- The dispatcher's; here because what the worker reads through them outlives the bus ---
  struct Table {
    std::shared_ptr<const CallbackTable> table;
    std::uint64_t end;  // number of the first event that it does not judge
  };
  std::deque<Table> tables;  // those that events in the queue may refer to, oldest first

  // --- Between the dispatcher and the worker ---
  SubscriptionQueue queue;
  std::atomic<std::uint64_t> published_bytes{0};
  RoomWait room_wait;
  FlushTicket flush_ticket;
  absl::Status flush_status;  // of its last flush; under the subscription's report_mutex

  // --- The dispatcher's counters ---
  Counter matched;
  Counter queue_bytes;  // charged blocks

  // Events published, and not claimed by the worker.
  std::uint64_t unclaimed() const noexcept {
    const std::uint64_t front = queue.front();
    const std::uint64_t published = queue.published();
    return published > front ? published - front : 0;
  }

 private:
  const std::shared_ptr<BlockPool> pool_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_CHANNEL_H_
