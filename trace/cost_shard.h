// SPDX-License-Identifier: Apache-2.0
//
// CostShard: the sums of some threads, by the numbers of their groups.
//
// Thread safety: every method takes the shard's mutex, for one entry or one chunk of groups at a
// time, so whoever reads a million groups never holds up who adds for longer than that.
#ifndef TRACEBUS_TRACE_COST_SHARD_H_
#define TRACEBUS_TRACE_COST_SHARD_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "tracebus/trace/cost_entry.h"
#include "tracebus/trace/cost_sums.h"

namespace tracebus {
inline namespace v1 {

class alignas(kCacheLineBytes) CostShard {
 public:
  static constexpr std::uint32_t kChunkGroups = 64;
  static constexpr std::uint32_t kNoGroup = ~std::uint32_t{0};
  // A group for each dimension, or kNoGroup where that is not summed by.
  using Groups = std::array<std::uint32_t, kCostDimensions>;

  // False if a sum saturated. Without memory for a group's sums the entry is in the total alone.
  bool add(const Groups& groups, const CostSums& entry) noexcept;

  CostSums total() const {
    const std::lock_guard lock(mutex_);
    return total_;
  }
  // Adds the shard's sums of a chunk's groups to sums. REQUIRES: sums.size() <= kChunkGroups.
  void add_chunk_to(CostDimension dimension, std::size_t chunk, std::span<CostSums> sums) const;
  std::size_t bytes() const;

 private:
  using Chunk = std::array<CostSums, kChunkGroups>;
  CostSums* sums_of(std::size_t dimension, std::uint32_t group);

  mutable std::mutex mutex_;
  CostSums total_;
  std::array<std::vector<std::unique_ptr<Chunk>>, kCostDimensions> chunks_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_COST_SHARD_H_
