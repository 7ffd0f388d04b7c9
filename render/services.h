// SPDX-License-Identifier: Apache-2.0
//
// Services: which service each span of a trace is of: the one it names (service.name), or else that
// of its parent; at last the trace's own, or "unknown".
//
// Thread safety: immutable.
#ifndef TRACEBUS_RENDER_SERVICES_H_
#define TRACEBUS_RENDER_SERVICES_H_

#include <cstddef>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tracebus/trace/trace.h"

namespace tracebus {
inline namespace v1 {

class Services {
 public:
  // REQUIRES: trace and tree outlive it.
  Services(const Trace& trace, const TraceTree& tree);

  // Each once, in the order of the tree; at least one.
  const std::vector<std::string_view>& names() const noexcept { return names_; }
  // The place among the names of that of a node.
  std::size_t of_node(std::size_t node) const noexcept { return by_node_[node]; }

 private:
  std::size_t number_of(std::string_view name);

  std::vector<std::string_view> names_;
  std::unordered_map<std::string_view, std::size_t> numbers_;
  std::vector<std::size_t> by_node_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_RENDER_SERVICES_H_
