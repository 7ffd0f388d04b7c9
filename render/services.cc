// SPDX-License-Identifier: Apache-2.0
#include "tracebus/render/services.h"

#include <optional>

#include "tracebus/core/value_view.h"

namespace tracebus {
inline namespace v1 {

Services::Services(const Trace& trace, const TraceTree& tree) {
  const std::string_view service = trace.service_name();
  const std::size_t first = number_of(service.empty() ? "unknown" : service);
  by_node_.reserve(tree.nodes().size());
  for (const TraceNode& node : tree.nodes()) {
    const std::optional<ValueView> own = tree.span_of(node).find("service.name");
    if (own && own->type() == ValueType::kString) {
      by_node_.push_back(number_of(own->as_string()));
    } else {
      by_node_.push_back(node.parent == TraceNode::kNone ? first : by_node_[node.parent]);
    }
  }
}

std::size_t Services::number_of(std::string_view name) {
  const auto [place, is_new] = numbers_.try_emplace(name, names_.size());
  if (is_new) names_.push_back(name);
  return place->second;
}

}  // namespace v1
}  // namespace tracebus
