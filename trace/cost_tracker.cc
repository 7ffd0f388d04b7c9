// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/cost_tracker.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "tracebus/core/json_writer.h"
#include "tracebus/core/span_kind.h"
#include "tracebus/trace/cost_day.h"
#include "tracebus/trace/run_name.h"

namespace tracebus {
inline namespace v1 {
namespace {

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

void append_span_types(std::vector<std::string_view>& types) {
  for (const SpanKindEntry& entry : kSpanKindTable) {
    types.push_back(entry.start.name());
    types.push_back(entry.end.name());
    if (entry.error != entry.end) types.push_back(entry.error.name());
  }
}

// Costs come first: most events are.
bool is_of_span(EventType type) noexcept {
  return type != kCostRecord && std::ranges::any_of(kSpanKindTable, [type](const auto& entry) {
           return type == entry.start || type == entry.end || type == entry.error;
         });
}

std::string display_name(CostDimension dimension, std::string_view name) {
  return dimension == CostDimension::kRun ? run_display_name(name) : std::string(name);
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
    : options_(std::move(options)),
      roll_up_(options_.roll_up ? std::make_unique<CostRollUp>(*options_.roll_up) : nullptr),
      id_(random_tracker_id()), shard_count_(shard_count_of(options_)),
      shards_(std::make_unique<Shard[]>(shard_count_)),
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

CostResult CostTracker::note(Shard& own, CostResult result) noexcept {
  // Relaxed: a counter orders nothing.
  own.results[static_cast<std::size_t>(result)].fetch_add(1, std::memory_order_relaxed);
  return result;
}

CostResult CostTracker::record(const CostEntry& entry) {
  std::optional<NanoDollars> cost;
  return record(entry, cost);
}

CostResult CostTracker::record(const CostEntry& entry, std::optional<NanoDollars>& cost) {
  cost.reset();
  if (entry.cost && entry.cost->value() < 0) return note(shard(), CostResult::kNegativeCost);
  if (entry.usage.has_negative()) return note(shard(), CostResult::kNegativeTokens);
  CostEntry timed = entry;
  if (!timed.time) timed.time = Timestamp::now();
  const CostResult result = count(timed, false, cost);
  if (options_.bus != nullptr) emit(entry, cost);
  return result;
}

CostResult CostTracker::record(std::string_view pattern, std::string_view agent,
                               std::string_view model, std::int64_t input_tokens,
                               std::int64_t output_tokens, double cost) {
  const ReadMoney money = NanoDollars::from_dollars(cost);
  if (money.status == MoneyStatus::kNegative) return note(shard(), CostResult::kNegativeCost);
  if (money.status == MoneyStatus::kNotANumber) return note(shard(), CostResult::kCostNotANumber);
  return record({.pattern = pattern,
                 .agent = agent,
                 .model = model,
                 .usage = {.input = input_tokens, .output = output_tokens},
                 .cost = money.amount});
}

CostResult CostTracker::observe(const EventView& event) noexcept {
  CostEvent read = reader_.read(event);
  if (read.counted_by == id_) return note(shard(), CostResult::kOwn);
  if (read.result != CostResult::kCounted) return note(shard(), read.result);
  read.entry.time = event.timestamp();
  std::optional<NanoDollars> cost;
  return count(read.entry, read.saturated, cost);
}

void CostTracker::observe_span(const EventView& event) noexcept {
  if (roll_up_ != nullptr) roll_up_->see(event);
}

absl::StatusOr<ScopedSubscription> CostTracker::watch(TraceEventBus& bus,
                                                      const CallbackOptions& options) {
  std::vector<std::string_view> types = {"cost_record", "cost"};
  if (roll_up_ != nullptr) append_span_types(types);
  const auto see = [this](const EventView& event) {
    is_of_span(event.type()) ? observe_span(event) : static_cast<void>(observe(event));
  };
  auto id = bus.subscribe_filter(Filter::types(types), see, options);
  if (!id.ok()) return id.status();
  return ScopedSubscription(bus, *id);
}

CostResult CostTracker::count(const CostEntry& entry, bool saturated,
                              std::optional<NanoDollars>& cost) noexcept {
  CostResult result = CostResult::kCounted;
  cost = entry.cost;
  if (!entry.cost) {
    const ModelPrice* const price = price_of(entry.model);
    if (price == nullptr) {
      result = CostResult::kUnpriced;
    } else {
      const CallCost call = cost_of(entry.usage, *price);
      saturated |= call.saturated;
      cost = call.total;
    }
  }
  const NanoDollars known = cost.value_or(NanoDollars());
  const CostSums sums(known, entry.usage, !cost);
  Shard& own = shard();
  saturated |= !own.sums.add(names_, {entry, day_of(*entry.time, options_.day_offset_s)}, sums);
  if (roll_up_ != nullptr) roll_up_->add(entry, sums);
  if (options_.observer) options_.observer(entry, known);
  return note(own, saturated ? CostResult::kSaturated : result);
}

// Null if the model has none.
const ModelPrice* CostTracker::price_of(std::string_view model) noexcept {
  if (options_.prices == nullptr) return nullptr;
  GroupNames* const models = names_[static_cast<std::size_t>(CostDimension::kModel)].get();
  const std::uint32_t number = models == nullptr ? GroupNames::kNone : models->number_of(model);
  if (number < GroupNames::kFirst) return options_.prices->find(model);
  // Relaxed, both: the prices are older than any thread that counts.
  const ModelPrice* price = prices_[number].load(std::memory_order_relaxed);
  if (price == nullptr) {
    price = options_.prices->find(model);
    if (price == nullptr) price = &kUnpricedModel;
    prices_[number].store(price, std::memory_order_relaxed);
  }
  return price == &kUnpricedModel ? nullptr : price;
}

// The seed's four attributes in its order, then who counted it, then what the seed does not know.
void CostTracker::emit(const CostEntry& entry, std::optional<NanoDollars> cost) {
  TraceEvent event{.timestamp = entry.time,
                   .event_type = "cost_record",
                   .agent_name = entry.agent,
                   .pattern_type = entry.pattern,
                   .ids = entry.ids,
                   .foreign_ids = {.run_id = entry.foreign_run}};
  event.payload.add("model", entry.model);
  event.payload.add("input_tokens", entry.usage.input);
  event.payload.add("output_tokens", entry.usage.output);
  if (cost) event.payload.add("cost_usd", cost->to_dollars());
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

std::vector<AgentCosts> CostTracker::by_agent_tree() const {
  return roll_up_ == nullptr ? std::vector<AgentCosts>() : roll_up_->all();
}

std::vector<AgentCosts> CostTracker::roll_up(const RunId& run) const {
  return roll_up_ == nullptr ? std::vector<AgentCosts>() : roll_up_->of_run(run);
}

CostRollUpStats CostTracker::roll_up_stats() const {
  return roll_up_ == nullptr ? CostRollUpStats() : roll_up_->stats();
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
  if (roll_up_ != nullptr) bytes += roll_up_->bytes();
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
