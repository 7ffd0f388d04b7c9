// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/batch_account.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace tracebus {
inline namespace v1 {
namespace {

auto identity_of(const EventView& event) noexcept {
  return std::tuple(event.context().instance, event.producer(), event.sequence());
}

}  // namespace

void BatchAccount::begin(std::span<const EventView> events) {
  events_ = events;
  answered_.assign(events.size(), false);
  sampled_.assign(events.size(), false);
  order_.clear();
  entered_ = 0;
  unanswered_ = events.size();
  unanswered_sampled_ = 0;
  result_ = {};
}

void BatchAccount::left_chain(const EventView& event) {
  if (!answer(event)) ++result_.added;
}

void BatchAccount::sampled_out(const EventView& event) {
  const std::optional<std::size_t> index = find(event);
  if (!index || answered_[*index] || sampled_[*index]) return;
  sampled_[*index] = true;
  ++unanswered_sampled_;
}

void BatchAccount::failed(const EventView& event) {
  if (!answer(event)) ++result_.added;
  ++result_.failed;
}

void BatchAccount::failed_to_add() noexcept {
  ++result_.added;
  ++result_.failed;
}

void BatchAccount::exported(std::uint64_t events, const ExportResult& result) noexcept {
  result_ += result.clamped(events);
}

ExportResult BatchAccount::finish() noexcept {
  ExportResult result = std::exchange(result_, {});
  result.processed += std::exchange(unanswered_, 0) - unanswered_sampled_;
  result.sampled_out += std::exchange(unanswered_sampled_, 0);
  events_ = {};
  return result;
}

bool BatchAccount::answer(const EventView& event) {
  const std::optional<std::size_t> index = find(event);
  if (!index || answered_[*index]) return false;
  answered_[*index] = true;
  --unanswered_;
  if (sampled_[*index]) --unanswered_sampled_;
  return true;
}

std::optional<std::size_t> BatchAccount::find(const EventView& event) {
  if (events_.empty() || event.producer() == added_by_) return std::nullopt;
  const auto identity = identity_of(event);
  if (identity_of(events_[entered_]) == identity) return entered_;
  if (order_.empty()) sort();
  const auto is_before = [this](std::size_t index, const auto& wanted) {
    return identity_of(events_[index]) < wanted;
  };
  const auto found = std::lower_bound(order_.begin(), order_.end(), identity, is_before);
  if (found == order_.end() || identity_of(events_[*found]) != identity) return std::nullopt;
  return *found;
}

void BatchAccount::sort() {
  order_.resize(events_.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::sort(order_.begin(), order_.end(), [this](std::size_t left, std::size_t right) {
    return identity_of(events_[left]) < identity_of(events_[right]);
  });
}

}  // namespace v1
}  // namespace tracebus
