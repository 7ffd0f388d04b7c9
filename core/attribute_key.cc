// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/attribute_key.h"

#include <array>

#include "tracebus/core/content.h"
#include "tracebus/core/content_names.h"
#include "tracebus/core/key_registry.h"

namespace tracebus {
inline namespace v1 {
namespace {

// Those with fixed numbers, from 1.
constexpr std::array<std::string_view, 16> kFixed = {"tracebus.run_id",
                                                     "tracebus.trace_id",
                                                     "tracebus.span_id",
                                                     "tracebus.parent_span_id",
                                                     "tracebus.truncated_bytes",
                                                     "span.name",
                                                     "span.kind",
                                                     "span.status",
                                                     "span.status_message",
                                                     "duration_ms",
                                                     "span.events",
                                                     "span.links",
                                                     "span.dropped_attributes",
                                                     "span.dropped_events",
                                                     "span.dropped_links",
                                                     "span.truncated_bytes"};

}  // namespace

constinit KeyRegistry g_key_registry;

std::uint32_t KeyRegistry::intern(std::string_view name) noexcept {
  const KeyNames& known = names();
  if (const std::uint32_t number = known.find(name)) return number;
  return enter(name, is_listed_content_name(name) ? kIsContent : 0);
}

std::uint32_t KeyRegistry::intern_content(std::string_view name) noexcept {
  static_cast<void>(names());
  const std::uint32_t number = enter(name, kIsContent);
  mark(number, kIsContent);  // it may have been there
  return number;
}

// Whoever finds the number finds its classes.
inline std::uint32_t KeyRegistry::enter(std::string_view name, std::uint8_t classes) noexcept {
  return names_.intern(name, [this, classes](std::uint32_t number) { mark(number, classes); });
}

void KeyRegistry::enter_vocabulary() noexcept {
  mark(0, kIsUnknown);
  for (std::uint32_t number = 1; number <= kReservedKeys; ++number) mark(number, kIsReserved);
  for (const std::string_view name : kFixed) enter(name, 0);
  for (const content::Row& row : content::kRows) {
    if (row.kind != content::Kind::kBelow) enter(row.name, kIsContent);
  }
  ready_.store(true, std::memory_order_release);  // pairs with names
}

AttributeKey AttributeKey::registered(std::string_view name) {
  if (name.empty()) return {};
  return AttributeKey(static_cast<std::uint16_t>(g_key_registry.intern(name)));
}

AttributeKey AttributeKey::registered_content(std::string_view name) {
  if (name.empty()) return {};
  return AttributeKey(static_cast<std::uint16_t>(g_key_registry.intern_content(name)));
}

AttributeKey AttributeKey::find(std::string_view name) noexcept {
  return AttributeKey(static_cast<std::uint16_t>(g_key_registry.names().find(name)));
}

std::string_view AttributeKey::name() const noexcept {
  return number_ == 0 ? std::string_view{} : g_key_registry.names().name(number_);
}

bool AttributeKey::is_content() const noexcept {
  return number_ < kAttributeKeysMax &&
         (g_key_registry.classes(number_) & KeyRegistry::kIsContent) != 0;
}

std::uint32_t attribute_key_count() noexcept { return g_key_registry.names().size() + 1; }

}  // namespace v1
}  // namespace tracebus
