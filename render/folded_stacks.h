// SPDX-License-Identifier: Apache-2.0
//
// Traces as folded stacks, one line for each way from a root to a span:
//
//   debate;bull;chat gemini-2.5-flash 1830042
//
// as flamegraph.pl, speedscope and ui.perfetto.dev read them. The number is what the span took
// itself: of time, its duration less the time in which any of its children ran, so that children
// side by side count once; of tokens and costs, what it says of itself (trace_tree.h). Spans that
// took nothing have no line, and those of the same way share one.
//
// A name's ";" is written ",", and what no line may hold is escaped (core/visible_text.h). Spans
// that lie deeper than kFoldedFramesMax count for a frame called "[deeper]".
//
// Thread safety: pure functions.
#ifndef TRACEBUS_RENDER_FOLDED_STACKS_H_
#define TRACEBUS_RENDER_FOLDED_STACKS_H_

#include <cstdint>
#include <span>
#include <string>

#include "tracebus/trace/trace.h"

namespace tracebus {
inline namespace v1 {

enum class FoldedWeight : std::uint8_t {
  kSelfTimeNs,
  kTokens,  // input and output
  kNanoDollars,
};

inline constexpr std::uint32_t kFoldedFramesMax = 256;

// Lines in the order in which their ways were met first, each with its line feed; no line without
// weights.
std::string to_folded_stacks(std::span<const Trace> traces,
                             FoldedWeight weight = FoldedWeight::kSelfTimeNs);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_RENDER_FOLDED_STACKS_H_
