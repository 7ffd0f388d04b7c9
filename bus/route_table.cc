// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/route_table.h"

#include <algorithm>
#include <utility>

namespace tracebus {
inline namespace v1 {

void RouteTable::add(const CompiledFilter& filter, const LaneStop& stop) {
  for (const Route& route : routes_) {
    const auto same = [&](const LaneStop& known) { return known.lane == stop.lane; };
    if (std::ranges::any_of(route.lanes, same)) return;
  }
  add_where(filter, &Route::lanes, stop);
}

void RouteTable::add(const CallbackTable& callbacks, Lane& lane) {
  for (std::uint32_t index = 0; index < routes_.size(); ++index) {
    const std::uint16_t type = number(index);
    LaneStop stop{&lane, nullptr, nullptr, {}};
    for (const std::shared_ptr<CallbackEntry>& entry : callbacks) {
      if (entry->filter().may_match_type(type)) stop.any_of.push_back(entry.get());
    }
    if (!stop.any_of.empty()) routes_[index].lanes.push_back(std::move(stop));
  }
}

}  // namespace v1
}  // namespace tracebus
