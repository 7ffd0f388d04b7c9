// SPDX-License-Identifier: Apache-2.0
//
// CostSums: a CostBreakdown in the making, event by event.
//
// Thread safety: none.
#ifndef TRACEBUS_STUDIO_COST_SUMS_H_
#define TRACEBUS_STUDIO_COST_SUMS_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "tracebus/studio/cost_breakdown.h"
#include "tracebus/studio/number_map.h"
#include "tracebus/studio/span_chunk.h"
#include "tracebus/studio/span_groups.h"
#include "tracebus/trace/nano_dollars.h"

namespace tracebus {
inline namespace v1 {

class CostSums {
 public:
  // What an event has at least one of, to be added.
  static constexpr std::uint32_t kCounted =
      span_flag::kCall | span_flag::kCountsCost | span_flag::kCountsTokens;

  // REQUIRES: the table outlives the sums, and nobody appends meanwhile.
  CostSums(const SpanTable& table, GroupBy by);

  // Numbers begin at 0 and have no gaps.
  std::uint32_t group_of(const SpanRow& at) {
    const std::uint32_t group = groups_.group_of(at);
    if (group == sums_.size()) {
      sums_.emplace_back();
      priced_.push_back(0);
    }
    return group;
  }
  // What one event adds, read once for several sums.
  struct Addend {
    // REQUIRES: flags are those of the event.
    Addend(const SpanRow& at, std::uint32_t flags) noexcept;

    std::uint32_t run;
    bool is_call, has_cost, has_tokens;
    std::int64_t cost_nanos;
    std::uint32_t input_tokens, output_tokens, tokens, cache_read_tokens, cache_write_tokens;
  };
  // REQUIRES: group is that of the event.
  void add(std::uint32_t group, const Addend& addend);

  // How many groups there are, and what they are called.
  std::size_t size() const noexcept { return sums_.size(); }
  std::string name(std::uint32_t group) const { return groups_.name(group); }

  // The first `most` groups, in their order. Shares and sums are of all.
  CostBreakdown breakdown(std::size_t most = std::numeric_limits<std::size_t>::max()) const;

 private:
  // Which runs were seen in which groups: bits of a word a run for the first groups, which are
  // most.
  class RunsSeen {
   public:
    explicit RunsSeen(std::size_t runs) : bits_(runs) {}
    bool is_first(std::uint32_t run, std::uint32_t group) {
      if (group >= 64) [[unlikely]]
        return others_.enter(std::uint64_t{group} << 32 | run).second;
      const std::uint64_t bit = std::uint64_t{1} << group;
      const bool first = (bits_[run] & bit) == 0;
      bits_[run] |= bit;
      return first;
    }

   private:
    std::vector<std::uint64_t> bits_;
    NumberMap<char> others_;
  };

  bool is_before(std::uint32_t a, std::uint32_t b) const;

  const GroupBy by_;
  SpanGroups groups_;
  RunsSeen runs_;
  std::vector<SpentGroup> sums_;        // by group; without names
  std::vector<std::uint64_t> priced_;  // calls, by group
};

inline CostSums::Addend::Addend(const SpanRow& at, std::uint32_t flags) noexcept
    : run(at.chunk->run[at.row]), is_call((flags & span_flag::kCall) != 0),
      has_cost((flags & span_flag::kCountsCost) != 0),
      has_tokens((flags & span_flag::kCountsTokens) != 0),
      cost_nanos(has_cost ? at.chunk->cost_nanos[at.row] : 0),
      input_tokens(has_tokens ? at.chunk->input_tokens[at.row] : 0),
      output_tokens(has_tokens ? at.chunk->output_tokens[at.row] : 0),
      tokens(has_tokens ? at.chunk->total_tokens[at.row] : 0),
      cache_read_tokens(has_tokens ? at.chunk->cache_read_tokens[at.row] : 0),
      cache_write_tokens(has_tokens ? at.chunk->cache_write_tokens[at.row] : 0) {}

inline void CostSums::add(std::uint32_t number, const Addend& addend) {
  SpentGroup& group = sums_[number];
  if (addend.run != 0 && runs_.is_first(addend.run, number)) ++group.runs;
  group.calls += addend.is_call ? 1 : 0;
  priced_[number] += addend.has_cost ? 1 : 0;
  add_saturating(group.cost_nanos, addend.cost_nanos);
  group.input_tokens += addend.input_tokens;
  group.output_tokens += addend.output_tokens;
  group.tokens += addend.tokens;
  group.cache_read_tokens += addend.cache_read_tokens;
  group.cache_write_tokens += addend.cache_write_tokens;
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_COST_SUMS_H_
