// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/route_table.h"

#include <algorithm>

namespace tracebus {
inline namespace v1 {

void RouteTable::add(const CompiledFilter& filter, const DirectStop& stop) {
  direct_index_.add(static_cast<std::uint32_t>(direct_.size()), filter);
  direct_.push_back(stop);
  if (filter.required_agent().data() == nullptr) add_where(filter, &Route::direct, stop);
}

void RouteTable::add(const CompiledFilter& filter, const LaneStop& stop) {
  for (const Route& route : routes_) {
    const auto same = [&](const LaneStop& known) { return known.lane == stop.lane; };
    if (std::ranges::any_of(route.lanes, same)) return;
  }
  add_where(filter, &Route::lanes, stop);
}

void RouteTable::add(const CallbackTable& callbacks, Lane& lane) {
  for (std::uint32_t index = 0; index < routes_.size(); ++index) {
    if (!callbacks.may_want_type(number(index))) continue;
    routes_[index].lanes.push_back({&lane, nullptr, nullptr, &callbacks});
  }
}

}  // namespace v1
}  // namespace tracebus
