// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/record_writer.h"

#include <algorithm>
#include <array>
#include <bit>

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

EventIds resolved_ids(const TraceEvent& event) noexcept {
  EventIds ids = event.ids;
  const ForeignIds& foreign = event.foreign_ids;
  if (foreign.empty()) [[likely]]
    return ids;
  if (!foreign.run_id.empty()) ids.run_id = RunId::from_foreign(foreign.run_id);
  if (!foreign.trace_id.empty()) ids.trace_id = TraceId::from_foreign(foreign.trace_id);
  if (!foreign.span_id.empty()) ids.span_id = SpanId::from_foreign(foreign.span_id);
  if (!foreign.parent_span_id.empty()) {
    ids.parent_span_id = SpanId::from_foreign(foreign.parent_span_id);
  }
  return ids;
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
    : event_(event), type_(type), text_bytes_max_(text_bytes_max), ids_(resolved_ids(event)) {
  if (event.timestamp) flags_ |= kHasWallTime;
  if (!ids_.is_none()) flags_ |= kHasIds;
  if (event.origin) flags_ |= kHasOrigin;
  measure(with_content);
}

void FriendlyRecord::measure(bool with_content) noexcept {
  static_assert(kAttributesMax == sizeof keys_ / sizeof keys_[0]);
  // Four for foreign ids, and one to say that something was cut.
  const std::size_t kept_free = text_bytes_max_ == kUncut ? 4 : 5;
  if (event_.payload.size() > kAttributesMax - kept_free) return;
  fixed_bytes_ = sizeof(RecordHeader);
  if (flags_ & kHasWallTime) fixed_bytes_ += sizeof(WallTimeField);
  if (flags_ & kHasIds) fixed_bytes_ += sizeof(EventIds);
  if (flags_ & kHasOrigin) fixed_bytes_ += sizeof(OriginField);
  if (!type_.is_registered()) fixed_bytes_ += sizeof(TextRef);
  size_ = event_.agent_name.size() + event_.pattern_type.size();
  if (!type_.is_registered()) size_ += event_.event_type.size();
  if (!event_.foreign_ids.empty()) [[unlikely]] {
    for (const ForeignText& foreign : foreign_texts(event_.foreign_ids)) {
      if (foreign.text.empty()) continue;
      ++attributes_;
      size_ += foreign.text.size();
    }
  }
  std::uint16_t* key_number = keys_;
  for (const Attribute& attribute : event_.payload) {
    AttributeKey key = AttributeKey::find(attribute.key);
    if (key.is_reserved()) key = {};  // reserved keys are for foreign ids alone
    const bool content = key.is_content();
    *key_number++ = content && !with_content ? kDropped : key.number();
    if (content && !with_content) continue;
    if (content) flags_ |= kHasContent;
    ++attributes_;
    if (!key.is_registered()) {
      has_inline_keys_ = true;
      size_ += attribute.key.size();
    }
    if (attribute.value.is_scalar()) continue;
    if (!measure_value(attribute.value) || size_ > kRecordBytesMax) {
      size_ = 0;
      return;
    }
  }
  if (truncated_bytes_ != 0) ++attributes_;
  fixed_bytes_ += attributes_ * (sizeof(AttributeDescriptor) + 8);
  size_ = round_up_8(fixed_bytes_ + size_);
  if (size_ > kRecordBytesMax) size_ = 0;
}

bool FriendlyRecord::measure_value(const Value& value) noexcept {
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
    case ValueType::kArray:
    case ValueType::kObject: {
      const std::optional<std::size_t> body = encoded_body_size(value);
      if (!body && text_bytes_max_ == kUncut) return false;
      whole = body.value_or(kRecordBytesMax);
      kept = whole <= text_bytes_max_ ? whole : 0;
      break;
    }
    default:
      return true;
  }
  size_ += kept;
  truncated_bytes_ += whole - kept;
  return true;
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

  void put_descriptor(std::uint16_t key, ValueType type, std::size_t inline_key_length) noexcept {
    // An AttributeDescriptor, in one piece.
    static_assert(std::endian::native == std::endian::little);
    const std::uint64_t descriptor = key | static_cast<std::uint64_t>(type) << 16 |
                                     static_cast<std::uint64_t>(inline_key_length) << 32;
    std::memcpy(descriptor_, &descriptor, sizeof descriptor);
    descriptor_ += sizeof descriptor;
  }

  template <class T>
  void put_slot(const T& word) noexcept {
    static_assert(sizeof word == 8);
    std::memcpy(slot_, &word, sizeof word);
    slot_ += sizeof word;
  }

  void put_value(const Value& value) noexcept {
    if (value.is_scalar()) return put_slot(value.scalar_word());
    switch (value.type()) {
      case ValueType::kString:
        return put_slot(put_text(value.as_string()));
      case ValueType::kBytes:
        return put_slot(put_text(value.as_bytes().data(), value.as_bytes().size()));
      case ValueType::kArray:
      case ValueType::kObject: {
        char* const end = encode_body(value, text_);
        put_slot(TextRef{static_cast<std::uint32_t>(text_ - place_),
                         static_cast<std::uint32_t>(end - text_)});
        text_ = end;
        return;
      }
      default:
        return;
    }
  }

 private:
  char* const place_;
  char* descriptor_;
  char* slot_;
  char* text_;
};

void FriendlyRecord::write(char* place, RecordStamp stamp) const noexcept {
  std::memset(place + size_ - 8, 0, 8);
  char* field = place + sizeof(RecordHeader);
  const auto put_field = [&field](const auto& value) noexcept {
    std::memcpy(field, &value, sizeof value);
    field += sizeof value;
  };
  if (flags_ & kHasWallTime) {
    // A second's worth of nanoseconds or more is a caller's slip; records hold less.
    const std::uint32_t whole = event_.timestamp->nanoseconds / 1'000'000'000;
    put_field(WallTimeField{event_.timestamp->seconds + whole,
                            event_.timestamp->nanoseconds - whole * 1'000'000'000, 0});
  }
  if (flags_ & kHasIds) put_field(ids_);
  if (flags_ & kHasOrigin) {
    put_field(
        OriginField{event_.origin->instance, event_.origin->sequence, event_.origin->producer, 0});
  }
  const bool inline_type = !type_.is_registered();
  Output output(place, field + (inline_type ? sizeof(TextRef) : 0), attributes_);
  if (inline_type) put_field(output.put_text(event_.event_type));
  output.put_text(event_.agent_name);
  output.put_text(event_.pattern_type);
  const std::uint16_t* key = keys_;
  if (has_inline_keys_) {
    for (const Attribute& attribute : event_.payload) {
      if (*key++ == 0) output.put_text(attribute.key);
    }
  }
  if (!event_.foreign_ids.empty()) [[unlikely]] {
    for (const ForeignText& foreign : foreign_texts(event_.foreign_ids)) {
      if (foreign.text.empty()) continue;
      output.put_descriptor(foreign.key.number(), ValueType::kString, 0);
      output.put_slot(output.put_text(foreign.text));
    }
  }
  key = keys_;
  for (const Attribute& attribute : event_.payload) {
    const std::uint16_t number = *key++;
    if (number == kDropped) continue;
    const std::size_t key_length = number == 0 ? attribute.key.size() : 0;
    if (truncated_bytes_ == 0) [[likely]] {
      output.put_descriptor(number, attribute.value.type(), key_length);
      output.put_value(attribute.value);
    } else {
      const Value left = cut(attribute.value);
      output.put_descriptor(number, left.type(), key_length);
      output.put_value(left);
    }
  }
  if (truncated_bytes_ != 0) {
    output.put_descriptor(kTruncatedBytes.number(), ValueType::kInt64, 0);
    output.put_value(truncated_bytes_);
  }
  write_header(place, stamp);
}

void FriendlyRecord::write_header(char* place, RecordStamp stamp) const noexcept {
  const RecordHeader header = {
      .size = static_cast<std::uint32_t>(size_),
      .type = type_.number(),
      .flags = flags_,
      .sequence = stamp.sequence,
      .ticks = Clock::ticks(),
      .producer = stamp.producer,
      .agent = static_cast<std::uint32_t>(event_.agent_name.size()),
      .pattern = static_cast<std::uint32_t>(event_.pattern_type.size()),
      .schema = 0,
      .attributes = attributes_,
  };
  std::memcpy(place, &header, sizeof header);
}

}  // namespace v1
}  // namespace tracebus
