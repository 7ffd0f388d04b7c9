// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/cost_tracker.h"

#include <algorithm>
#include <cstring>
#include <thread>
#include <utility>

#include "tracebus/core/json_writer.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::int64_t kDaySeconds = 86'400;
// Stands for models that have no price.
constexpr ModelPrice kUnpricedModel;

std::size_t shard_count_of(const CostTrackerOptions& options) {
  if (options.shards != 0) return std::min(options.shards, kCostShardsMax);
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 16);
}

std::int64_t random_tracker_id() {
  std::uint64_t id = 0;
  fill_random(&id, sizeof id);
  return static_cast<std::int64_t>(id >> 1 | 1);
}

std::uint32_t limit_of(const CostTrackerOptions& options, CostDimension dimension) {
  return std::min(options.groups_max[static_cast<std::size_t>(dimension)], kCostGroupsMax);
}

// A run with an id of ours is named by a zero byte, which begins no text, and the id.
constexpr std::size_t kBinaryRunBytes = 1 + sizeof(RunId);

std::string display_name(CostDimension dimension, std::string_view name) {
  if (dimension != CostDimension::kRun || name.size() != kBinaryRunBytes || name[0] != '\0') {
    return std::string(name);
  }
  RunId run;
  name.substr(1).copy(reinterpret_cast<char*>(run.bytes.data()), sizeof run);
  return run.hex();
}

void append_groups(std::string& json, std::string_view key, const std::vector<CostGroup>& groups) {
  json += ", ";
  append_json_string(json, key);
  json += ": {";
  std::string_view separator;
  for (const CostGroup& group : groups) {
    json += separator;
    append_json_string(json, group.is_others ? std::string_view("(others)") : group.name);
    json += ": " + group.sums.cost().to_text();
    separator = ", ";
  }
  json += "}";
}

}  // namespace

CostTracker::CostTracker(CostTrackerOptions options)
    : options_(std::move(options)), id_(random_tracker_id()),
      shard_count_(shard_count_of(options_)), shards_(std::make_unique<Shard[]>(shard_count_)),
      prices_(std::make_unique<Price[]>(GroupNames::kFirst +
                                        limit_of(options_, CostDimension::kModel))) {
  for (std::size_t i = 0; i < kCostDimensions; ++i) {
    const std::uint32_t limit = limit_of(options_, static_cast<CostDimension>(i));
    if (limit != 0) names_[i] = std::make_unique<GroupNames>(limit);
  }
}

CostTracker::Shard& CostTracker::shard() noexcept {
  static std::atomic<std::size_t> threads{0};
  // Relaxed: threads shall be dealt out evenly, and no more.
  thread_local const std::size_t t_number = threads.fetch_add(1, std::memory_order_relaxed);
  return shards_[t_number % shard_count_];
}

CostResult CostTracker::note(CostResult result) noexcept {
  // Relaxed: a counter orders nothing.
  shard().results[static_cast<std::size_t>(result)].fetch_add(1, std::memory_order_relaxed);
  return result;
}

CostResult CostTracker::record(const CostEntry& entry) {
  if (entry.cost && entry.cost->value() < 0) return note(CostResult::kNegativeCost);
  if (entry.usage.has_negative()) return note(CostResult::kNegativeTokens);
  CostEntry timed = entry;
  if (!timed.time) timed.time = Timestamp::now();
  NanoDollars cost;
  const CostResult result = count(timed, false, cost);
  if (options_.bus != nullptr) emit(entry, cost, result == CostResult::kUnpriced);
  return result;
}

CostResult CostTracker::record(std::string_view pattern, std::string_view agent,
                               std::string_view model, std::int64_t input_tokens,
                               std::int64_t output_tokens, double cost) {
  const ReadMoney money = NanoDollars::from_dollars(cost);
  if (money.status == MoneyStatus::kNegative) return note(CostResult::kNegativeCost);
  if (money.status == MoneyStatus::kNotANumber) return note(CostResult::kCostNotANumber);
  return record({.pattern = pattern,
                 .agent = agent,
                 .model = model,
                 .usage = {.input = input_tokens, .output = output_tokens},
                 .cost = money.amount});
}

CostResult CostTracker::observe(const EventView& event) noexcept {
  CostEvent read = reader_.read(event);
  if (read.counted_by == id_) return note(CostResult::kOwn);
  if (read.result != CostResult::kCounted) return note(read.result);
  read.entry.time = event.timestamp();
  NanoDollars cost;
  return count(read.entry, read.saturated, cost);
}

absl::StatusOr<ScopedSubscription> CostTracker::watch(TraceEventBus& bus,
                                                      const CallbackOptions& options) {
  auto id = bus.subscribe_filter(
      {"cost_record", "cost"}, [this](const EventView& event) { observe(event); }, options);
  if (!id.ok()) return id.status();
  return ScopedSubscription(bus, *id);
}

CostResult CostTracker::count(const CostEntry& entry, bool saturated, NanoDollars& cost) noexcept {
  const CostShard::Groups groups = groups_of(entry);
  CostResult result = CostResult::kCounted;
  cost = entry.cost.value_or(NanoDollars());
  if (!entry.cost) {
    const ModelPrice* const price =
        price_of(entry, groups[static_cast<std::size_t>(CostDimension::kModel)]);
    if (price == nullptr) {
      result = CostResult::kUnpriced;
    } else {
      const CallCost call = cost_of(entry.usage, *price);
      saturated |= call.saturated;
      cost = call.total;
    }
  }
  const CostSums sums(cost, entry.usage, result == CostResult::kUnpriced);
  saturated |= !shard().sums.add(groups, sums);
  if (options_.observer) options_.observer(entry, cost);
  return note(saturated ? CostResult::kSaturated : result);
}

CostShard::Groups CostTracker::groups_of(const CostEntry& entry) noexcept {
  const std::string_view texts[] = {entry.pattern,  entry.agent,   entry.model, {}, entry.workflow,
                                    entry.provider, entry.session, entry.user,  {}};
  CostShard::Groups groups;
  for (std::size_t i = 0; i < kCostDimensions; ++i) {
    const auto dimension = static_cast<CostDimension>(i);
    if (names_[i] == nullptr) {
      groups[i] = CostShard::kNoGroup;
    } else if (dimension == CostDimension::kRun) {
      groups[i] = group_of_run(entry);
    } else if (dimension == CostDimension::kDay) {
      groups[i] = group_of_day(*entry.time);
    } else {
      groups[i] = names_[i]->number_of(texts[i]);
    }
  }
  return groups;
}

std::uint32_t CostTracker::group_of_run(const CostEntry& entry) noexcept {
  GroupNames& runs = names(CostDimension::kRun);
  if (!entry.foreign_run.empty()) return runs.number_of(entry.foreign_run);
  if (entry.ids.run_id.is_none()) return GroupNames::kNone;
  char name[kBinaryRunBytes] = {};
  std::memcpy(name + 1, entry.ids.run_id.bytes.data(), sizeof(RunId));
  return runs.number_of({name, sizeof name});
}

std::uint32_t CostTracker::group_of_day(Timestamp time) noexcept {
  const __int128 local = __int128{time.seconds} + options_.day_offset_s;
  const __int128 day = (local - (local < 0 ? kDaySeconds - 1 : 0)) / kDaySeconds;
  const auto low = static_cast<std::uint32_t>(static_cast<std::uint64_t>(day));
  const bool memorable = day >= 0 && day <= INT32_MAX;
  // Relaxed: the word says all, and the name behind the group is found by GroupNames' own means.
  const std::uint64_t last = last_day_.load(std::memory_order_relaxed);
  if (memorable && last != 0 && last >> 32 == low) return static_cast<std::uint32_t>(last);
  char text[kTimestampTextMax + 16];
  const std::size_t length =
      format_iso8601({static_cast<std::int64_t>(day * kDaySeconds), 0}, 0, text);
  const std::string_view whole(text, length);
  const std::uint32_t group =
      names(CostDimension::kDay).number_of(whole.substr(0, whole.find('T')));
  const std::uint64_t word = std::uint64_t{low} << 32 | group;
  if (memorable) last_day_.store(word, std::memory_order_relaxed);  // as the load
  return group;
}

// Null if the model has none.
const ModelPrice* CostTracker::price_of(const CostEntry& entry, std::uint32_t model) noexcept {
  if (options_.prices == nullptr) return nullptr;
  const bool known = model != CostShard::kNoGroup && model >= GroupNames::kFirst;
  if (!known) return options_.prices->find(entry.model);
  // Relaxed, both: the prices are older than any thread that counts.
  const ModelPrice* price = prices_[model].load(std::memory_order_relaxed);
  if (price == nullptr) {
    price = options_.prices->find(entry.model);
    if (price == nullptr) price = &kUnpricedModel;
    prices_[model].store(price, std::memory_order_relaxed);
  }
  return price == &kUnpricedModel ? nullptr : price;
}

// The seed's four attributes in its order, then who counted it, then what the seed does not know.
void CostTracker::emit(const CostEntry& entry, NanoDollars cost, bool unpriced) {
  TraceEvent event{.timestamp = entry.time,
                   .event_type = "cost_record",
                   .agent_name = entry.agent,
                   .pattern_type = entry.pattern,
                   .ids = entry.ids,
                   .foreign_ids = {.run_id = entry.foreign_run}};
  event.payload.add("model", entry.model);
  event.payload.add("input_tokens", entry.usage.input);
  event.payload.add("output_tokens", entry.usage.output);
  if (!unpriced) event.payload.add("cost_usd", cost.to_dollars());
  event.payload.add("counted_by", id_);
  const std::pair<std::string_view, std::int64_t> tokens[] = {
      {"cache_read_input_tokens", entry.usage.cache_read},
      {"cache_creation_input_tokens", entry.usage.cache_write},
      {"reasoning_tokens", entry.usage.reasoning}};
  for (const auto& [key, count] : tokens) {
    if (count != 0) event.payload.add(key, count);
  }
  const std::pair<std::string_view, std::string_view> texts[] = {{"provider", entry.provider},
                                                                 {"workflow", entry.workflow},
                                                                 {"session_id", entry.session},
                                                                 {"user_id", entry.user}};
  for (const auto& [key, text] : texts) {
    if (!text.empty()) event.payload.add(key, text);
  }
  options_.bus->emit(event);
}

CostSums CostTracker::total() const {
  CostSums total;
  for (std::size_t i = 0; i < shard_count_; ++i) total.add(shards_[i].sums.total());
  return total;
}

std::vector<CostGroup> CostTracker::by(CostDimension dimension) const {
  std::vector<CostGroup> groups;
  const auto& names = names_[static_cast<std::size_t>(dimension)];
  if (names == nullptr) return groups;
  const std::size_t end = names->end();
  for (std::size_t chunk = 0; chunk * CostShard::kChunkGroups < end; ++chunk) {
    const std::size_t first = chunk * CostShard::kChunkGroups;
    std::array<CostSums, CostShard::kChunkGroups> sums;
    const std::size_t count = std::min<std::size_t>(sums.size(), end - first);
    for (std::size_t i = 0; i < shard_count_; ++i) {
      shards_[i].sums.add_chunk_to(dimension, chunk, {sums.data(), count});
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (sums[i].calls() == 0) continue;
      const auto number = static_cast<std::uint32_t>(first + i);
      groups.push_back(
          {display_name(dimension, names->name(number)), number == GroupNames::kOthers, sums[i]});
    }
  }
  return groups;
}

CostSummary CostTracker::summary() const { return {total(), by_pattern(), by_agent(), by_model()}; }

CostStats CostTracker::stats() const {
  CostStats stats;
  for (std::size_t i = 0; i < shard_count_; ++i) {
    for (std::size_t result = 0; result < kCostResults; ++result) {
      // Relaxed: a counter orders nothing.
      stats.entries[result] += shards_[i].results[result].load(std::memory_order_relaxed);
    }
  }
  return stats;
}

std::size_t CostTracker::bytes() const {
  std::size_t bytes = sizeof *this;
  for (std::size_t i = 0; i < shard_count_; ++i) bytes += shards_[i].sums.bytes();
  for (const auto& names : names_) bytes += names == nullptr ? 0 : names->bytes();
  return bytes + sizeof(Price) * (GroupNames::kFirst + limit_of(options_, CostDimension::kModel));
}

std::string CostSummary::to_json() const {
  std::string json = "{\"total_cost_usd\": " + total.cost().to_text();
  json += ", \"total_tokens\": " + std::to_string(total.tokens());
  json += ", \"entries\": " + std::to_string(total.calls());
  append_groups(json, "by_pattern", by_pattern);
  append_groups(json, "by_agent", by_agent);
  append_groups(json, "by_model", by_model);
  return json + "}";
}

}  // namespace v1
}  // namespace tracebus
