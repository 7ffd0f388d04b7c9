// SPDX-License-Identifier: Apache-2.0
//
// RecordTables: what the numbers in a record stand for. In memory that is the registries of the
// process; in a record stream, what its definition records said so far.
#ifndef TRACEBUS_CORE_RECORD_TABLES_H_
#define TRACEBUS_CORE_RECORD_TABLES_H_

#include <absl/status/status.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "tracebus/core/schema.h"

namespace tracebus {
inline namespace v1 {

class RecordTables {
 public:
  virtual bool has_type(std::uint16_t number) const noexcept = 0;
  virtual bool has_key(std::uint16_t number) const noexcept = 0;
  virtual bool has_name(std::uint32_t number) const noexcept = 0;
  // Nothing when there is no such schema; a schema may have no fields.
  virtual std::optional<std::span<const SchemaField>> schema(
      std::uint16_t number) const noexcept = 0;

 protected:
  ~RecordTables() = default;
};

// As check_record of record_check.h, for a record whose numbers are those of tables. The bytes may
// lie anywhere. Fields of a schema count as checked.
absl::Status check_record(std::span<const std::byte> bytes, const RecordTables& tables);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_RECORD_TABLES_H_
