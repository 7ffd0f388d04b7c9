// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/span_groups.h"

#include "tracebus/core/timestamp.h"
#include "tracebus/studio/provider_names.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kDenseMax = std::size_t{1} << 20;
constexpr std::int64_t kHourNs = std::int64_t{3600} * 1'000'000'000;
constexpr std::uint64_t kNoTime = std::uint64_t{1} << 63;  // days and hours do not go so far

std::int64_t unit_of(GroupBy by) noexcept { return by == GroupBy::kDay ? 24 * kHourNs : kHourNs; }

// Rounds down, also before 1970.
std::int64_t floor_of(std::int64_t ns, std::int64_t unit) noexcept {
  return ns / unit - (ns % unit < 0 ? 1 : 0);
}

// "2026-06-16" or "2026-06-16T09".
std::string time_text(std::uint64_t key, GroupBy by) {
  if (key == kNoTime) return {};
  char time[kTimestampTextMax + 16];
  const auto ns = static_cast<std::int64_t>(key) * unit_of(by);
  const std::size_t size = format_iso8601(Timestamp::from_unix_ns(ns), 0, time);
  const std::string whole(time, size);
  return whole.substr(0, whole.find('T') + (by == GroupBy::kDay ? 0 : 3));
}

std::optional<SpanText> column_of(GroupBy by) noexcept {
  switch (by) {
    case GroupBy::kModel:
      return SpanText::kModel;
    case GroupBy::kAgent:
      return SpanText::kAgent;
    case GroupBy::kPattern:
      return SpanText::kPattern;
    case GroupBy::kSession:
      return SpanText::kSession;
    case GroupBy::kUser:
      return SpanText::kUser;
    case GroupBy::kName:
      return SpanText::kName;
    default:
      return std::nullopt;
  }
}

}  // namespace

SpanGroups::SpanGroups(const SpanTable& table, GroupBy by)
    : table_(table), by_(by), column_(column_of(by)) {
  if (by != GroupBy::kProvider) return;
  label_of_provider_.resize(table.names().of(SpanText::kProvider).size());
  label_of_model_.resize(table.names().of(SpanText::kModel).size());
}

std::uint64_t SpanGroups::other_key(const SpanRow& at) const noexcept {
  if (by_ == GroupBy::kRun) return at.chunk->run[at.row];
  if (by_ != GroupBy::kWorkflow) return time_key(at);
  // Even numbers are workflows, odd ones patterns.
  const std::uint64_t workflow = at.chunk->text(SpanText::kWorkflow)[at.row];
  const std::uint64_t pattern = at.chunk->text(SpanText::kPattern)[at.row];
  return workflow != 0 || pattern == 0 ? 2 * workflow : 2 * pattern + 1;
}

std::uint32_t SpanGroups::label_of(std::uint32_t provider, std::uint32_t model) {
  const SpanNames& names = table_.names();
  if (provider != 0) {
    return labels_.number_of(provider_label(names.of(SpanText::kProvider).text(provider)));
  }
  return labels_.number_of(provider_of_model(names.of(SpanText::kModel).text(model)));
}

std::uint64_t SpanGroups::time_key(const SpanRow& at) const noexcept {
  if ((at.chunk->flags[at.row] & span_flag::kHasTime) == 0) return kNoTime;
  return static_cast<std::uint64_t>(floor_of(at.chunk->time_ns[at.row], unit_of(by_)));
}

std::uint32_t SpanGroups::find(std::uint64_t key) {
  const auto fresh = static_cast<std::uint32_t>(keys_.size());
  if (key < kDenseMax) {
    if (key >= dense_.size()) dense_.resize(key + key / 2 + 64);
    if (dense_[key] == 0) {
      keys_.push_back(key);
      dense_[key] = fresh + 1;
    }
    return dense_[key] - 1;
  }
  const auto [found, is_new] = sparse_.try_emplace(key, fresh);
  if (is_new) keys_.push_back(key);
  return found->second;
}

std::string SpanGroups::name(std::uint32_t group) const {
  const std::uint64_t key = keys_[group];
  const auto number = static_cast<std::uint32_t>(key);
  const SpanNames& names = table_.names();
  const auto text = [&](SpanText column) { return std::string(names.of(column).text(number)); };
  if (column_) return text(*column_);
  switch (by_) {
    case GroupBy::kWorkflow: {
      const SpanText column = key % 2 == 0 ? SpanText::kWorkflow : SpanText::kPattern;
      return std::string(names.of(column).text(static_cast<std::uint32_t>(key / 2)));
    }
    case GroupBy::kProvider:
      return std::string(labels_.text(number));
    case GroupBy::kRun:
      return std::string(names.ids.text(table_.runs().runs()[number].id_text));
    default:
      return time_text(key, by_);
  }
}

}  // namespace v1
}  // namespace tracebus
