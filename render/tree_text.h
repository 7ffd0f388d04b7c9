// SPDX-License-Identifier: Apache-2.0
//
// A trace as a tree for people, with durations, tokens and costs.
//
//   Trace: investment-analysis / debate (9.8s total, $0.01202)
//   ├── pyagent.agent.bull   2.4s  gemini-2.5-flash  450→380 tok   $0.00094
//   ├── pyagent.agent.bear   2.7s  gemini-2.5-flash  450→410 tok   $0.00098
//   └── pyagent.agent.judge  0.7s  claude-sonnet-4   1200→480 tok  $0.00840
//   ─────────────────────────────────────────
//   Total: $0.01202, early_stop: false
//
// Every span has a line, a single root the headline. A line's figures are those of its span and all
// below it (trace/trace_tree.h), so that they add up. What is wrong stands behind them in brackets:
// [error: ...], [open], [orphan], [cycle], [duplicate]. Texts of others are escaped and cut; no
// line holds a line feed of theirs. Deep trees stay linear: beyond indent_max levels a line says
// its depth instead.
//
// Thread safety: pure functions.
#ifndef TRACEBUS_RENDER_TREE_TEXT_H_
#define TRACEBUS_RENDER_TREE_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "tracebus/core/profile.h"
#include "tracebus/trace/nano_dollars.h"
#include "tracebus/trace/trace.h"

namespace tracebus {
inline namespace v1 {

struct TreeTextOptions {
  // By whose names spans are called below the headline; none: by their own.
  std::optional<Profile> profile = {};
  // The calls of models at the end of a branch are told in the line of the span above them. Not
  // those that failed or are open.
  bool fold_calls = false;
  bool color = false;         // with ANSI escapes
  bool align = true;          // in columns; else with one space between two words
  std::size_t name_max = 60;  // code points of a name or a message
  std::uint32_t indent_max = 32;
  // Code points that lines of to_run_text have at most; 0: no bound. Names become shorter first,
  // then whole columns are left out, which is said; what still has no room goes on in a line below.
  // At least 40.
  std::size_t width_max = 0;
};

// What is said of a run as a whole.
struct RunFigures {
  std::uint64_t steps = 0;
  std::optional<std::int64_t> duration_ns = {};  // absent: nobody said times
  std::optional<NanoDollars> cost = {};          // absent: nobody said any
  std::uint64_t unpriced = 0;                    // calls of which nobody said the cost
  bool failed = false;
  std::string mark = {};  // what is odd about it, as "[stale, 1 span open]"
};

// Ends with a line feed.
std::string to_tree_text(const Trace& trace, const TreeTextOptions& options = {});

// The same as a run of a list of runs:
//
//   Run #174   supervisor   3 steps   3.4s   $0.00892
//   ├── classifier     0.3s  claude-haiku   12→1 tok    $0.00001
//   ├── billing_agent  2.4s  claude-sonnet  180→140 tok $0.00840
//   └── formatter      0.7s  claude-haiku   145→80 tok  $0.00051
//
// The headline's figures are those of whoever keeps the books of runs.
std::string to_run_text(const Trace& trace, const RunFigures& run,
                        const TreeTextOptions& options = {});
// The same by the tree alone: a step is what lies right below the headline.
std::string to_run_text(const Trace& trace, const TreeTextOptions& options = {});

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_RENDER_TREE_TEXT_H_
