// SPDX-License-Identifier: Apache-2.0
//
// Schema: the keys and value types of one typed call site, registered once, so that its records
// carry two bytes instead of them.
//
// Thread safety: schema_fields is lock-free; register_schema takes a mutex.
#ifndef TRACEBUS_CORE_SCHEMA_H_
#define TRACEBUS_CORE_SCHEMA_H_

#include <cstdint>
#include <span>

#include "tracebus/core/attribute_key.h"
#include "tracebus/core/value.h"

namespace tracebus {
inline namespace v1 {

struct SchemaField {
  AttributeKey key;
  ValueType type = ValueType::kNull;

  bool operator==(const SchemaField&) const = default;
};

// The number of this list of fields, made if need be; equal lists share one. 0 when kSchemasMax are
// in use or the system refuses memory: the call site then describes its records in full. May be
// called from a signal handler. REQUIRES: every key is registered.
std::uint16_t register_schema(std::span<const SchemaField> fields) noexcept;

// REQUIRES: schema came from register_schema. Empty for an unknown number.
std::span<const SchemaField> schema_fields(std::uint16_t schema) noexcept;

std::uint32_t schema_count() noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_SCHEMA_H_
