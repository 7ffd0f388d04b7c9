// SPDX-License-Identifier: Apache-2.0
//
// RecordLayout: where the parts of an event's record lie, found once, for encoders that want all of
// them and have little time. Others ask an EventView.
#ifndef TRACEBUS_CORE_RECORD_LAYOUT_H_
#define TRACEBUS_CORE_RECORD_LAYOUT_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "tracebus/core/attribute_key.h"
#include "tracebus/core/record_format.h"
#include "tracebus/core/schema.h"
#include "tracebus/core/value_view.h"

namespace tracebus {
inline namespace v1 {

// An attribute as it lies in a record.
struct RecordAttribute {
  AttributeKey key;             // not registered: inline_key is its text
  std::string_view inline_key;  // empty if registered
  ValueType type;
  const char* slot;

  std::uint64_t word() const noexcept {
    std::uint64_t bits;
    std::memcpy(&bits, slot, sizeof bits);
    return bits;
  }
};

struct RecordLayout {
  // REQUIRES: record is a well-formed event record, and outlives this.
  explicit RecordLayout(const char* from) noexcept
      : record(from), header(*reinterpret_cast<const RecordHeader*>(from)) {
    const char* at = record + sizeof(RecordHeader);
    if ((header.flags & kHasWallTime) != 0) at += sizeof(WallTimeField);
    if ((header.flags & kHasIds) != 0) ids = reinterpret_cast<const EventIds*>(take<EventIds>(at));
    if ((header.flags & kHasOrigin) != 0) {
      origin = reinterpret_cast<const OriginField*>(take<OriginField>(at));
    }
    std::size_t type_bytes = 0;
    if (header.type == 0) {
      TextRef type;
      std::memcpy(&type, take<TextRef>(at), sizeof type);
      inline_type = {record + type.offset, type.length};
      type_bytes = type.length;
    }
    if (header.schema == 0) {
      descriptors = reinterpret_cast<const AttributeDescriptor*>(at);
      at += sizeof(AttributeDescriptor) * header.attributes;
    }
    slots = at;
    const char* const agent_text = slots + 8u * header.attributes + type_bytes;
    if ((header.flags & kAgentIsHandle) == 0) agent = {agent_text, header.agent};
    const char* const pattern_text = agent_text + agent.size();
    if ((header.flags & kPatternIsHandle) == 0) pattern = {pattern_text, header.pattern};
    inline_keys = pattern_text + pattern.size();
  }

  // The text that the slot of an attribute of type kString, kBytes, kArray or kObject refers to.
  std::string_view text_of(const RecordAttribute& attribute) const noexcept {
    TextRef ref;
    std::memcpy(&ref, attribute.slot, sizeof ref);
    return {record + ref.offset, ref.length};
  }

  ValueView value_of(const RecordAttribute& attribute) const noexcept {
    switch (attribute.type) {
      case ValueType::kNull:
        return {};
      case ValueType::kBool:
        return ValueView::of_bool(attribute.word() != 0);
      case ValueType::kInt64:
        return ValueView::of_int64(static_cast<std::int64_t>(attribute.word()));
      case ValueType::kDouble:
        return ValueView::of_double_bits(attribute.word());
      default:
        return ValueView::of_text(attribute.type, text_of(attribute));
    }
  }

  // Whether only readers that were granted content may see it.
  bool is_content(const RecordAttribute& attribute) const noexcept {
    return is_content(attribute.key, attribute.inline_key, attribute.type, attribute.slot);
  }

  // Calls visit(RecordAttribute) for all attributes in their order, reserved ones and content too.
  template <class Visit>
  void each_attribute(Visit&& visit) const {
    if (descriptors != nullptr) return each_described(0, visit);
    const char* slot = slots;
    for (const SchemaField& field : schema_fields(header.schema)) {
      visit(RecordAttribute{field.key, {}, field.type, slot});
      slot += 8;
    }
  }
  // The same from one on. REQUIRES: descriptors, and registered keys for those before it.
  template <class Visit>
  void each_described(std::uint32_t first, Visit&& visit) const {
    const char* slot = slots + 8u * first;
    const char* inline_key = inline_keys;
    for (std::uint32_t i = first; i < header.attributes; ++i, slot += 8) {
      const AttributeDescriptor& descriptor = descriptors[i];
      const auto type = static_cast<ValueType>(descriptor.type);
      const std::uint32_t length = descriptor.key == 0 ? descriptor.key_length : 0;
      visit(RecordAttribute{AttributeKey(descriptor.key), {inline_key, length}, type, slot});
      inline_key += length;
    }
  }

  const char* record;
  const RecordHeader& header;
  const EventIds* ids = nullptr;                     // null: none
  const OriginField* origin = nullptr;               // null: first emitted by this bus
  std::string_view inline_type;                      // empty if the type is registered
  std::string_view agent;                            // empty if it is a handle
  std::string_view pattern;                          // empty if it is a handle
  const AttributeDescriptor* descriptors = nullptr;  // null: by schema
  const char* slots;
  const char* inline_keys;

 private:
  // Piece by piece, so that callers keep attributes in registers.
  bool is_content(AttributeKey key, std::string_view inline_key, ValueType type,
                  const char* slot) const noexcept;

  template <class Field>
  static const char* take(const char*& at) noexcept {
    const char* const field = at;
    at += sizeof(Field);
    return field;
  }
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_RECORD_LAYOUT_H_
