// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/filter_index.h"

namespace tracebus {
inline namespace v1 {
namespace {

// A number that no filter names.
constexpr std::uint16_t kLaterType = 0xFFFE;
constexpr std::uint32_t kPlaces = (std::uint32_t{1} << 31) - 1;

}  // namespace

void FilterIndex::Group::add(std::uint32_t place, const CompiledFilter& filter) {
  const std::string_view agent = filter.required_agent();
  const Candidate candidate{place & kPlaces, filter.decided_by_agent()};
  if (agent.data() == nullptr) {
    any_agent.push_back(candidate);
  } else {
    by_agent.add(agent, candidate);
  }
}

void FilterIndex::add(std::uint32_t place, const CompiledFilter& filter) {
  has_agents_ = has_agents_ || filter.required_agent().data() != nullptr;
  if (filter.all_types()) return every_type_.add(place, filter);
  const std::size_t types = by_type_.size() - 1;
  for (std::size_t type = 0; type <= types; ++type) {
    const auto number = type == types ? kLaterType : static_cast<std::uint16_t>(type);
    if (filter.may_match_type(number)) by_type_[type].add(place, filter);
  }
}

void FilterIndex::close() {
  every_type_.by_agent.close();
  for (Group& group : by_type_) group.by_agent.close();
}

}  // namespace v1
}  // namespace tracebus
