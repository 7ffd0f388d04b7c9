// SPDX-License-Identifier: Apache-2.0
//
// RouteTable: from an event's type to those who may want it: the dispatcher's index over Routes.
#ifndef TRACEBUS_BUS_ROUTE_TABLE_H_
#define TRACEBUS_BUS_ROUTE_TABLE_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "tracebus/bus/callback_table.h"
#include "tracebus/bus/emit_gate.h"
#include "tracebus/bus/filter_index.h"
#include "tracebus/bus/lane.h"
#include "tracebus/core/filter.h"

namespace tracebus {
inline namespace v1 {

// A callback to call on the spot.
struct DirectStop {
  CallbackEntry* entry;
  const CompiledFilter* residual;  // null: its routes decide
  std::uint64_t since_ticks;
  const ViewContext* context;
};

// A lane to append to.
struct LaneStop {
  Lane* lane;
  const CompiledFilter* residual;  // null: the type decides
  const ViewContext* context;      // what the residual may see
  // The callbacks of the shared worker: one that wants the event is enough. Null for the lane of an
  // exporter.
  const CallbackTable* callbacks;
};

struct Route {
  bool verbose = false;            // the type is
  std::vector<DirectStop> direct;  // those that are for no single agent
  std::vector<LaneStop> lanes;
};

// Thread safety: the dispatcher's alone.
class RouteTable {
 public:
  RouteTable() : types_(0), routes_(1) {}
  // One route for each type that is registered now, and one for all that are registered later.
  RouteTable(std::uint32_t types, const EmitGate& gate)
      : types_(types), routes_(types + 1), direct_index_(types) {
    for (std::uint32_t i = 0; i < types; ++i) {
      routes_[i].verbose = gate.wants(EventType(static_cast<std::uint16_t>(i))).verbose();
    }
  }

  const Route& of(std::uint16_t type) const noexcept {
    return routes_[std::min<std::uint32_t>(type, types_)];
  }

  // Callbacks to call on the spot are called in the order in which they are added.
  void add(const CompiledFilter& filter, const DirectStop& stop);
  // Where a lane has a stop already, for another subscription with the same filter, it gets no
  // second.
  void add(const CompiledFilter& filter, const LaneStop& stop);
  // Whether a callback to call on the spot is for a single agent: for_each_direct finds them all
  // then, and in order, while a route alone lacks some.
  bool has_direct_agents() const noexcept { return direct_index_.has_agents(); }
  template <class Visit>
  void for_each_direct(const EventView& event, Visit visit) const {
    direct_index_.any_of(event, [&](FilterIndex::Candidate candidate) {
      visit(direct_[candidate.place]);
      return false;
    });
  }
  // Once, after the last add.
  void close() { direct_index_.close(); }

  // A stop for every type that any of the callbacks may want. REQUIRES: they are indexed.
  void add(const CallbackTable& callbacks, Lane& lane);

 private:
  template <class Stop>
  void add_where(const CompiledFilter& filter, std::vector<Stop> Route::*stops, const Stop& stop) {
    for (std::uint32_t type = 0; type < routes_.size(); ++type) {
      if (filter.may_match_type(number(type))) (routes_[type].*stops).push_back(stop);
    }
  }
  // The last route stands for numbers that no filter names; 0xFFFE is one that never occurs.
  std::uint16_t number(std::uint32_t index) const noexcept {
    return index + 1 == routes_.size() ? std::uint16_t{0xFFFE} : static_cast<std::uint16_t>(index);
  }

  std::uint32_t types_;
  std::vector<Route> routes_;  // types_ + 1
  std::vector<DirectStop> direct_;
  FilterIndex direct_index_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_ROUTE_TABLE_H_
