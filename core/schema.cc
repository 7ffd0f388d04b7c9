// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/schema.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <vector>

#include "tracebus/core/limits.h"

namespace tracebus {
inline namespace v1 {
namespace {

using Fields = std::vector<SchemaField>;

// Slots are filled in order under the mutex and never change after; readers need no lock.
constinit std::array<std::atomic<const Fields*>, kSchemasMax> g_schemas{};
constinit std::atomic<std::uint32_t> g_count{0};
constinit std::mutex g_mutex;

}  // namespace

std::uint16_t register_schema(std::span<const SchemaField> fields) {
  const std::lock_guard lock(g_mutex);
  const std::uint32_t count = g_count.load(std::memory_order_relaxed);  // written under g_mutex
  for (std::uint32_t number = 1; number <= count; ++number) {
    // Relaxed: written under g_mutex.
    const Fields& known = *g_schemas[number].load(std::memory_order_relaxed);
    if (std::ranges::equal(known, fields)) return static_cast<std::uint16_t>(number);
  }
  if (count + 1 >= kSchemasMax) return 0;
  const auto* made = new Fields(fields.begin(), fields.end());  // lives as long as the process
  g_schemas[count + 1].store(made, std::memory_order_release);  // pairs with schema_fields
  g_count.store(count + 1, std::memory_order_release);          // pairs with schema_count
  return static_cast<std::uint16_t>(count + 1);
}

std::span<const SchemaField> schema_fields(std::uint16_t schema) noexcept {
  if (schema >= kSchemasMax) return {};
  const Fields* fields =
      g_schemas[schema].load(std::memory_order_acquire);  // pairs with register_schema
  return fields == nullptr ? std::span<const SchemaField>{} : std::span<const SchemaField>(*fields);
}

std::uint32_t schema_count() noexcept {
  return g_count.load(std::memory_order_acquire);  // pairs with register_schema
}

}  // namespace v1
}  // namespace tracebus
