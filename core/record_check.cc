// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/record_check.h"

#include <cstring>
#include <string>

#include "tracebus/core/attribute_key.h"
#include "tracebus/core/event_type.h"
#include "tracebus/core/limits.h"
#include "tracebus/core/name.h"
#include "tracebus/core/record_format.h"
#include "tracebus/core/record_tables.h"
#include "tracebus/core/value_codec.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::uint16_t kKnownFlags =
    kHasWallTime | kHasIds | kHasOrigin | kAgentIsHandle | kPatternIsHandle | kHasContent;

// The registries of this process.
class ProcessTables final : public RecordTables {
 public:
  bool has_type(std::uint16_t number) const noexcept override {
    return number != 0 && number < event_type_count();
  }
  bool has_key(std::uint16_t number) const noexcept override {
    return number != 0 && number < attribute_key_count();
  }
  bool has_name(std::uint32_t number) const noexcept override {
    return !NameHandle(number).text().empty();
  }
  std::optional<std::span<const SchemaField>> schema(std::uint16_t number) const noexcept override {
    if (number == 0 || number > schema_count()) return std::nullopt;
    return schema_fields(number);
  }
};

// Goes through a record once, front to back. Every text must begin where the one before it ended,
// so that no two views overlap and nothing is hidden between them.
class RecordCheck {
 public:
  RecordCheck(std::span<const std::byte> bytes, const RecordTables& tables) noexcept
      : record_(reinterpret_cast<const char*>(bytes.data())), available_(bytes.size()),
        tables_(tables) {}

  absl::Status run() {
    if (check_header() && check_fields() && check_keys() && check_values() && check_padding()) {
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError("byte " + std::to_string(fault_offset_) + ": " + fault_);
  }

 private:
  bool fault(std::size_t offset, const char* what) noexcept {
    fault_offset_ = offset;
    fault_ = what;
    return false;
  }

  // REQUIRES: the bytes at offset were seen to be inside the record.
  template <class T>
  T load(std::size_t offset) const noexcept {
    T value;
    std::memcpy(&value, record_ + offset, sizeof value);
    return value;
  }

  bool check_header() noexcept {
    if (available_ < sizeof header_) return fault(0, "too few bytes for the header of a record");
    header_ = load<RecordHeader>(0);
    if (header_.size % kRecordAlignBytes != 0 || header_.size < sizeof header_) {
      return fault(0, "no possible size of a record");
    }
    if (header_.size > available_) return fault(0, "the record goes beyond the bytes");
    if (header_.size > kRecordBytesMax) return fault(0, "the record exceeds the largest size");
    if (header_.type >= kFirstControlType) return fault(4, "a control record, not an event");
    if (header_.type != 0 && !tables_.has_type(header_.type)) return fault(4, "unknown event type");
    if ((header_.flags & ~kKnownFlags) != 0) return fault(6, "unknown flags");
    if ((header_.flags & kAgentIsHandle) && !tables_.has_name(header_.agent)) {
      return fault(offsetof(RecordHeader, agent), "unknown name of an agent");
    }
    if ((header_.flags & kPatternIsHandle) && !tables_.has_name(header_.pattern)) {
      return fault(offsetof(RecordHeader, pattern), "unknown name of a pattern");
    }
    if (header_.attributes > kAttributesMax) {
      return fault(offsetof(RecordHeader, attributes), "too many attributes");
    }
    return header_.schema == 0 || check_schema();
  }

  bool check_schema() noexcept {
    const auto fields = tables_.schema(header_.schema);
    if (!fields) return fault(offsetof(RecordHeader, schema), "unknown schema");
    fields_ = *fields;
    if (fields_.size() != header_.attributes) {
      return fault(offsetof(RecordHeader, attributes), "not as many attributes as the schema has");
    }
    return true;
  }

  // Moves at_ over the next field, and says in place where it is.
  bool take(std::size_t bytes, std::size_t& place) noexcept {
    if (header_.size - at_ < bytes) return fault(at_, "a field goes beyond the record");
    place = at_;
    at_ += bytes;
    return true;
  }

  bool check_fields() noexcept {
    at_ = sizeof header_;
    std::size_t place = 0;
    if (header_.flags & kHasWallTime) {
      if (!take(sizeof(WallTimeField), place)) return false;
      const auto time = load<WallTimeField>(place);
      if (time.nanoseconds >= 1'000'000'000) return fault(place + 8, "not less than a second");
      if (time.zero != 0) return fault(place + 12, "not zero");
    }
    if ((header_.flags & kHasIds) && !take(sizeof(EventIds), place)) return false;
    if (header_.flags & kHasOrigin) {
      if (!take(sizeof(OriginField), place)) return false;
      if (load<OriginField>(place).zero != 0) return fault(place + 20, "not zero");
    }
    if (header_.type == 0 && !take(sizeof(TextRef), type_)) return false;
    const std::size_t attributes = header_.attributes;
    if (header_.schema == 0 && !take(attributes * sizeof(AttributeDescriptor), descriptors_)) {
      return false;
    }
    return take(attributes * 8, slots_);
  }

  // Moves at_, now in the text, over the next length bytes of it.
  bool take_text(std::size_t length, std::size_t named_at) noexcept {
    if (header_.size - at_ < length) return fault(named_at, "a text goes beyond the record");
    at_ += length;
    return true;
  }
  bool take_text(const TextRef& ref, std::size_t named_at) noexcept {
    if (ref.offset != at_) return fault(named_at, "a text does not follow the one before");
    return take_text(ref.length, named_at + 4);
  }

  bool check_keys() noexcept {
    if (header_.type == 0 && !take_text(load<TextRef>(type_), type_)) return false;
    const bool agent_inline = (header_.flags & kAgentIsHandle) == 0;
    if (agent_inline && !take_text(header_.agent, offsetof(RecordHeader, agent))) return false;
    const bool pattern_inline = (header_.flags & kPatternIsHandle) == 0;
    if (pattern_inline && !take_text(header_.pattern, offsetof(RecordHeader, pattern))) {
      return false;
    }
    for (std::size_t i = 0; header_.schema == 0 && i < header_.attributes; ++i) {
      if (!check_descriptor(descriptors_ + i * sizeof(AttributeDescriptor))) return false;
    }
    return true;
  }

  bool check_descriptor(std::size_t place) noexcept {
    const auto descriptor = load<AttributeDescriptor>(place);
    if (descriptor.type > static_cast<std::uint8_t>(ValueType::kObject)) {
      return fault(place + 2, "unknown type of value");
    }
    if (descriptor.zero != 0) return fault(place + 3, "not zero");
    if (descriptor.key == 0) return take_text(descriptor.key_length, place + 4);
    if (!tables_.has_key(descriptor.key)) return fault(place, "unknown attribute key");
    if (descriptor.key_length != 0) return fault(place + 4, "two keys for one attribute");
    const bool text = descriptor.type == static_cast<std::uint8_t>(ValueType::kString);
    return text || !AttributeKey(descriptor.key).is_reserved() ||
           fault(place + 2, "a reserved key without a text");
  }

  ValueType type_of(std::size_t attribute) const noexcept {
    if (header_.schema != 0) return fields_[attribute].type;
    const std::size_t place = descriptors_ + attribute * sizeof(AttributeDescriptor);
    return static_cast<ValueType>(load<AttributeDescriptor>(place).type);
  }

  bool check_values() noexcept {
    for (std::size_t i = 0; i < header_.attributes; ++i) {
      if (!check_value(type_of(i), slots_ + i * 8)) return false;
    }
    return true;
  }

  bool check_value(ValueType type, std::size_t slot) noexcept {
    switch (type) {
      case ValueType::kNull:
        return load<std::uint64_t>(slot) == 0 || fault(slot, "a null that is not zero");
      case ValueType::kBool:
        return load<std::uint64_t>(slot) <= 1 || fault(slot, "neither false nor true");
      case ValueType::kInt64:
      case ValueType::kDouble:
        return true;
      case ValueType::kString:
      case ValueType::kBytes:
        return take_text(load<TextRef>(slot), slot);
      case ValueType::kArray:
      case ValueType::kObject: {
        const auto ref = load<TextRef>(slot);
        if (!take_text(ref, slot)) return false;
        return is_well_formed_body(type, {record_ + ref.offset, ref.length}) ||
               fault(ref.offset, "a damaged nested value");
      }
    }
    return fault(slot, "unknown type of value");
  }

  bool check_padding() noexcept {
    if (round_up_8(at_) != header_.size) return fault(at_, "bytes that belong to nothing");
    for (; at_ < header_.size; ++at_) {
      if (record_[at_] != 0) return fault(at_, "padding that is not zero");
    }
    return true;
  }

  const char* const record_;
  const std::size_t available_;
  const RecordTables& tables_;
  RecordHeader header_{};
  std::span<const SchemaField> fields_;
  std::size_t at_ = 0;  // everything before it is checked
  std::size_t type_ = 0;
  std::size_t descriptors_ = 0;
  std::size_t slots_ = 0;
  std::size_t fault_offset_ = 0;
  const char* fault_ = "";
};

}  // namespace

absl::Status check_record(std::span<const std::byte> bytes) {
  static constexpr ProcessTables kTables;
  return RecordCheck(bytes, kTables).run();
}

absl::Status check_record(std::span<const std::byte> bytes, const RecordTables& tables) {
  return RecordCheck(bytes, tables).run();
}

}  // namespace v1
}  // namespace tracebus
