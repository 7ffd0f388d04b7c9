// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/prometheus/event_metrics.h"

#include <array>
#include <utility>

#include "tracebus/core/version.h"
#include "tracebus/exporters/pair_role.h"

namespace tracebus {
inline namespace v1 {
namespace {

// More tokens than any call has, and dollars than any costs; so that one value cannot fill a sum.
constexpr std::int64_t kTokensMax = 1'000'000'000'000;
constexpr std::int64_t kNanoDollarsMax = 1'000'000'000'000'000;  // a million dollars
constexpr std::string_view kUnknownError = "_OTHER";             // as OpenTelemetry has it

}  // namespace

std::shared_ptr<EventMetrics> EventMetrics::create(std::uint32_t rows_max) {
  return std::shared_ptr<EventMetrics>(new EventMetrics(rows_max));
}

EventMetrics::EventMetrics(std::uint32_t rows_max) : tables_(rows_max) {
  for (const MetricTable* table : tables_.all()) bytes_max_ += table->bytes_max();
  // Those whose labels are known are there from the beginning, so that a rate sees the first one.
  tables_.build.row(version()).set(0, 1);
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    tables_.drops.row(to_string(static_cast<DropReason>(i)));
  }
  for (const char* const value : {"duration", "tokens", "cost", "bus"}) tables_.ignored.row(value);
  for (const char* const fate : {"answered", "broken", "late", "gave_way"}) {
    tables_.connections.row(fate);
  }
}

void EventMetrics::count(const Batch& batch) {
  const std::lock_guard lock(mutex_);
  for (const EventView& event : batch) count_event(event);
  if (batch.drops != drops_) count_drops(batch.drops);
}

void EventMetrics::count_response(std::string_view code) {
  const std::lock_guard lock(mutex_);
  tables_.responses.row(code).add(0);
}

void EventMetrics::count_connection(std::string_view fate) {
  const std::lock_guard lock(mutex_);
  tables_.connections.row(fate).add(0);
}

std::unique_ptr<MetricsPage> EventMetrics::page(PageFormat format) {
  const auto all = tables_.all();
  std::vector<TableSnapshot> snapshots;
  snapshots.reserve(all.size());
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < EventTables::kOfEvents; ++i) {
    MetricTable::Row row = tables_.tables.row(all[i]->layout().name);
    row.set(table_column::kRows, all[i]->rows_in_use());
    row.set(table_column::kOverflowed, all[i]->overflowed());
  }
  for (const MetricTable* const table : all) snapshots.push_back(table->snapshot());
  return std::make_unique<MetricsPage>(std::move(snapshots), format, shared_from_this());
}

void EventMetrics::count_event(const EventView& event) {
  const TypeRole type = count_type(event);
  if (type.role == Role::kNone && !type.is_error) return;
  if (type.role == Role::kRecord) return count_cost(event);
  if (type.role == Role::kBus) return count_bus(event);
  EventFields fields = reader_.read(event);
  fields.failed |= type.failed;
  if (fields.failed && fields.error_type.empty()) {
    fields.error_type = exception_type_in(fields.span_events);
    if (fields.error_type.empty()) fields.error_type = kUnknownError;
  }
  if (type.is_error) count_error(event, fields);
  if (fields.has_bad_duration && type.role != Role::kNone) ignore("duration");
  if (type.role == Role::kAgent) count_run(tables_.agents, event.agent_name(), fields);
  if (type.role == Role::kPattern) count_run(tables_.patterns, event.pattern_type(), fields);
  if (type.role == Role::kTool) count_run(tables_.tools, fields.tool, fields);
  if (type.role == Role::kModel) count_model(event, fields);
  if (type.role == Role::kProvider) count_provider(event, fields);
}

EventMetrics::TypeRole EventMetrics::role_of(std::string_view type) noexcept {
  if (type == "error") return {.is_error = true};
  if (type == "cost_record" || type == "cost") return {.role = Role::kRecord};
  if (type == "bus_stats") return {.role = Role::kBus};
  const PairRole pair = pair_role(type);
  if (pair.moment != PairRole::Moment::kEnd) return {};
  TypeRole role = {.failed = pair.failed, .is_error = pair.failed};
  if (pair.kind == SpanKind::kAgent) role.role = Role::kAgent;
  if (pair.kind == SpanKind::kPattern) role.role = Role::kPattern;
  if (pair.kind == SpanKind::kTool) role.role = Role::kTool;
  if (pair.kind == SpanKind::kLlm) {
    role.role = pair.family == "provider_call" ? Role::kProvider : Role::kModel;
  }
  return role;
}

EventMetrics::TypeRole EventMetrics::count_type(const EventView& event) {
  const EventType type = event.type();
  if (type.number() < types_.size() && types_[type.number()].row != 0) [[likely]] {
    const KnownType& known = types_[type.number()];
    tables_.types.row_at(known.row).add(0);
    return known.role;
  }
  const std::string_view name = event.event_type();
  MetricTable::Row row = tables_.types.row(name);
  row.add(0);
  const TypeRole role = role_of(name);
  if (type.is_registered()) {
    if (type.number() >= types_.size()) types_.resize(std::size_t{type.number()} + 1);
    types_[type.number()] = {row.number(), role};
  }
  return role;
}

void EventMetrics::count_error(const EventView& event, const EventFields& fields) {
  const std::string_view labels[] = {event.event_type(),
                                     fields.error_type.empty() ? kUnknownError : fields.error_type};
  tables_.errors.row(labels).add(0);
}

void EventMetrics::count_run(MetricTable& table, std::string_view name, const EventFields& fields) {
  MetricTable::Row row = table.row(name);
  row.add(fields.failed ? run_column::kFailure : run_column::kSuccess);
  add_duration(row, run_column::kDuration, fields);
}

void EventMetrics::count_model(const EventView& event, const EventFields& fields) {
  const CostEvent read = cost_reader_.read(event);
  const CostEntry& entry = read.entry;
  const std::string_view labels[] = {fields.operation.empty() ? "chat" : fields.operation,
                                     entry.provider, entry.model,
                                     fields.failed ? fields.error_type : std::string_view()};
  MetricTable::Row row = tables_.calls.row(std::span(labels).first(3));
  row.add(fields.failed ? call_column::kFailure : call_column::kSuccess);
  add_tokens(row, call_column::kTokens, read);
  add_cost(row, call_column::kCost, read);
  const auto record = [&row](std::size_t column, std::int64_t tokens) {
    if (tokens > 0 && tokens <= kTokensMax) row.record(column, static_cast<std::uint64_t>(tokens));
  };
  record(call_column::kInput, entry.usage.input);
  record(call_column::kOutput, entry.usage.output);
  if (fields.has_duration) add_duration(tables_.call_durations.row(labels), 0, fields);
}

void EventMetrics::count_provider(const EventView& event, const EventFields& fields) {
  const CostEvent read = cost_reader_.read(event);
  const std::string_view labels[] = {read.entry.provider, read.entry.model};
  MetricTable::Row row = tables_.provider_calls.row(labels);
  row.add(fields.failed ? provider_column::kFailure : provider_column::kSuccess);
  add_duration(row, provider_column::kDuration, fields);
  add_tokens(row, provider_column::kTokens, read);
}

void EventMetrics::count_cost(const EventView& event) {
  const CostEvent read = cost_reader_.read(event);
  const std::string_view labels[] = {read.entry.provider, read.entry.model};
  MetricTable::Row row = tables_.costs.row(labels);
  row.add(record_column::kRecords);
  add_tokens(row, record_column::kTokens, read);
  add_cost(row, record_column::kCost, read);
}

void EventMetrics::add_duration(MetricTable::Row row, std::size_t column,
                                const EventFields& fields) {
  if (fields.has_duration) row.record(column, fields.duration_ns);
}

void EventMetrics::add_tokens(MetricTable::Row row, std::size_t first, const CostEvent& read) {
  const TokenUsage& usage = read.entry.usage;
  // What is no number is 0 by now.
  if (read.result == CostResult::kNegativeTokens && !usage.has_negative()) ignore("tokens");
  const std::int64_t classes[] = {usage.input, usage.output, usage.cache_read, usage.cache_write,
                                  usage.reasoning};
  for (std::size_t i = 0; i < std::size(classes); ++i) {
    if (classes[i] < 0 || classes[i] > kTokensMax) {
      ignore("tokens");
    } else {
      row.add(first + i, static_cast<std::uint64_t>(classes[i]));
    }
  }
}

void EventMetrics::add_cost(MetricTable::Row row, std::size_t column, const CostEvent& read) {
  const bool is_none = read.result == CostResult::kNegativeCost ||
                       read.result == CostResult::kCostNotANumber || read.saturated;
  const std::int64_t cost = read.entry.cost ? read.entry.cost->value() : 0;
  if (is_none || cost < 0 || cost > kNanoDollarsMax) {
    ignore("cost");
  } else {
    row.add(column, static_cast<std::uint64_t>(cost));
  }
}

void EventMetrics::count_bus(const EventView& event) {
  if (!BusStatsEvent::is_one(event)) return;
  const BusStatsEvent stats(event);
  if (stats.is_of_bus()) {
    using namespace bus_column;
    set_numbers(stats, tables_.bus.row(std::span<const std::string_view>()),
                {{"emitted", kEmitted},
                 {"rejected", kRejected},
                 {"dispatched", kDispatched},
                 {"waiting", kWaiting},
                 {"lag_ns", kLag},
                 {"pass_ns_max", kPass},
                 {"ring_high_water_bytes", kRings},
                 {"block_bytes", kBlocks}});
    const bool is_whole = stats.each_reason("rejected_by_reason", [&](DropReason reason, auto n) {
      tables_.bus_rejections.row(to_string(reason)).set(0, n);
    });
    if (!is_whole) ignore("bus");
  } else if (stats.is_of_subscription()) {
    using namespace subscription_column;
    const std::string_view name = stats.text("name");
    set_numbers(stats, tables_.subscriptions.row(name),
                {{"matched", kMatched},
                 {"delivered", kDelivered},
                 {"dropped", kDropped},
                 {"in_flight", kInFlight},
                 {"queue_bytes", kBytes},
                 {"queue_events", kEvents},
                 {"oldest_age_ns", kOldest}});
    const bool is_whole = stats.each_reason("dropped_by_reason", [&](DropReason reason, auto n) {
      const std::string_view labels[] = {name, to_string(reason)};
      tables_.subscription_drops.row(labels).set(0, n);
    });
    if (!is_whole) ignore("bus");
  }
}

void EventMetrics::set_numbers(const BusStatsEvent& stats, MetricTable::Row row,
                               std::initializer_list<BusNumber> numbers) {
  for (const auto& [key, column] : numbers) {
    if (const auto value = stats.count(key)) {
      row.set(column, *value);
    } else {
      ignore("bus");
    }
  }
}

void EventMetrics::count_drops(const DropCounts& drops) {
  drops_ = drops;
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    tables_.drops.row(to_string(static_cast<DropReason>(i))).set(0, drops[i]);
  }
}

}  // namespace v1
}  // namespace tracebus
