// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/schema.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <new>

#include "tracebus/core/limits.h"
#include "tracebus/core/registry_lock.h"

namespace tracebus {
inline namespace v1 {
namespace {

using Fields = std::span<const SchemaField>;

// Slots are filled in order under the lock and never change after; readers need none.
constinit std::array<std::atomic<const Fields*>, kSchemasMax> g_schemas{};
constinit std::atomic<std::uint32_t> g_count{0};

// A copy that lives as long as the process; null if the system refuses memory.
const Fields* copy_of(Fields fields) noexcept {
  void* const memory = registry_memory(sizeof(Fields) + fields.size_bytes());
  if (memory == nullptr) return nullptr;
  auto* const copies = reinterpret_cast<SchemaField*>(static_cast<char*>(memory) + sizeof(Fields));
  std::uninitialized_copy(fields.begin(), fields.end(), copies);
  return new (memory) Fields(copies, fields.size());
}

}  // namespace

std::uint16_t register_schema(std::span<const SchemaField> fields) noexcept {
  const RegistryLock lock;
  const std::uint32_t count = g_count.load(std::memory_order_relaxed);  // written under the lock
  for (std::uint32_t number = 1; number <= count; ++number) {
    // Relaxed: written under the lock.
    const Fields& known = *g_schemas[number].load(std::memory_order_relaxed);
    if (std::ranges::equal(known, fields)) return static_cast<std::uint16_t>(number);
  }
  if (count + 1 >= kSchemasMax) return 0;
  const Fields* const made = copy_of(fields);
  if (made == nullptr) return 0;
  g_schemas[count + 1].store(made, std::memory_order_release);  // pairs with schema_fields
  g_count.store(count + 1, std::memory_order_release);          // pairs with schema_count
  return static_cast<std::uint16_t>(count + 1);
}

std::span<const SchemaField> schema_fields(std::uint16_t schema) noexcept {
  if (schema >= kSchemasMax) return {};
  const Fields* fields =
      g_schemas[schema].load(std::memory_order_acquire);  // pairs with register_schema
  return fields == nullptr ? Fields{} : *fields;
}

std::uint32_t schema_count() noexcept {
  return g_count.load(std::memory_order_acquire);  // pairs with register_schema
}

}  // namespace v1
}  // namespace tracebus
