// SPDX-License-Identifier: Apache-2.0
#include "tracebus/render/folded_stacks.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tracebus/core/visible_text.h"
#include "tracebus/render/self_time.h"

namespace tracebus {
inline namespace v1 {
namespace {

std::int64_t weight_of(const TraceTree& tree, std::size_t at, FoldedWeight weight) {
  const SpanFigures& own = tree.nodes()[at].own;
  switch (weight) {
    case FoldedWeight::kTokens: {
      std::int64_t tokens = own.usage.input;
      add_saturating(tokens, own.usage.output);
      return tokens;
    }
    case FoldedWeight::kNanoDollars:
      return own.cost.value();
    default:
      return self_time_ns(tree, at);
  }
}

void append_frame(std::string& out, std::string_view name) {
  const std::size_t begin = out.size();
  append_visible(out, name);
  std::replace(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), ';', ',');
  if (out.size() == begin) out += "[unnamed]";
}

class Lines {
 public:
  void add(const std::string& way, std::int64_t weight) {
    if (weight == 0) return;
    const auto [place, is_new] = places_.try_emplace(way, lines_.size());
    if (is_new) lines_.push_back({&place->first, 0});
    add_saturating(lines_[place->second].weight, weight);
  }

  std::string text() const {
    std::string out;
    for (const Line& line : lines_) {
      out += *line.way;
      out += ' ';
      out += std::to_string(line.weight);
      out += '\n';
    }
    return out;
  }

 private:
  struct Line {
    const std::string* way;  // a key of places_, which stays where it is
    std::int64_t weight;
  };

  std::unordered_map<std::string, std::size_t> places_;
  std::vector<Line> lines_;
};

void add_trace(Lines& lines, const TraceTree& tree, FoldedWeight weight) {
  std::string way;
  std::vector<std::size_t> begins;  // where the frame of each level begins in way
  for (std::size_t at = 0; at < tree.nodes().size(); ++at) {
    const TraceNode& node = tree.nodes()[at];
    if (node.depth < kFoldedFramesMax) {
      if (node.depth < begins.size()) {
        way.resize(begins[node.depth]);
        begins.resize(node.depth);
      }
      begins.push_back(way.size());
      if (node.depth != 0) way += ';';
      append_frame(way, tree.span_of(node).name());
    } else if (begins.size() == kFoldedFramesMax) {
      begins.push_back(way.size());
      way += ";[deeper]";
    }
    lines.add(way, weight_of(tree, at, weight));
  }
}

}  // namespace

std::string to_folded_stacks(std::span<const Trace> traces, FoldedWeight weight) {
  Lines lines;
  for (const Trace& trace : traces) add_trace(lines, trace.get_span_tree(), weight);
  return lines.text();
}

}  // namespace v1
}  // namespace tracebus
