// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/record_layout.h"

#include "tracebus/core/content.h"
#include "tracebus/core/key_registry.h"

namespace tracebus {
inline namespace v1 {

bool RecordLayout::is_content(AttributeKey key, std::string_view inline_key, ValueType type,
                              const char* slot) const noexcept {
  if ((g_key_registry.classes(key.number()) & KeyRegistry::kIsContent) != 0) return true;
  if ((header.flags & kHasContent) == 0) [[likely]]
    return false;
  const std::string_view name = key.is_registered() ? key.name() : inline_key;
  return tracebus::is_content(key, name, value_of({key, inline_key, type, slot}));
}

}  // namespace v1
}  // namespace tracebus
