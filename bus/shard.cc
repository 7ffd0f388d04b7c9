// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/shard.h"

#include <algorithm>
#include <new>

namespace tracebus {
inline namespace v1 {
namespace {

// Records from this size on travel beside the rings.
constexpr std::uint64_t kLargeRecordBytes = std::uint64_t{64} << 10;

GateOptions gate_options(const BusOptions& options, std::uint32_t shard) noexcept {
  const std::uint64_t share = options.ring_bytes_max / kRingShareOfRecordMax;
  const std::uint64_t large =
      options.large_bytes_max == 0 ? share : std::min(share, kLargeRecordBytes);
  Arena& pages = options.pages == Pages::kHuge ? huge_page_arena() : anonymous_arena();
  return {.arena = options.arena != nullptr ? options.arena : &pages,
          .ring_budget_bytes = options.ring_budget_bytes / options.dispatchers,
          .large_bytes_max = options.large_bytes_max / options.dispatchers,
          .large_record_bytes = large,
          .truncate = options.truncate,
          .emergency_producer = emergency_producer(shard)};
}

EmitGate& unless_null(EmitGate* gate) {
  if (gate == nullptr) throw std::bad_alloc();
  return *gate;
}

}  // namespace

Shard::Gate::Gate(EmitGate* gate) : gate_(unless_null(gate)) {}

Shard::Shard(const BusOptions& options, const Dispatcher::Place& place,
             const Dispatcher::Common& common)
    : ring_budget_bytes(options.ring_budget_bytes / options.dispatchers),
      owned_gate(EmitGate::create(gate_options(options, place.shard))), gate(owned_gate.get()),
      pool(std::make_shared<BlockPool>(gate.arena())),
      // Producers are numbered across the bus: shard 1 of 3 has 2, 5, 8, ...
      rings(gate, {options.ring_bytes, options.ring_bytes_max},
            {place.shard + 1, static_cast<std::uint32_t>(options.dispatchers)},
            options.pages == Pages::kPrepared),
      dispatcher(gate, rings, pool, place, common) {}

Shards::Shards(const BusOptions& options, std::uint64_t instance, EventCount& reports) {
  const ClockMap clock;
  for (std::uint32_t i = 0; i < options.dispatchers; ++i) {
    shards_.emplace_back(options, Dispatcher::Place{instance, i},
                         Dispatcher::Common{clock, reports});
  }
}

ProducerRing* Shards::acquire() noexcept {
  std::uint32_t first = 0;
  for (std::uint32_t i = 1; i < size(); ++i) {
    if (shards_[i].rings.in_use() < shards_[first].rings.in_use()) first = i;
  }
  for (std::uint32_t i = 0; i < size(); ++i) {
    if (ProducerRing* const ring = shards_[(first + i) % size()].rings.acquire()) return ring;
  }
  return nullptr;
}

std::vector<std::shared_ptr<BlockPool>> Shards::pools() const {
  std::vector<std::shared_ptr<BlockPool>> pools;
  for (const Shard& shard : shards_) pools.push_back(shard.pool);
  return pools;
}

bool Shards::ended() const noexcept {
  return std::ranges::all_of(shards_, [](const Shard& shard) { return shard.dispatcher.ended(); });
}

void Shards::stop() noexcept {
  for (Shard& shard : shards_) shard.dispatcher.stop();
}

void Shards::wake() noexcept {
  for (Shard& shard : shards_) shard.dispatcher.wake();
}

void Shards::set_wants(std::uint16_t type, Wants::Bit bit, bool on) noexcept {
  for (Shard& shard : shards_) shard.gate.set_wants(type, bit, on);
}

void Shards::set_all(Wants::Bit bit) noexcept {
  for (Shard& shard : shards_) shard.gate.set_all(bit);
}

void Shards::set_content(bool wanted) noexcept {
  for (Shard& shard : shards_) shard.gate.set_content(wanted);
}

void Shards::set_block_timeout_ms(std::uint16_t type, std::uint32_t timeout_ms) noexcept {
  for (Shard& shard : shards_) shard.gate.set_block_timeout_ms(type, timeout_ms);
}

}  // namespace v1
}  // namespace tracebus
