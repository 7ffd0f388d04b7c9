// SPDX-License-Identifier: Apache-2.0
//
// PriceText: what a JSON text says of the prices of models, before any of it is believed.
#ifndef TRACEBUS_TRACE_PRICE_TEXT_H_
#define TRACEBUS_TRACE_PRICE_TEXT_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tracebus {
inline namespace v1 {

enum class PriceClass : std::uint8_t { kInput, kOutput, kCacheRead, kCacheWrite, kReasoning };
inline constexpr std::size_t kPriceClasses = 5;
std::string_view to_string(PriceClass price_class) noexcept;

// For how many tokens a price is, as the power of ten by which dollars become pico-dollars a token.
enum class PriceUnit : std::uint8_t { kUnsaid = 0, kMillion = 6, kThousand = 9 };

struct SaidPrice {
  std::string_view number;  // as it was written; empty: not said, or null
  std::size_t line = 0;     // 0: not said
  PriceUnit unit = PriceUnit::kUnsaid;
};

struct SaidModel {
  std::string pattern;
  std::size_t line = 0;
  PriceUnit unit = PriceUnit::kUnsaid;
  std::array<SaidPrice, kPriceClasses> prices;
};

struct SaidPrices {
  PriceUnit unit = PriceUnit::kUnsaid;
  std::vector<SaidModel> models;
};

// As "prices.json:12: message". line 0: unknown.
absl::Status price_error(std::string_view name, std::size_t line, std::string_view message);

// REQUIRES: simdjson::SIMDJSON_PADDING bytes behind json may be read. Numbers borrow from json.
absl::StatusOr<SaidPrices> read_said_prices(std::string_view json, std::string_view name);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_PRICE_TEXT_H_
