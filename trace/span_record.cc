// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/span_record.h"

#include <bit>
#include <cstring>

#include "tracebus/trace/span_clock.h"

namespace tracebus {
inline namespace v1 {
namespace {

std::uint64_t word_of(double value) noexcept { return std::bit_cast<std::uint64_t>(value); }

std::string_view text_of(const Name& name) noexcept {
  return name.handle().is_valid() ? name.handle().text() : name.text();
}

std::uint32_t length_or_handle(const Name& name) noexcept {
  return name.handle().is_valid() ? name.handle().number()
                                  : static_cast<std::uint32_t>(name.text().size());
}

EventType end_type(const SpanData& span) noexcept {
  const SpanKindEntry& entry = entry_of(span.kind);
  return span.status == SpanStatus::kFailed ? entry.error : entry.end;
}

}  // namespace

// fields_ stays as it is: only what is added is read.
inline SpanRecord::SpanRecord(const SpanData& span, EventType type, std::uint64_t ticks) noexcept
    : span_(span), type_(type), ticks_(ticks), agent_(span.context.agent_name()),
      pattern_(span.context.pattern_name()) {
  add(kSpanName, span.attributes.name());
  add(kSpanKind, to_string(span.kind));
}

SpanRecord SpanRecord::start(const SpanData& span) noexcept {
  SpanRecord record(span, entry_of(span.kind).start, span.begin_ticks);
  record.measure();
  return record;
}

SpanRecord SpanRecord::end(const SpanData& span, std::uint64_t end_ticks) noexcept {
  SpanRecord record(span, end_type(span), end_ticks);
  record.add(kSpanStatus, to_string(span.status));
  const std::int64_t duration_ns = SpanClock::nanoseconds(span.begin_ticks, end_ticks);
  record.add(kDurationMs, ValueType::kDouble, word_of(static_cast<double>(duration_ns) / 1e6));
  const SpanAttributes& attributes = span.attributes;
  if (span.notes != nullptr || attributes.dropped() != 0 || attributes.truncated_bytes() != 0)
      [[unlikely]] {
    record.add_losses();
  }
  record.measure();
  return record;
}

void SpanRecord::add_losses() noexcept {
  const SpanNotes* const notes = span_.notes.get();
  if (notes != nullptr && !notes->status_message().empty()) {
    add(kSpanStatusMessage, notes->status_message());
  }
  if (span_.attributes.dropped() != 0) {
    add(kSpanDroppedAttributes, ValueType::kInt64, span_.attributes.dropped());
  }
  if (span_.attributes.truncated_bytes() != 0) {
    add(kSpanTruncatedBytes, ValueType::kInt64, span_.attributes.truncated_bytes());
  }
}

inline void SpanRecord::measure() noexcept {
  size_ = round_up_8(sizeof(RecordHeader) + sizeof(EventIds) +
                     (sizeof(AttributeDescriptor) + 8) * attributes() + agent_.text().size() +
                     pattern_.text().size() + text_bytes_ + span_.attributes.text_bytes());
}

// Where the next descriptor, slot and text of a record go.
class SpanRecord::Output {
 public:
  Output(char* place, std::size_t attributes) noexcept
      : place_(place), descriptor_(place + sizeof(RecordHeader) + sizeof(EventIds)),
        slot_(descriptor_ + sizeof(AttributeDescriptor) * attributes),
        text_(slot_ + 8 * attributes) {}

  void put_text(std::string_view text) noexcept {
    text_ = copy_text(text_, text.data(), text.size());
  }
  void put_descriptor(const AttributeDescriptor& descriptor) noexcept {
    std::memcpy(descriptor_, &descriptor, sizeof descriptor);
    descriptor_ += sizeof descriptor;
  }
  void put_scalar(std::uint64_t word) noexcept {
    std::memcpy(slot_, &word, sizeof word);
    slot_ += sizeof word;
  }
  void put_value(std::string_view text) noexcept {
    const TextRef ref = {static_cast<std::uint32_t>(text_ - place_),
                         static_cast<std::uint32_t>(text.size())};
    put_scalar(std::bit_cast<std::uint64_t>(ref));
    put_text(text);
  }

 private:
  char* const place_;
  char* descriptor_;
  char* slot_;
  char* text_;
};

void SpanRecord::write(char* place, RecordStamp stamp) const noexcept {
  const SpanAttributes& attributes = span_.attributes;
  std::memset(place + size_ - 8, 0, 8);
  std::memcpy(place + sizeof(RecordHeader), &span_.context.ids(), sizeof(EventIds));
  Output output(place, this->attributes());
  output.put_text(agent_.text());
  output.put_text(pattern_.text());
  if (attributes.has_inline_keys()) {
    for (const SpanAttributes::Item& item : attributes.items()) {
      if (item.descriptor.key == 0) output.put_text(attributes.key_of(item));
    }
  }
  for (std::size_t i = 0; i < count_; ++i) {
    const Field& field = fields_[i];
    output.put_descriptor({field.key.number(), static_cast<std::uint8_t>(field.type), 0, 0});
    field.type == ValueType::kString ? output.put_value(field.text) : output.put_scalar(field.word);
  }
  for (const SpanAttributes::Item& item : attributes.items()) {
    output.put_descriptor(item.descriptor);
    item.has_text() ? output.put_value(attributes.text_of(item)) : output.put_scalar(item.slot);
  }
  auto& header = *reinterpret_cast<RecordHeader*>(place);
  header.size = static_cast<std::uint32_t>(size_);
  header.type = type_.number();
  header.flags =
      static_cast<std::uint16_t>(kHasIds | (agent_.handle().is_valid() ? kAgentIsHandle : 0) |
                                 (pattern_.handle().is_valid() ? kPatternIsHandle : 0));
  header.sequence = stamp.sequence;
  header.ticks = ticks_;
  header.producer = stamp.producer;
  header.agent = length_or_handle(agent_);
  header.pattern = length_or_handle(pattern_);
  header.schema = 0;
  header.attributes = static_cast<std::uint16_t>(this->attributes());
}

void SpanRecord::fill(TraceEvent& event) const {
  event.event_type = type_.name();
  event.agent_name = text_of(agent_);
  event.pattern_type = text_of(pattern_);
  event.ids = span_.context.ids();
  for (std::size_t i = 0; i < count_; ++i) {
    const Field& field = fields_[i];
    Value value = field.text;
    if (field.type == ValueType::kInt64) value = static_cast<std::int64_t>(field.word);
    if (field.type == ValueType::kDouble) value = std::bit_cast<double>(field.word);
    event.payload.add(field.key.name(), std::move(value));
  }
  const SpanAttributes& attributes = span_.attributes;
  for (const SpanAttributes::Item& item : attributes.items()) {
    event.payload.add(attributes.key_of(item), attributes.value_of(item));
  }
  const SpanNotes* const notes = span_.notes.get();
  if (notes == nullptr || type_ == entry_of(span_.kind).start) return;
  if (notes->has_events()) event.payload.add(kSpanEvents.name(), notes->events());
  if (notes->has_links()) event.payload.add(kSpanLinks.name(), notes->links());
  if (notes->dropped_events != 0)
    event.payload.add(kSpanDroppedEvents.name(), notes->dropped_events);
  if (notes->dropped_links != 0) event.payload.add(kSpanDroppedLinks.name(), notes->dropped_links);
}

}  // namespace v1
}  // namespace tracebus
