// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp/unique_names.h"

#include <unordered_set>

namespace tracebus {
inline namespace v1 {

std::size_t make_names_unique(std::vector<ToldAttribute>& attributes) {
  const std::size_t given = attributes.size();
  std::unordered_set<std::string_view> keys;
  std::vector<ToldAttribute> kept;
  for (auto attribute = attributes.rbegin(); attribute != attributes.rend(); ++attribute) {
    if (keys.insert(attribute->own).second) kept.push_back(*attribute);
  }
  std::unordered_set<std::string_view> taken;
  for (const ToldAttribute& attribute : kept) {
    if (attribute.told == attribute.own) taken.insert(attribute.own);
  }
  attributes.clear();
  for (auto attribute = kept.rbegin(); attribute != kept.rend(); ++attribute) {
    const bool renamed = attribute->told != attribute->own;
    if (renamed && !taken.insert(attribute->told).second) {
      if (!taken.insert(attribute->own).second) continue;
      attribute->told = attribute->own;
    }
    attributes.push_back(*attribute);
  }
  return given - attributes.size();
}

}  // namespace v1
}  // namespace tracebus
