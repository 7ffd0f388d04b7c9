// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/demo_summary.h"

#include <cmath>

namespace tracebus {
inline namespace v1 {

void DemoSummary::add(const EventView& event) noexcept {
  const std::uint16_t type = event.type().number();
  by_type_[type <= kVocabularyTypes ? type : 0].add(1);
  if (event.type() != kCostRecord) return;
  for (const AttributeView& attribute : event.payload()) {
    if (!attribute.value.is_number()) continue;
    const double value = attribute.value.to_double();
    if (attribute.key == "input_tokens") input_.add(static_cast<std::uint64_t>(value));
    if (attribute.key == "output_tokens") output_.add(static_cast<std::uint64_t>(value));
    if (attribute.key == "cached_tokens") cached_.add(static_cast<std::uint64_t>(value));
    if (attribute.key == "cost_usd") {
      cost_nano_usd_.add(static_cast<std::uint64_t>(std::llround(value * 1e9)));
    }
  }
}

std::uint64_t DemoSummary::events() const noexcept {
  std::uint64_t sum = 0;
  for (const Counter& count : by_type_) sum += count.get();
  return sum;
}

}  // namespace v1
}  // namespace tracebus
