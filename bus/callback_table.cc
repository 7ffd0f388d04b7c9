// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/callback_table.h"

namespace tracebus {
inline namespace v1 {
namespace {

// A number that no filter names.
constexpr std::uint16_t kLaterType = 0xFFFE;

}  // namespace

void CallbackTable::Group::add(std::uint32_t place, const CompiledFilter& filter) {
  const std::string_view agent = filter.required_agent();
  (agent.data() == nullptr ? any_agent : by_agent[agent]).push_back(place);
}

void CallbackTable::index() const {
  const std::uint32_t types = event_type_count();
  by_type_ = std::vector<Group>(types + 1);
  for (std::uint32_t place = 0; place < entries_.size(); ++place) {
    const CompiledFilter& filter = entries_[place]->filter();
    has_agents_ = has_agents_ || filter.required_agent().data() != nullptr;
    if (filter.all_types()) {
      every_type_.add(place, filter);
      continue;
    }
    for (std::uint32_t type = 0; type <= types; ++type) {
      const auto number = type == types ? kLaterType : static_cast<std::uint16_t>(type);
      if (filter.may_match_type(number)) by_type_[type].add(place, filter);
    }
  }
}

}  // namespace v1
}  // namespace tracebus
