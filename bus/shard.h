// SPDX-License-Identifier: Apache-2.0
//
// Shard: a dispatcher with the rings that it serves, and all that their producers share with it.
// Shards: those of a bus, and what the control plane tells them all.
//
// A bus with several dispatchers is several buses as far as the subscriptions: each shard has its
// own gate, budget and blocks, and none of what they do is shared. So every promise about one
// dispatcher holds for each.
#ifndef TRACEBUS_BUS_SHARD_H_
#define TRACEBUS_BUS_SHARD_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "tracebus/bus/dispatcher.h"
#include "tracebus/bus/emit_gate.h"
#include "tracebus/bus/options.h"
#include "tracebus/bus/ring_registry.h"

namespace tracebus {
inline namespace v1 {

struct Shard {
  // A share of the gate's, which ends with this.
  class Gate {
   public:
    explicit Gate(EmitGate* gate);  // throws std::bad_alloc if there is none
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;
    ~Gate() { gate_.drop_share(); }
    EmitGate& get() const noexcept { return gate_; }

   private:
    EmitGate& gate_;
  };

  // Throws std::bad_alloc.
  Shard(const BusOptions& options, const Dispatcher::Place& place,
        const Dispatcher::Common& common);
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  std::uint64_t ring_bytes_in_use() const noexcept {
    return ring_budget_bytes - static_cast<std::uint64_t>(gate.ring_budget().left());
  }

  const std::uint64_t ring_budget_bytes;  // its part of that of the bus
  const Gate owned_gate;
  EmitGate& gate;
  const std::shared_ptr<BlockPool> pool;
  RingRegistry rings;
  Dispatcher dispatcher;
  std::thread thread;  // the dispatcher's
};

class Shards {
 public:
  // As many as options.dispatchers; reports is notified by all of them. Throws std::bad_alloc.
  Shards(const BusOptions& options, std::uint64_t instance, EventCount& reports);
  Shards(const Shards&) = delete;
  Shards& operator=(const Shards&) = delete;

  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(shards_.size()); }
  auto begin() noexcept { return shards_.begin(); }
  auto end() noexcept { return shards_.end(); }
  auto begin() const noexcept { return shards_.begin(); }
  auto end() const noexcept { return shards_.end(); }
  Shard& operator[](std::size_t index) noexcept { return shards_[index]; }
  // For what is in no shard: the one that serves threads without a ring.
  Shard& first() noexcept { return shards_.front(); }

  // A ring for a new producer: of the shard that has the fewest, or of one that has room. As
  // RingRegistry::acquire.
  ProducerRing* acquire() noexcept;

  std::vector<std::shared_ptr<BlockPool>> pools() const;
  bool ended() const noexcept;
  void stop() noexcept;
  void wake() noexcept;

  // As those of EmitGate.
  void set_wants(std::uint16_t type, Wants::Bit bit, bool on) noexcept;
  void set_all(Wants::Bit bit) noexcept;
  void set_content(bool wanted) noexcept;
  void set_block_timeout_ms(std::uint16_t type, std::uint32_t timeout_ms) noexcept;

 private:
  std::deque<Shard> shards_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_SHARD_H_
