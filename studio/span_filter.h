// SPDX-License-Identifier: Apache-2.0
//
// SpanFilter: a query made ready for one table: its texts are numbers, and what has none there
// matches nothing.
#ifndef TRACEBUS_STUDIO_SPAN_FILTER_H_
#define TRACEBUS_STUDIO_SPAN_FILTER_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/studio/span_query.h"
#include "tracebus/studio/span_table.h"

namespace tracebus {
inline namespace v1 {

// Which rows of a chunk match: a byte each, 1 or 0.
using SpanMask = std::vector<std::uint8_t>;

class SpanFilter {
 public:
  // REQUIRES: the table outlives the filter, and nobody appends meanwhile.
  SpanFilter(const SpanTable& table, const SpanQuery& query);

  // Fills mask with a byte for each row of the chunk from begin on. False: none matches, and mask
  // has no meaning. One thread at a time.
  bool match(const SpanChunk& chunk, SpanMask& mask, std::uint32_t begin = 0) const;

 private:
  struct TextRule {
    SpanText column;
    std::vector<std::uint32_t> numbers;  // any of them
  };

  void add_text(SpanText column, const std::string& text);
  void add_provider(const std::string& provider);
  void add_type(const std::string& type);
  void add_ids(const SpanQuery& query);
  void find_names(const std::string& text);
  bool match_columns(const SpanChunk& chunk, std::uint32_t begin, SpanMask& mask) const;
  bool match_payload(const SpanRow& at) const;
  bool has_text(const SpanRow& at, const Payload& payload) const;

  const SpanTable& table_;
  bool is_none_ = false;  // something asked for is not in the table at all
  struct ProviderRule {   // bytes, 1 or 0, by the numbers of names
    std::vector<std::uint8_t> providers;
    std::vector<std::uint8_t> models;  // of events that say no provider
  };
  std::vector<TextRule> texts_;
  std::optional<ProviderRule> provider_;
  std::optional<std::uint32_t> run_, trace_;
  std::vector<std::uint64_t> span_ids_;  // any of them; empty: all
  std::optional<std::uint8_t> kind_;
  std::uint32_t flags_wanted_ = 0;
  std::uint32_t flags_unwanted_ = 0;
  std::optional<std::int64_t> duration_min_ns_, duration_max_ns_, cost_min_, cost_max_;
  std::optional<std::int64_t> from_ns_, until_ns_;
  std::vector<std::pair<std::string, std::string>> attributes_;
  std::uint64_t number_min_ = 0;
  std::string tag_;
  std::string text_;  // in lower case
  // Found out when the first row with the name is looked at: a few rows have few names.
  enum class HasText : std::uint8_t { kUnknown, kNo, kYes };
  mutable std::array<std::vector<HasText>, kSpanTexts> names_with_text_;
};

// visit(const SpanRow&) with each event that matches, in the order of arrival.
template <class Visit>
void for_each_match(const SpanTable& table, const SpanQuery& query, const Visit& visit) {
  const SpanFilter filter(table, query);
  SpanMask mask;
  for (const auto& chunk : table.chunks()) {
    if (!filter.match(*chunk, mask)) continue;
    for (std::uint32_t row = 0; row < chunk->rows; ++row) {
      if (mask[row] != 0) visit(SpanRow{chunk.get(), row});
    }
  }
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_SPAN_FILTER_H_
