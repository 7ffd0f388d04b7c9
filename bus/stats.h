// SPDX-License-Identifier: Apache-2.0
//
// What a bus counts. All numbers are totals since the bus was made.
#ifndef TRACEBUS_BUS_STATS_H_
#define TRACEBUS_BUS_STATS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tracebus/core/emit_result.h"
#include "tracebus/core/ids.h"

namespace tracebus {
inline namespace v1 {

// matched + added = delivered + total(dropped) + in_flight, always; in_flight is 0 after a flush
// that returned OK while nobody emitted.
struct SubscriptionStats {
  SubscriptionId id;
  std::string name;
  std::uint64_t matched = 0;    // events that passed the declarative filter
  std::uint64_t added = 0;      // by processors
  std::uint64_t delivered = 0;  // the exporter answered for, or the callback returned from
  DropCounts dropped{};
  std::uint64_t in_flight = 0;
  std::uint64_t late =
      0;  // events of abandoned batches that the exporter did finish; dropped all the same
  std::uint64_t batches = 0;  // handed to the exporter; 0 for callbacks
  std::uint64_t failed_flushes = 0;
  std::uint64_t queue_bytes = 0;   // charged now; of queue_bytes_max
  std::uint64_t queue_events = 0;  // published, not claimed by the worker
  std::int64_t oldest_age_ns = 0;  // of what the worker has not claimed, as far as it is known
  std::string last_error;          // empty: none yet
};

// emitted = accepted + total(rejected). accepted = dispatched + waiting, and once the bus is shut
// down waiting is what was lost in rings, which rejected[lost_at_exit] then says instead.
struct BusStats {
  std::uint64_t instance = 0;
  std::uint64_t emitted = 0;  // attempts on types that somebody wanted
  std::uint64_t accepted = 0;
  DropCounts rejected{};
  std::uint64_t dispatched = 0;  // taken out of the rings
  std::uint64_t waiting = 0;     // in the rings
  std::uint64_t producers = 0;   // rings in use now
  std::uint64_t rings = 0;       // made so far; a few more than were in use at one time
  std::uint64_t ring_growths = 0;
  std::uint64_t ring_high_water_bytes = 0;  // the most that a pass found in one ring
  std::uint64_t ring_bytes = 0;             // taken of BusOptions::ring_budget_bytes
  std::uint64_t large_bytes = 0;            // likewise of large_bytes_max
  std::uint64_t truncated = 0;              // accepted, but with long texts cut
  std::uint64_t passes = 0;                 // of all dispatchers
  std::uint64_t pass_ns_max = 0;            // of any
  std::uint64_t lag_ns = 0;  // age of the oldest event when a pass last found one; 0: parked
  std::uint64_t parks = 0;
  std::uint64_t block_bytes = 0;                 // memory of all queues, in use or resting
  std::uint64_t resting_block_bytes = 0;         // of these
  std::vector<SubscriptionStats> subscriptions;  // in the order of subscribing
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_STATS_H_
