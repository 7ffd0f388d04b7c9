// SPDX-License-Identifier: Apache-2.0
//
// PriceTable: what models cost, by patterns of their names.
//
//   PriceTable table;
//   table.add("gpt-4o", {.input = 2'500'000, .output = 10'000'000, .cache_read = 1'250'000});
//   const ModelPrice* price = table.find("gpt-4o-2024-08-06");  // null: unpriced, not free
//
// A pattern is the beginning of a name, up to its end or one of - @ : /, so that "gpt-4" is neither
// "gpt-4o" nor "gpt-4.1"; or, with '*' or '?' in it, a glob over the whole name. Of all that match,
// the one with the most characters that are no wildcard counts, then the one without wildcards,
// then the one that was added later. A name with slashes ("openai/gpt-4o") that nothing matches is
// looked up again by what stands behind the last one.
//
// Thread safety: const methods from any thread; add alone.
#ifndef TRACEBUS_TRACE_PRICE_TABLE_H_
#define TRACEBUS_TRACE_PRICE_TABLE_H_

#include <absl/status/status.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "tracebus/core/hash.h"
#include "tracebus/trace/nano_dollars.h"
#include "tracebus/trace/token_usage.h"

namespace tracebus {
inline namespace v1 {

// In pico-dollars a token, which are also nano-dollars a thousand tokens, and millionths of a
// dollar a million: $2.50 a million tokens is 2,500,000. Each from 0 to kPricePicoDollarsMax.
inline constexpr std::int64_t kPricePicoDollarsMax = 1'000'000'000'000;  // a dollar a token
inline constexpr std::size_t kPricesMax = 65536;

struct ModelPrice {
  std::int64_t input = 0;
  std::int64_t output = 0;
  std::optional<std::int64_t> cache_read = {};   // none: as input
  std::optional<std::int64_t> cache_write = {};  // none: as input
  std::optional<std::int64_t> reasoning = {};    // none: as output
};

// What a call cost. Rounded once, half to even: the parts, each less than a nano-dollar from its
// own exact value, add up to the total.
struct CallCost {
  NanoDollars input = {};  // without the cached
  NanoDollars cache_read = {};
  NanoDollars cache_write = {};
  NanoDollars output = {};  // without the reasoning
  NanoDollars reasoning = {};
  NanoDollars total = {};
  bool saturated = false;  // beyond what NanoDollars holds; the parts are 0 then
};

// REQUIRES: !usage.has_negative(), and price as a table accepts it.
CallCost cost_of(const TokenUsage& usage, const ModelPrice& price) noexcept;

class PriceTable {
 public:
  // InvalidArgument for an empty pattern, a price out of range or a pattern longer than
  // kNameBytesMax; ResourceExhausted beyond kPricesMax. A pattern that is there gets the new price.
  absl::Status add(std::string_view pattern, const ModelPrice& price);

  // Looks at every pattern: keep the result for models that come again. Null if none matches;
  // valid until the next add.
  const ModelPrice* find(std::string_view model) const noexcept;

  std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    std::string pattern;
    std::size_t literals;  // characters that are no wildcard
    bool is_glob;
    ModelPrice price;
  };
  const ModelPrice* find_whole(std::string_view model) const noexcept;

  std::vector<Entry> entries_;
  std::unordered_set<std::string, TextHash, TextEqual> patterns_;  // of entries_
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_PRICE_TABLE_H_
