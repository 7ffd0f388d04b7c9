// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/record_writer.h"

#include <algorithm>
#include <array>
#include <bit>

#include "tracebus/core/content.h"
#include "tracebus/core/key_registry.h"
#include "tracebus/core/limits.h"
#include "tracebus/core/value_codec.h"

namespace tracebus {
inline namespace v1 {
namespace {

struct ForeignText {
  AttributeKey key;
  std::string_view text;
};

std::array<ForeignText, 4> foreign_texts(const ForeignIds& ids) noexcept {
  return {{{kRunIdText, ids.run_id},
           {kTraceIdText, ids.trace_id},
           {kSpanIdText, ids.span_id},
           {kParentSpanIdText, ids.parent_span_id}}};
}

// As much of the text as fits into bytes_max without half a character at its end.
std::string_view cut_text(std::string_view text, std::size_t bytes_max) noexcept {
  if (text.size() <= bytes_max) return text;
  std::size_t length = bytes_max;
  while (length != 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
  return text.substr(0, length);
}

}  // namespace

FriendlyRecord::FriendlyRecord(const TraceEvent& event, EventType type, bool with_content,
                               std::size_t text_bytes_max) noexcept
    : event_(event), ids_(&event.ids), text_bytes_max_(text_bytes_max), type_(type) {
  const std::size_t count = event.payload.size();
  // Four for foreign ids, and one to say that something was cut.
  if (count > kAttributesMax - 5 && (count > kAttributesMax - 4 || text_bytes_max != kUncut))
    return;
  std::size_t text_bytes = event.agent_name.size() + event.pattern_type.size();
  if (!event.foreign_ids.empty()) [[unlikely]] {
    resolve_foreign_ids();
    text_bytes += foreign_bytes();
  }
  std::uint32_t flags = !ids_->is_none() ? kHasIds : 0;
  if (event.timestamp) flags |= kHasWallTime;
  if (event.origin) flags |= kHasOrigin;
  if (!type.is_registered()) text_bytes += event.event_type.size();
  measure(flags, text_bytes, with_content);
}

void FriendlyRecord::resolve_foreign_ids() noexcept {
  const ForeignIds& foreign = event_.foreign_ids;
  EventIds& ids = resolved_ids_.emplace(event_.ids);
  ids_ = &ids;
  if (!foreign.run_id.empty()) ids.run_id = RunId::from_foreign(foreign.run_id);
  if (!foreign.trace_id.empty()) ids.trace_id = TraceId::from_foreign(foreign.trace_id);
  if (!foreign.span_id.empty()) ids.span_id = SpanId::from_foreign(foreign.span_id);
  if (!foreign.parent_span_id.empty()) {
    ids.parent_span_id = SpanId::from_foreign(foreign.parent_span_id);
  }
}

// Of the texts that travel as attributes, which are counted.
std::size_t FriendlyRecord::foreign_bytes() noexcept {
  std::size_t bytes = 0;
  for (const ForeignText& foreign : foreign_texts(event_.foreign_ids)) {
    if (foreign.text.empty()) continue;
    ++attributes_;
    bytes += foreign.text.size();
  }
  return bytes;
}

// Looks the keys up and adds up the sizes. What changes with each attribute is kept in registers.
inline void FriendlyRecord::measure(std::uint32_t flags, std::size_t text_bytes,
                                    bool with_content) noexcept {
  static_assert(kAttributesMax == sizeof keys_ / sizeof keys_[0]);
  const auto& names = g_key_registry.names();
  std::uint32_t attributes = attributes_;
  bool has_inline_keys = false;
  std::uint16_t* key = keys_;
  for (const Attribute& attribute : event_.payload) {
    std::uint32_t number = names.find(attribute.key);
    // Neither content nor reserved nor unknown is what most keys are.
    if (const std::uint8_t classes = g_key_registry.classes(number); classes != 0) {
      const bool is_inline = classes != KeyRegistry::kIsContent;
      if (!is_inline || is_content_name(attribute.key)) {
        if (!with_content) {
          *key++ = kDropped;
          continue;
        }
        flags |= kHasContent;
      }
      if (is_inline) {
        number = 0;  // reserved ones are for foreign ids alone
        has_inline_keys = true;
        text_bytes += attribute.key.size();
      }
    }
    *key++ = static_cast<std::uint16_t>(number);
    ++attributes;
    if (attribute.value.is_scalar()) continue;
    text_bytes += text_bytes_of(attribute, with_content);
    if (text_bytes > kRecordBytesMax) [[unlikely]]
      return;
  }
  if (truncated_bytes_ != 0) [[unlikely]]
    ++attributes;
  if (nested_content_) [[unlikely]] {
    flags |= with_content ? kHasContent : 0;
    if (!with_content) {
      const LeftOut left_out = leave_out_nested();
      attributes -= left_out.attributes;
      text_bytes -= left_out.key_bytes;
    }
  }
  has_inline_keys_ = has_inline_keys;
  flags_ = static_cast<std::uint16_t>(flags);
  attributes_ = static_cast<std::uint16_t>(attributes);
  const std::size_t size = round_up_8(fixed_bytes() + text_bytes);
  if (size <= kRecordBytesMax) size_ = size;
}

inline std::size_t FriendlyRecord::fixed_bytes() const noexcept {
  std::size_t bytes = sizeof(RecordHeader) + attributes_ * (sizeof(AttributeDescriptor) + 8);
  if (flags_ & kHasIds) bytes += sizeof(EventIds);
  if (!type_.is_registered()) bytes += sizeof(TextRef);
  if (flags_ & (kHasWallTime | kHasOrigin)) [[unlikely]] {
    if (flags_ & kHasWallTime) bytes += sizeof(WallTimeField);
    if (flags_ & kHasOrigin) bytes += sizeof(OriginField);
  }
  return bytes;
}

// Beyond kRecordBytesMax for a value that exceeds a limit. REQUIRES: no scalar.
inline std::size_t FriendlyRecord::text_bytes_of(const Attribute& attribute,
                                                 bool with_content) noexcept {
  const Value& value = attribute.value;
  if (value.type() == ValueType::kString && value.as_string().size() <= text_bytes_max_)
      [[likely]] {
    return value.as_string().size();
  }
  return value.is_nested() ? nested_bytes_of(attribute, with_content) : cut_bytes_of(value);
}

std::size_t FriendlyRecord::nested_bytes_of(const Attribute& attribute,
                                            bool with_content) noexcept {
  if (holds_content(attribute.key, attribute.value)) {
    nested_content_ = true;
    if (!with_content) return 0;
  }
  return cut_bytes_of(attribute.value);
}

FriendlyRecord::LeftOut FriendlyRecord::leave_out_nested() noexcept {
  LeftOut left_out{0, 0};
  std::uint16_t* key = keys_;
  for (const Attribute& attribute : event_.payload) {
    std::uint16_t& number = *key++;
    if (number == kDropped || !attribute.value.is_nested()) continue;
    if (!holds_content(attribute.key, attribute.value)) continue;
    if (number == 0) left_out.key_bytes += static_cast<std::uint32_t>(attribute.key.size());
    number = kDropped;
    ++left_out.attributes;
  }
  return left_out;
}

std::size_t FriendlyRecord::cut_bytes_of(const Value& value) noexcept {
  std::size_t whole = 0;
  std::size_t kept = 0;
  switch (value.type()) {
    case ValueType::kString:
      whole = value.as_string().size();
      kept = cut_text(value.as_string(), text_bytes_max_).size();
      break;
    case ValueType::kBytes:
      whole = value.as_bytes().size();
      kept = std::min(whole, text_bytes_max_);
      break;
    default: {
      const std::optional<std::size_t> body = encoded_body_size(value);
      if (!body && text_bytes_max_ == kUncut) return kRecordBytesMax + 1;
      whole = body.value_or(kRecordBytesMax);
      kept = whole <= text_bytes_max_ ? whole : 0;
      break;
    }
  }
  truncated_bytes_ += whole - kept;
  return kept;
}

Value FriendlyRecord::cut(const Value& value) const noexcept {
  switch (value.type()) {
    case ValueType::kString:
      return cut_text(value.as_string(), text_bytes_max_);
    case ValueType::kBytes:
      return value.as_bytes().first(std::min(value.as_bytes().size(), text_bytes_max_));
    case ValueType::kArray:
    case ValueType::kObject:
      if (encoded_body_size(value).value_or(kRecordBytesMax) > text_bytes_max_) return {};
      return value;
    default:
      return value;
  }
}

// Where the next descriptor, slot and text of a record go.
class FriendlyRecord::Output {
 public:
  Output(char* place, char* descriptors, std::size_t attributes) noexcept
      : place_(place), descriptor_(descriptors), slot_(descriptors + 8 * attributes),
        text_(slot_ + 8 * attributes) {}

  TextRef put_text(const void* text, std::size_t length) noexcept {
    const TextRef ref = {static_cast<std::uint32_t>(text_ - place_),
                         static_cast<std::uint32_t>(length)};
    text_ = copy_text(text_, static_cast<const char*>(text), length);
    return ref;
  }
  TextRef put_text(std::string_view text) noexcept { return put_text(text.data(), text.size()); }

  // key_length: of an inline key.
  void put_attribute(std::uint16_t key, std::size_t key_length, const Value& value) noexcept {
    put_attribute(key, key_length, value.type(), slot_of(value));
  }
  void put_attribute(std::uint16_t key, std::size_t key_length, ValueType type,
                     std::uint64_t slot) noexcept {
    const std::uint64_t descriptor = descriptor_word(key, type, key_length);
    std::memcpy(descriptor_, &descriptor, sizeof descriptor);
    std::memcpy(slot_, &slot, sizeof slot);
    descriptor_ += sizeof descriptor;
    slot_ += sizeof slot;
  }
  void put_attribute(AttributeKey key, std::string_view text) noexcept {
    put_attribute(key.number(), 0, ValueType::kString,
                  std::bit_cast<std::uint64_t>(put_text(text)));
  }

 private:
  // What the slot of an attribute holds; writes the text that it refers to.
  std::uint64_t slot_of(const Value& value) noexcept {
    if (value.is_scalar()) return value.scalar_word();
    if (value.type() == ValueType::kString) [[likely]]
      return std::bit_cast<std::uint64_t>(put_text(value.as_string()));
    return std::bit_cast<std::uint64_t>(put_body(value));
  }
  TextRef put_body(const Value& value) noexcept {
    if (!value.is_nested()) return put_text(value.as_bytes().data(), value.as_bytes().size());
    char* const begin = text_;
    text_ = encode_body(value, begin);
    return {static_cast<std::uint32_t>(begin - place_), static_cast<std::uint32_t>(text_ - begin)};
  }

  char* place_;
  char* descriptor_;
  char* slot_;
  char* text_;
};

void FriendlyRecord::write(char* place, RecordStamp stamp) const noexcept {
  std::memset(place + size_ - 8, 0, 8);
  char* const field = write_fields(place + sizeof(RecordHeader));
  const bool inline_type = !type_.is_registered();
  Output output(place, field + (inline_type ? sizeof(TextRef) : 0), attributes_);
  if (inline_type) {
    const TextRef ref = output.put_text(event_.event_type);
    std::memcpy(field, &ref, sizeof ref);
  }
  output.put_text(event_.agent_name);
  output.put_text(event_.pattern_type);
  if (has_inline_keys_) {
    const std::uint16_t* key = keys_;
    for (const Attribute& attribute : event_.payload) {
      if (*key++ == 0) output.put_text(attribute.key);
    }
  }
  if (resolved_ids_) [[unlikely]]
    output = write_foreign_ids(output);
  if (truncated_bytes_ == 0) [[likely]] {
    write_attributes(output);
  } else {
    write_cut_attributes(output);
  }
  write_header(place, stamp);
}

// Those whose size is fixed, between the header and the attributes; returns their end.
inline char* FriendlyRecord::write_fields(char* field) const noexcept {
  const auto put_field = [&field](const auto& value) noexcept {
    std::memcpy(field, &value, sizeof value);
    field += sizeof value;
  };
  if (flags_ & kHasWallTime) [[unlikely]] {
    // A second's worth of nanoseconds or more is a caller's slip; records hold less.
    const std::uint32_t whole = event_.timestamp->nanoseconds / 1'000'000'000;
    put_field(WallTimeField{event_.timestamp->seconds + whole,
                            event_.timestamp->nanoseconds - whole * 1'000'000'000, 0});
  }
  if (flags_ & kHasIds) put_field(*ids_);
  if (flags_ & kHasOrigin) [[unlikely]] {
    put_field(
        OriginField{event_.origin->instance, event_.origin->sequence, event_.origin->producer, 0});
  }
  return field;
}

FriendlyRecord::Output FriendlyRecord::write_foreign_ids(Output output) const noexcept {
  for (const ForeignText& foreign : foreign_texts(event_.foreign_ids)) {
    if (foreign.text.empty()) continue;
    output.put_attribute(foreign.key, foreign.text);
  }
  return output;
}

// Output comes by value, here and above: a copy of its own stays in registers.
inline void FriendlyRecord::write_attributes(Output output) const noexcept {
  const std::uint16_t* key = keys_;
  for (const Attribute& attribute : event_.payload) {
    const std::uint16_t number = *key++;
    std::size_t key_length = 0;
    static_assert(static_cast<std::uint16_t>(kDropped + 1) == 0, "one comparison for both");
    if (static_cast<std::uint16_t>(number + 1) <= 1) {
      if (number == kDropped) continue;
      key_length = attribute.key.size();
    }
    output.put_attribute(number, key_length, attribute.value);
  }
}

void FriendlyRecord::write_cut_attributes(Output output) const noexcept {
  const std::uint16_t* key = keys_;
  for (const Attribute& attribute : event_.payload) {
    const std::uint16_t number = *key++;
    if (number == kDropped) continue;
    output.put_attribute(number, number == 0 ? attribute.key.size() : 0, cut(attribute.value));
  }
  output.put_attribute(kTruncatedBytes.number(), 0, truncated_bytes_);
}

inline void FriendlyRecord::write_header(char* place, RecordStamp stamp) const noexcept {
  auto& header = *reinterpret_cast<RecordHeader*>(place);
  header.size = static_cast<std::uint32_t>(size_);
  header.type = type_.number();
  header.flags = flags_;
  header.sequence = stamp.sequence;
  header.ticks = Clock::ticks();
  header.producer = stamp.producer;
  header.agent = static_cast<std::uint32_t>(event_.agent_name.size());
  header.pattern = static_cast<std::uint32_t>(event_.pattern_type.size());
  header.schema = 0;
  header.attributes = attributes_;
}

}  // namespace v1
}  // namespace tracebus
