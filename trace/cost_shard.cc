// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/cost_shard.h"

#include <new>

namespace tracebus {
inline namespace v1 {

bool CostShard::add(const Groups& groups, const CostSums& entry) noexcept {
  const std::lock_guard lock(mutex_);
  bool fitted = total_.add(entry);
  for (std::size_t dimension = 0; dimension < groups.size(); ++dimension) {
    if (groups[dimension] == kNoGroup) continue;
    CostSums* const sums = sums_of(dimension, groups[dimension]);
    if (sums != nullptr) fitted &= sums->add(entry);
  }
  return fitted;
}

// Null without memory.
CostSums* CostShard::sums_of(std::size_t dimension, std::uint32_t group) {
  auto& chunks = chunks_[dimension];
  const std::size_t chunk = group / kChunkGroups;
  if (chunk >= chunks.size() || chunks[chunk] == nullptr) [[unlikely]] {
    try {
      if (chunk >= chunks.size()) chunks.resize(chunk + 1);
      chunks[chunk] = std::make_unique<Chunk>();
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
  }
  return &(*chunks[chunk])[group % kChunkGroups];
}

void CostShard::add_chunk_to(CostDimension dimension, std::size_t chunk,
                             std::span<CostSums> sums) const {
  const std::lock_guard lock(mutex_);
  const auto& chunks = chunks_[static_cast<std::size_t>(dimension)];
  if (chunk >= chunks.size() || chunks[chunk] == nullptr) return;
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i].add((*chunks[chunk])[i]);
}

std::size_t CostShard::bytes() const {
  const std::lock_guard lock(mutex_);
  std::size_t bytes = sizeof *this;
  for (const auto& chunks : chunks_) {
    bytes += chunks.capacity() * sizeof(void*);
    for (const auto& chunk : chunks) bytes += chunk == nullptr ? 0 : sizeof(Chunk);
  }
  return bytes;
}

}  // namespace v1
}  // namespace tracebus
