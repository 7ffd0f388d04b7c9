// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/cost_shard.h"

#include <cstring>
#include <new>

#include "tracebus/trace/cost_day.h"
#include "tracebus/trace/run_name.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr auto kAgentIndex = static_cast<std::size_t>(CostDimension::kAgent);
constexpr auto kRunIndex = static_cast<std::size_t>(CostDimension::kRun);
constexpr auto kDayIndex = static_cast<std::size_t>(CostDimension::kDay);

}  // namespace

bool CostShard::add(const CostNames& names, const CostLabels& labels,
                    const CostSums& entry) noexcept {
  const std::lock_guard lock(mutex_);
  remember(names, labels);
  pending_.add(entry);
  if (GroupNames* const agents = names[kAgentIndex].get()) {
    CostSums* const sums = sums_of(kAgentIndex, agents->number_of(labels.entry.agent));
    if (sums != nullptr) sums->add(entry);
  }
  return total_.add(entry);
}

// Afterwards the entry's groups are the remembered ones.
void CostShard::remember(const CostNames& names, const CostLabels& labels) noexcept {
  const CostEntry& entry = labels.entry;
  const auto move_to = [&](CostDimension dimension, std::string_view name) {
    const auto i = static_cast<std::size_t>(dimension);
    if (remembered_[i].is(name)) [[likely]]
      return;
    if (names[i] != nullptr) replace(names, i, name);
  };
  move_to(CostDimension::kPattern, entry.pattern);
  move_to(CostDimension::kModel, entry.model);
  move_to(CostDimension::kWorkflow, entry.workflow);
  move_to(CostDimension::kProvider, entry.provider);
  move_to(CostDimension::kSession, entry.session);
  move_to(CostDimension::kUser, entry.user);
  remember_run(names, entry);
  remember_day(names, labels.day);
}

void CostShard::remember_run(const CostNames& names, const CostEntry& entry) noexcept {
  if (names[kRunIndex] == nullptr) return;
  const bool foreign = !entry.foreign_run.empty();
  const RunId run = foreign ? RunId() : entry.ids.run_id;
  const Remembered& last = remembered_[kRunIndex];
  if (run.is_none() ? last.is(entry.foreign_run) : last.known && run_ == run) return;
  RunName name;
  replace(names, kRunIndex, run.is_none() ? entry.foreign_run : write_run_name(run, name));
  run_ = run;
}

void CostShard::remember_day(const CostNames& names, std::int64_t day) noexcept {
  if (names[kDayIndex] == nullptr || (remembered_[kDayIndex].known && day_ == day)) return;
  DayText text;
  replace(names, kDayIndex, write_day(day, text));
  day_ = day;
}

void CostShard::replace(const CostNames& names, std::size_t dimension,
                        std::string_view name) noexcept {
  add_pending();
  const std::uint32_t group = names[dimension]->number_of(name);
  remembered_[dimension] = {.name = names[dimension]->name(group),
                            .sums = sums_of(dimension, group),
                            .known = group != GroupNames::kOthers};
}

void CostShard::add_pending() noexcept {
  if (pending_.calls() == 0) return;
  for (const Remembered& last : remembered_) {
    if (last.sums != nullptr) last.sums->add(pending_);
  }
  pending_ = CostSums();
}

// Null without memory.
inline CostSums* CostShard::sums_of(std::size_t dimension, std::uint32_t group) noexcept {
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

void CostShard::add_chunk_to(CostDimension dimension, std::size_t chunk, std::span<CostSums> sums) {
  const std::lock_guard lock(mutex_);
  add_pending();
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
