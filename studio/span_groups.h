// SPDX-License-Identifier: Apache-2.0
//
// SpanGroups: which group of events one belongs to, as a small number.
// Thread safety: none.
#ifndef TRACEBUS_STUDIO_SPAN_GROUPS_H_
#define TRACEBUS_STUDIO_SPAN_GROUPS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tracebus/studio/name_table.h"
#include "tracebus/studio/span_table.h"

namespace tracebus {
inline namespace v1 {

enum class GroupBy : std::uint8_t {
  kModel,
  kAgent,
  kWorkflow,  // the pattern, where no workflow was said
  kPattern,
  kProvider,  // as said, else by the model's name (provider_names.h)
  kSession,
  kUser,
  kRun,
  kName,  // of a tool, a guard, a span
  kDay,   // of UTC: "2026-06-16"
  kHour,  // of UTC: "2026-06-16T09"
};

class SpanGroups {
 public:
  // REQUIRES: the table outlives the groups, and nobody appends meanwhile.
  SpanGroups(const SpanTable& table, GroupBy by);

  // Numbers begin at 0 and have no gaps.
  std::uint32_t group_of(const SpanRow& at) {
    const std::uint64_t key = key_of(at);
    if (key < dense_.size() && dense_[key] != 0) return dense_[key] - 1;
    return find(key);
  }
  std::size_t size() const noexcept { return keys_.size(); }
  // Empty for events that say none. REQUIRES: group < size().
  std::string name(std::uint32_t group) const;

 private:
  std::uint64_t key_of(const SpanRow& at) {
    if (column_) return at.chunk->text(*column_)[at.row];
    return by_ == GroupBy::kProvider ? provider_key(at) : other_key(at);
  }
  std::uint64_t provider_key(const SpanRow& at) {
    const std::uint32_t provider = at.chunk->text(SpanText::kProvider)[at.row];
    const std::uint32_t model = at.chunk->text(SpanText::kModel)[at.row];
    std::uint32_t& label = provider != 0 ? label_of_provider_[provider] : label_of_model_[model];
    if (label == 0) [[unlikely]]
      label = 1 + label_of(provider, model);
    return label - 1;
  }
  std::uint64_t other_key(const SpanRow& at) const noexcept;
  std::uint32_t label_of(std::uint32_t provider, std::uint32_t model);
  std::uint64_t time_key(const SpanRow& at) const noexcept;
  std::uint32_t find(std::uint64_t key);

  const SpanTable& table_;
  const GroupBy by_;
  const std::optional<SpanText> column_;                     // whose texts are the groups
  std::vector<std::uint64_t> keys_;                          // by group
  std::vector<std::uint32_t> dense_;                         // by small keys: the group, from 1
  std::unordered_map<std::uint64_t, std::uint32_t> sparse_;  // by others
  NameTable labels_;                                         // of providers
  std::vector<std::uint32_t> label_of_provider_, label_of_model_;  // from 1
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_SPAN_GROUPS_H_
