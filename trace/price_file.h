// SPDX-License-Identifier: Apache-2.0
//
// Price tables from JSON files. Link tracebus::prices, which needs simdjson.
//
//   {"unit": "usd_per_1m_tokens",
//    "models": {
//      "gpt-4o":    {"input": 2.50, "output": 10.00, "cache_read": 1.25},
//      "o3":        {"input": 2.00, "output": 8.00, "reasoning": 8.00},
//      "*sonnet*":  {"unit": "usd_per_1k_tokens", "input": 0.003, "output": 0.015}}}
//
// or, with the unit in the keys, a list, which may stand alone or as "models":
//
//   [{"model_pattern": "gpt-4o", "input_cost_per_1k": 0.0025, "output_cost_per_1k": 0.01}]
//
// Prices are dollars for a thousand (usd_per_1k_tokens, _cost_per_1k) or for a million tokens
// (usd_per_1m_tokens, _cost_per_1m). There is no default: a wrong guess is wrong by a factor of a
// thousand. Of each model, input and output must be said, 0 if they are free; cache_read,
// cache_write and reasoning need not (see ModelPrice) or may be null. Patterns are as PriceTable
// has them; what looks like a regular expression is refused. "comment" may stand anywhere.
//
// Prices are read from their decimal digits, never by way of a double. What is not exactly so many
// pico-dollars a token is refused, as is a key that is not known, or given twice.
//
// Errors name file, line and model, and what to do: InvalidArgument for what is wrong with the
// text, ResourceExhausted beyond kPriceFileBytesMax or kPricesMax, NotFound, PermissionDenied or
// InvalidArgument for a path that is no regular file that can be read.
// Thread safety: any thread.
#ifndef TRACEBUS_TRACE_PRICE_FILE_H_
#define TRACEBUS_TRACE_PRICE_FILE_H_

#include <absl/status/statusor.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "tracebus/trace/price_table.h"

namespace tracebus {
inline namespace v1 {

inline constexpr std::size_t kPriceFileBytesMax = std::size_t{8} << 20;

absl::StatusOr<PriceTable> read_price_file(const std::string& path);

// name: what errors call the text, as a file's path.
absl::StatusOr<PriceTable> parse_prices(std::string_view json, std::string_view name);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_PRICE_FILE_H_
