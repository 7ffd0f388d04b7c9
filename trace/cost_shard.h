// SPDX-License-Identifier: Apache-2.0
//
// CostShard: the sums of some threads, by the numbers of their groups.
//
// Thread safety: every method takes the shard's mutex, for one entry or one chunk of groups at a
// time, so whoever reads a million groups never holds up who adds for longer than that.
//
// Invariants
//  1. Of each dimension, the last group is remembered by its name. Entries mostly come with the
//     same run, model, user, day, ... as the one before, so most names are compared, not looked up.
//  2. What entries with the same remembered groups add is kept in pending_, once for all those
//     dimensions. It is added to their sums before one of them is replaced, and before a query
//     reads. Agents change with each entry, so their sums are added to at once.
//  3. total_ is never behind: no other sum is larger, so an entry that saturates any saturates it.
#ifndef TRACEBUS_TRACE_COST_SHARD_H_
#define TRACEBUS_TRACE_COST_SHARD_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "tracebus/core/hash.h"
#include "tracebus/trace/cost_entry.h"
#include "tracebus/trace/cost_sums.h"
#include "tracebus/trace/group_names.h"

namespace tracebus {
inline namespace v1 {

// By CostDimension; null for one that is not summed by.
using CostNames = std::array<std::unique_ptr<GroupNames>, kCostDimensions>;

// What an entry is summed by.
struct CostLabels {
  const CostEntry& entry;
  std::int64_t day;  // since 1970
};

class alignas(kCacheLineBytes) CostShard {
 public:
  static constexpr std::uint32_t kChunkGroups = 64;

  // False if a sum saturated. Without memory for a group's sums the entry is in the total alone.
  // names: always the same ones.
  bool add(const CostNames& names, const CostLabels& labels, const CostSums& entry) noexcept;

  CostSums total() const {
    const std::lock_guard lock(mutex_);
    return total_;
  }
  // Adds the shard's sums of a chunk's groups to sums. REQUIRES: sums.size() <= kChunkGroups.
  void add_chunk_to(CostDimension dimension, std::size_t chunk, std::span<CostSums> sums);
  std::size_t bytes() const;

 private:
  using Chunk = std::array<CostSums, kChunkGroups>;
  struct Remembered {
    bool is(std::string_view text) const noexcept {
      return known && (text.empty() ? name.empty() : same_text(name, text));
    }

    std::string_view name = {};  // of GroupNames' own memory
    CostSums* sums = nullptr;    // null: its entries are in the total alone
    bool known = false;          // or the next entry's name is looked up, whatever it is
  };

  void remember(const CostNames& names, const CostLabels& labels) noexcept;
  void remember_run(const CostNames& names, const CostEntry& entry) noexcept;
  void remember_day(const CostNames& names, std::int64_t day) noexcept;
  void replace(const CostNames& names, std::size_t dimension, std::string_view name) noexcept;
  void add_pending() noexcept;
  CostSums* sums_of(std::size_t dimension, std::uint32_t group) noexcept;

  mutable std::mutex mutex_;
  CostSums total_;
  CostSums pending_;
  std::array<Remembered, kCostDimensions> remembered_;
  // Behind the remembered run, unless that has a foreign text, or none; and the remembered day.
  RunId run_;
  std::int64_t day_ = 0;
  std::array<std::vector<std::unique_ptr<Chunk>>, kCostDimensions> chunks_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_COST_SHARD_H_
