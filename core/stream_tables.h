// SPDX-License-Identifier: Apache-2.0
//
// StreamTables: the definitions that a record stream gave so far.
#ifndef TRACEBUS_CORE_STREAM_TABLES_H_
#define TRACEBUS_CORE_STREAM_TABLES_H_

#include <absl/status/status.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/core/limits.h"
#include "tracebus/core/record_format.h"
#include "tracebus/core/record_tables.h"

namespace tracebus {
inline namespace v1 {

// All texts are the stream's own bytes, so tables may not outlive it. Every table is bounded by the
// numbers that the format allows, and filled only as far as the stream has bytes for it.
class StreamTables final : public RecordTables {
 public:
  bool has_type(std::uint16_t number) const noexcept override { return !type(number).empty(); }
  bool has_key(std::uint16_t number) const noexcept override {
    return AttributeKey(number).is_reserved() || !key(number).empty();
  }
  bool has_name(std::uint32_t number) const noexcept override { return !name(number).empty(); }
  std::optional<std::span<const SchemaField>> schema(std::uint16_t number) const noexcept override {
    if (number >= schemas_.size() || !schemas_[number]) return std::nullopt;
    return *schemas_[number];
  }

  // Empty for a number that is not defined.
  std::string_view type(std::uint16_t number) const noexcept { return at(types_, number); }
  std::string_view key(std::uint16_t number) const noexcept { return at(keys_, number); }
  std::string_view name(std::uint32_t number) const noexcept { return at(names_, number); }

  // Enters what the control record says, if it is one that we know.
  absl::Status define(std::string_view record) {
    switch (load<RecordPrefix>(record.data()).type) {
      case kDefineEventType:
        return define_text(types_, record, 1, kFirstControlType);
      case kDefineAttributeKey:
        return define_text(keys_, record, kParentSpanIdText.number() + 1, 0x10000);
      case kDefineName:
        return define_text(names_, record, 1, kNamesMax);
      case kDefineSchema:
        return define_schema(record);
      default:
        return absl::OkStatus();
    }
  }

 private:
  template <class T>
  static T load(const char* from) noexcept {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
  }

  using Texts = std::vector<std::string_view>;  // by number; empty: not defined

  static std::string_view at(const Texts& texts, std::size_t number) noexcept {
    return number < texts.size() ? texts[number] : std::string_view{};
  }

  // Reads a definition whose items take item_bytes each. Nothing if it does not fill its record.
  static std::optional<DefinitionField> read_definition(std::string_view record,
                                                        std::size_t item_bytes) noexcept {
    if (record.size() < kDefinitionBytes) return std::nullopt;
    const auto field = load<DefinitionField>(record.data() + sizeof(RecordPrefix));
    const std::size_t bytes = kDefinitionBytes + item_bytes * field.length;
    if (round_up_8(bytes) != record.size()) return std::nullopt;
    return field;
  }

  // Numbers are bounded, so that a table cannot grow beyond what the format allows.
  static absl::Status define_text(Texts& texts, std::string_view record, std::uint32_t first,
                                  std::uint32_t end) {
    const auto field = read_definition(record, 1);
    if (!field) return absl::InvalidArgumentError("a definition that does not fill its record");
    if (field->number < first || field->number >= end) {
      return absl::InvalidArgumentError("a definition of an impossible number");
    }
    if (field->length == 0 || field->length > kNameBytesMax) {
      return absl::InvalidArgumentError("a definition with an empty or over-long name");
    }
    if (field->number >= texts.size()) texts.resize(field->number + 1);
    std::string_view& text = texts[field->number];
    if (!text.empty()) return absl::InvalidArgumentError("a number is defined twice");
    text = record.substr(kDefinitionBytes, field->length);
    return absl::OkStatus();
  }

  absl::Status define_schema(std::string_view record) {
    const auto definition = read_definition(record, sizeof(FieldDefinition));
    if (!definition) return absl::InvalidArgumentError("a schema that does not fill its record");
    const std::uint32_t number = definition->number;
    if (number == 0 || number > 0xFFFF || definition->length > kAttributesMax) {
      return absl::InvalidArgumentError("a schema of an impossible number or size");
    }
    std::vector<SchemaField> fields;
    for (std::size_t i = 0; i < definition->length; ++i) {
      const char* place = record.data() + kDefinitionBytes + i * sizeof(FieldDefinition);
      const auto field = load<FieldDefinition>(place);
      if (!has_key(field.key) || field.type > static_cast<std::uint8_t>(ValueType::kObject)) {
        return absl::InvalidArgumentError("a schema with an unknown key or type");
      }
      fields.push_back({AttributeKey(field.key), static_cast<ValueType>(field.type)});
    }
    if (number >= schemas_.size()) schemas_.resize(number + 1);
    if (schemas_[number]) return absl::InvalidArgumentError("a schema is defined twice");
    schemas_[number] = std::move(fields);
    return absl::OkStatus();
  }

  Texts types_;
  Texts keys_;
  Texts names_;
  std::vector<std::optional<std::vector<SchemaField>>> schemas_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_STREAM_TABLES_H_
