// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/cost_joiner.h"

#include <cstring>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "tracebus/core/clock.h"
#include "tracebus/core/event_type.h"
#include "tracebus/core/span_kind.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::string_view kCostKeys[] = {"cost_usd", "cost_estimate", "cost", "total_cost",
                                          "llm.cost.total"};

std::optional<ValueView> said_cost(const EventView& event) noexcept {
  for (const std::string_view key : kCostKeys) {
    if (const auto cost = event.find(key); cost && cost->is_number()) return cost;
  }
  return std::nullopt;
}

bool is_call_without_cost(const EventView& event) noexcept {
  const auto kind = event.find("span.kind");
  return kind && kind->type() == ValueType::kString &&
         kind->as_string() == to_string(SpanKind::kLlm) && !event.span_id().is_none() &&
         !said_cost(event);
}

bool is_cost_record(const EventView& event) noexcept {
  return event.type() == kCostRecord || event.type() == kCost;
}

std::uint64_t id_of(const EventView& event) noexcept {
  std::uint64_t word = 0;
  const SpanId id = event.span_id();
  static_assert(sizeof word == sizeof id.bytes);
  std::memcpy(&word, id.bytes.data(), sizeof word);
  return word;
}

}  // namespace

CostJoiner::CostJoiner(CostJoinerOptions options) : options_(std::move(options)) {}

void CostJoiner::process(const EventView& event, ProcessorOutput& output) {
  if (is_cost_record(event)) return record(event, output);
  if (misses_ >= kMissesMax || !is_call_without_cost(event)) return output.pass(event);
  const auto [place, is_new] = by_id_.try_emplace(id_of(event));
  if (!is_new) return output.pass(event);  // it came twice
  calls_.push_back({OwnedEvent(event), now()});
  place->second = std::prev(calls_.end());
  bytes_ += event.size_bytes();
  while (calls_.size() > options_.calls_max || bytes_ > options_.bytes_max) {
    let_go_of_oldest(output);
  }
}

void CostJoiner::record(const EventView& event, ProcessorOutput& output) {
  if (event.span_id().is_none()) return output.pass(event);
  const auto found = by_id_.find(id_of(event));
  // One that belongs to a call that did not wait says that the next ones should.
  has_records_ = true;
  misses_ = 0;
  if (found == by_id_.end()) return output.pass(event);
  const OwnedEvent call = take(found->second);
  const auto cost = said_cost(event);
  if (!cost) {
    output.pass(call.view());
    return output.pass(event);
  }
  TraceEvent span = call.view().to_event();
  span.payload.add("cost_usd", cost->to_double());
  output.replace(call.view(), span);
}

void CostJoiner::tick(bool last, ProcessorOutput& output) {
  if (calls_.empty()) return;
  const bool is_over = last || !has_records_;
  const Instant too_old = now() - std::chrono::milliseconds(options_.wait_ms_max);
  while (!calls_.empty() && (is_over || calls_.front().since <= too_old)) let_go_of_oldest(output);
}

OwnedEvent CostJoiner::take(Calls::iterator held) {
  OwnedEvent call = std::move(held->call);
  bytes_ -= call.size_bytes();
  by_id_.erase(id_of(call.view()));
  calls_.erase(held);
  return call;
}

void CostJoiner::let_go_of_oldest(ProcessorOutput& output) {
  const OwnedEvent call = take(calls_.begin());
  if (++misses_ >= kMissesMax) has_records_ = false;
  output.pass(call.view());
}

CostJoiner::Instant CostJoiner::now() const {
  return options_.clock ? options_.clock() : Clock::steady_now();
}

}  // namespace v1
}  // namespace tracebus
