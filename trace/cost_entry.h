// SPDX-License-Identifier: Apache-2.0
//
// CostEntry: what one model's call cost, and whose it was.
#ifndef TRACEBUS_TRACE_COST_ENTRY_H_
#define TRACEBUS_TRACE_COST_ENTRY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "tracebus/core/ids.h"
#include "tracebus/core/timestamp.h"
#include "tracebus/trace/nano_dollars.h"
#include "tracebus/trace/token_usage.h"

namespace tracebus {
inline namespace v1 {

// What costs are summed by.
enum class CostDimension : std::uint8_t {
  kPattern,
  kAgent,
  kModel,
  kRun,
  kWorkflow,
  kProvider,
  kSession,
  kUser,
  kDay,
};
inline constexpr std::size_t kCostDimensions = 9;

// Borrows all text until the call that takes it returns.
struct CostEntry {
  std::string_view pattern = {};
  std::string_view agent = {};
  std::string_view model = {};
  std::string_view provider = {};
  std::string_view workflow = {};
  std::string_view session = {};
  std::string_view user = {};
  EventIds ids = {};
  std::string_view foreign_run = {};   // the text behind ids.run_id, if it was not ours
  std::optional<Timestamp> time = {};  // none: now
  TokenUsage usage = {};
  std::optional<NanoDollars> cost = {};  // none: by the tracker's prices
};

// What became of an entry. Each one is in exactly one of CostStats' numbers.
enum class CostResult : std::uint8_t {
  kCounted,
  kUnpriced,        // counted, but for the cost: none was given, and the model has no price
  kSaturated,       // counted, but a number is larger than can be kept
  kOwn,             // an event that this tracker emitted, and counted then
  kNegativeCost,    // refused
  kCostNotANumber,  // refused
  kNegativeTokens,  // refused; also tokens that are no number
};
inline constexpr std::size_t kCostResults = 7;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_COST_ENTRY_H_
