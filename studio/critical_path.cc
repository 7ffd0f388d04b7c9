// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/critical_path.h"

#include <algorithm>
#include <cstddef>

namespace tracebus {
inline namespace v1 {
namespace {

class Walk {
 public:
  Walk(const Trace& trace, const TraceTree& tree)
      : tree_(tree), end_ns_(trace.end_ns()), on_path_(tree.nodes().size()) {}

  std::vector<std::uint8_t> run() {
    take_children(0, tree_.nodes().size(), end_ns_);
    while (!found_.empty()) {
      const Found found = found_.back();
      found_.pop_back();
      take_children(found.at + 1, found.at + tree_.nodes()[found.at].subtree, found.until_ns);
    }
    return std::move(on_path_);
  }

 private:
  struct Found {
    std::size_t at;
    std::int64_t until_ns;
  };
  struct Child {
    std::size_t at;
    std::int64_t start_ns, end_ns;
  };

  // Of the siblings that lie from begin to end in the array, and hold up what ends at until_ns.
  void take_children(std::size_t begin, std::size_t end, std::int64_t until_ns) {
    children_.clear();
    for (std::size_t at = begin; at < end; at += tree_.nodes()[at].subtree) {
      const TraceSpan& span = tree_.span_of(tree_.nodes()[at]);
      if (span.start_ns() > until_ns) continue;
      const std::int64_t its_end = span.is_open() ? end_ns_ : span.end_ns();
      children_.push_back({at, span.start_ns(), std::min(its_end, until_ns)});
    }
    std::stable_sort(children_.begin(), children_.end(),
                     [](const Child& a, const Child& b) { return a.end_ns > b.end_ns; });
    std::int64_t held_up_ns = until_ns;
    for (const Child& child : children_) {
      if (child.end_ns > held_up_ns) continue;
      on_path_[child.at] = 1;
      found_.push_back({child.at, child.end_ns});
      held_up_ns = child.start_ns;
    }
  }

  const TraceTree& tree_;
  const std::int64_t end_ns_;
  std::vector<std::uint8_t> on_path_;
  std::vector<Found> found_;  // whose children were not looked at yet
  std::vector<Child> children_;
};

}  // namespace

std::vector<std::uint8_t> critical_path(const Trace& trace, const TraceTree& tree) {
  return Walk(trace, tree).run();
}

}  // namespace v1
}  // namespace tracebus
