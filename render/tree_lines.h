// SPDX-License-Identifier: Apache-2.0
//
// TreeLines: the lines below the headline of a trace for people, one a span. Private to tree_text.
#ifndef TRACEBUS_RENDER_TREE_LINES_H_
#define TRACEBUS_RENDER_TREE_LINES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/render/known_times.h"
#include "tracebus/render/tree_text.h"
#include "tracebus/trace/trace_tree.h"

namespace tracebus {
inline namespace v1 {

// The name that a line calls a span by, escaped and cut.
void append_label(std::string& out, const TraceTree& tree, const TraceNode& node,
                  const TreeTextOptions& options);
// That it failed, as " [error: ...]"; nothing if it did not.
void append_error(std::string& out, const TraceSpan& span, const TreeTextOptions& options);
// What is wrong with it, as " [error: ...] [open]"; nothing if all is well.
void append_remarks(std::string& out, const TraceSpan& span, TracePlace place,
                    const TreeTextOptions& options);

class TreeLines {
 public:
  // headline: the first node is told there. cost_gap: spaces before the costs' column. REQUIRES:
  // tree and options outlive it.
  TreeLines(const TraceTree& tree, const TreeTextOptions& options, bool headline,
            std::size_t cost_gap);

  void append_to(std::string& out) const;
  // Of the longest line, without what is odd about its span.
  std::size_t width() const;
  // Of what can be left out, the least important first, until lines have width_max code points.
  // Money never is.
  void leave_out_until(std::size_t width_max);

 private:
  enum Column : std::uint8_t {
    kNameColumn,
    kDurationColumn,
    kModelColumn,
    kTokensColumn,
    kCostColumn
  };
  static constexpr std::size_t kColumns = 5;

  struct Line {
    std::array<std::string, kColumns> cells;
    std::string margin;  // of what has no room in the line
    std::string remarks;
    bool failed = false;
  };

  bool is_folded(const TraceNode& node) const noexcept;
  void add_line(std::size_t at);
  void append_indent(std::string& out, const TraceNode& node, std::uint32_t level);
  std::string model_of(std::size_t at) const;
  using Places = std::array<std::size_t, kColumns>;  // where columns begin
  Places places() const;
  void append_line(std::string& out, const Line& line, const Places& places) const;

  const TraceTree& tree_;
  const KnownTimes times_;
  const TreeTextOptions& options_;
  const bool headline_;
  const std::size_t cost_gap_;
  std::vector<Line> lines_;
  std::vector<bool> more_below_;  // by level up to indent_max: that a sibling follows
  std::vector<bool> last_line_;   // by node: that no sibling with a line of its own follows
  std::vector<Column> left_out_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_RENDER_TREE_LINES_H_
