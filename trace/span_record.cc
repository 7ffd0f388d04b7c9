// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/span_record.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "tracebus/core/copy_text.h"
#include "tracebus/core/event.h"
#include "tracebus/core/record_format.h"
#include "tracebus/core/record_writer.h"
#include "tracebus/trace/span_clock.h"

namespace tracebus {
inline namespace v1 {
namespace {

// What spans of a kind and a status all say: their texts, one behind the other as in a record, with
// the ranges of these, and the types of their events.
struct Form {
  char text[16];
  TextRef kind;
  TextRef status;
  EventType start;
  EventType end;
};

constexpr std::size_t kStatuses = 3;

constexpr Form make_form(SpanKind kind, SpanStatus status) {
  Form form{};
  std::uint32_t bytes = 0;
  const auto append = [&](std::string_view text) {
    const TextRef ref = {bytes, static_cast<std::uint32_t>(text.size())};
    for (const char c : text) form.text[bytes++] = c;
    return ref;
  };
  form.kind = append(to_string(kind));
  form.status = append(to_string(status));
  form.start = entry_of(kind).start;
  form.end = status == SpanStatus::kFailed ? entry_of(kind).error : entry_of(kind).end;
  return form;
}

constexpr std::array<Form, kSpanKinds * kStatuses> make_forms() {
  std::array<Form, kSpanKinds * kStatuses> all{};
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i] =
        make_form(static_cast<SpanKind>(i / kStatuses), static_cast<SpanStatus>(i % kStatuses));
  }
  return all;
}
constexpr auto kForms = make_forms();

const Form& form_of(const SpanData& span) noexcept {
  return kForms[static_cast<std::size_t>(span.kind) * kStatuses +
                static_cast<std::size_t>(span.status)];
}

// Where the next descriptor, slot and text of a record go.
class Output {
 public:
  Output(char* place, std::size_t attributes) noexcept
      : place_(place), descriptor_(place + sizeof(RecordHeader) + sizeof(EventIds)),
        slot_(descriptor_ + sizeof(AttributeDescriptor) * attributes),
        text_(slot_ + 8 * attributes) {}

  void put_text(std::string_view text) noexcept {
    text_ = copy_text(text_, text.data(), text.size());
  }
  void put(std::uint64_t descriptor, std::uint64_t slot) noexcept {
    std::memcpy(descriptor_, &descriptor, sizeof descriptor);
    descriptor_ += sizeof descriptor;
    std::memcpy(slot_, &slot, sizeof slot);
    slot_ += sizeof slot;
  }
  void put(AttributeKey key, double value) noexcept {
    put(descriptor_word(key.number(), ValueType::kDouble), std::bit_cast<std::uint64_t>(value));
  }
  // A text of which ref says where it lies, counted from the next one that is put.
  void put(AttributeKey key, TextRef ref) noexcept {
    put(descriptor_word(key.number(), ValueType::kString),
        std::bit_cast<std::uint64_t>(ref) + at());
  }
  // The offset of the next text.
  std::uint32_t at() const noexcept { return static_cast<std::uint32_t>(text_ - place_); }

 private:
  char* place_;
  char* descriptor_;
  char* slot_;
  char* text_;
};

// What ProducerRing::emit_prepared takes. Borrows the span. It is handed to nothing that is not
// inlined, and so stays in registers.
template <bool kIsEnd>
class SpanRecord {
 public:
  SpanRecord(const SpanData& span, std::uint64_t ticks) noexcept
      : span_(span), form_(form_of(span)), ticks_(ticks),
        attributes_(kFields + span.attributes.items().size()), size_(measure()) {}

  EventType type() const noexcept { return kIsEnd ? form_.end : form_.start; }
  // Without content, which may have to be left out, and all that few spans have.
  bool plain() const noexcept { return span_.attributes.is_plain() && span_.notes == nullptr; }
  std::size_t size() const noexcept { return size_; }
  void write(char* place, RecordStamp stamp) const noexcept;
  template <class Emit>
  EmitResult emit_friendly(const Emit& emit) const noexcept {
    return emit_filled(span_, ticks_, emit);
  }

 private:
  // What a span says of itself: kind and name; and in between, status and how long it took.
  static constexpr std::size_t kFields = kIsEnd ? 4 : 2;

  std::size_t measure() const noexcept {
    return round_up_8(sizeof(RecordHeader) + sizeof(EventIds) +
                      (sizeof(AttributeDescriptor) + 8) * attributes_ + span_.names_bytes +
                      form_bytes() + span_.attributes.text_bytes());
  }
  std::size_t form_bytes() const noexcept {
    return form_.kind.length + (kIsEnd ? form_.status.length : 0);
  }
  void write_head(char* place, RecordStamp stamp) const noexcept;
  void write_fields(Output& output) const noexcept;
  void write_flat(Output output) const noexcept;
  [[gnu::noinline, gnu::cold]] static void write_scattered(const SpanData& span,
                                                           std::uint64_t ticks,
                                                           char* place) noexcept;
  void fill(TraceEvent& event) const;
  template <class Emit>
  [[gnu::noinline, gnu::cold]] static EmitResult emit_filled(const SpanData& span,
                                                             std::uint64_t ticks,
                                                             Emit emit) noexcept;

  const SpanData& span_;
  const Form& form_;
  const std::uint64_t ticks_;
  const std::size_t attributes_;
  const std::size_t size_;
};

double duration_ms(const SpanData& span, std::uint64_t end_ticks) noexcept {
  return static_cast<double>(SpanClock::nanoseconds(span.begin_ticks, end_ticks)) / 1e6;
}

template <bool kIsEnd>
inline void SpanRecord<kIsEnd>::write(char* place, RecordStamp stamp) const noexcept {
  write_head(place, stamp);
  if (!span_.attributes.is_flat() || span_.names_bytes != 0) [[unlikely]]
    return write_scattered(span_, ticks_, place);
  Output output(place, attributes_);
  write_fields(output);
  write_flat(output);
}

template <bool kIsEnd>
inline void SpanRecord<kIsEnd>::write_head(char* place, RecordStamp stamp) const noexcept {
  const NameHandle agent = span_.context.agent_handle();
  const NameHandle pattern = span_.context.pattern_handle();
  std::memset(place + size_ - 8, 0, 8);
  std::memcpy(place + sizeof(RecordHeader), &span_.context.ids(), sizeof(EventIds));
  auto& header = *reinterpret_cast<RecordHeader*>(place);
  header.size = static_cast<std::uint32_t>(size_);
  header.type = type().number();
  header.flags = static_cast<std::uint16_t>(kHasIds | (agent.is_valid() ? kAgentIsHandle : 0) |
                                            (pattern.is_valid() ? kPatternIsHandle : 0));
  header.sequence = stamp.sequence;
  header.ticks = ticks_;
  header.producer = stamp.producer;
  header.agent = agent.number();
  header.pattern = pattern.number();
  header.schema = 0;
  header.attributes = static_cast<std::uint16_t>(attributes_);
}

// What all spans say, up to their name, whose text is not put yet.
template <bool kIsEnd>
inline void SpanRecord<kIsEnd>::write_fields(Output& output) const noexcept {
  output.put(kSpanKind, form_.kind);
  if constexpr (kIsEnd) {
    output.put(kSpanStatus, form_.status);
    output.put(kDurationMs, duration_ms(span_, ticks_));
  }
  output.put_text({form_.text, form_bytes()});
  output.put(kSpanName, span_.attributes.name_ref());
}

// Name and texts lie as they are to lie here.
template <bool kIsEnd>
inline void SpanRecord<kIsEnd>::write_flat(Output output) const noexcept {
  const SpanAttributes& attributes = span_.attributes;
  const std::uint32_t moved_by = output.at();
  for (const SpanAttributes::Item& item : attributes.items()) {
    output.put(item.descriptor, item.slot + (item.has_text() ? moved_by : 0));
  }
  output.put_text({attributes.bytes(), attributes.text_bytes()});
}

// Names that are texts, keys that have no number, or texts that were replaced.
template <bool kIsEnd>
void SpanRecord<kIsEnd>::write_scattered(const SpanData& span, std::uint64_t ticks,
                                         char* place) noexcept {
  const SpanRecord record(span, ticks);
  const SpanAttributes& attributes = span.attributes;
  auto& header = *reinterpret_cast<RecordHeader*>(place);
  Output output(place, record.attributes_);
  const std::string_view agent = span.context.agent_name().text();
  const std::string_view pattern = span.context.pattern_name().text();
  if (!agent.empty()) header.agent = static_cast<std::uint32_t>(agent.size());
  if (!pattern.empty()) header.pattern = static_cast<std::uint32_t>(pattern.size());
  output.put_text(agent);
  output.put_text(pattern);
  for (const SpanAttributes::Item& item : attributes.items()) {
    if (item.key() == 0) output.put_text(attributes.key_of(item));
  }
  record.write_fields(output);
  output.put_text(attributes.name());
  for (const SpanAttributes::Item& item : attributes.items()) {
    if (!item.has_text()) {
      output.put(item.descriptor, item.slot);
      continue;
    }
    const std::string_view text = attributes.text_of(item);
    const TextRef ref = {output.at(), static_cast<std::uint32_t>(text.size())};
    output.put(item.descriptor, std::bit_cast<std::uint64_t>(ref));
    output.put_text(text);
  }
}

void fill_losses(const SpanData& span, TraceEvent& event) {
  const auto add_count = [&](AttributeKey key, std::uint64_t count) {
    if (count != 0) event.payload.add(key.name(), count);
  };
  add_count(kSpanDroppedAttributes, span.attributes.dropped());
  add_count(kSpanTruncatedBytes, span.attributes.truncated_bytes());
  const SpanNotes* const notes = span.notes;
  if (notes == nullptr) return;
  if (!notes->status_message().empty()) {
    event.payload.add(kSpanStatusMessage.name(), notes->status_message());
  }
  if (notes->has_events()) event.payload.add(kSpanEvents.name(), notes->events());
  if (notes->has_links()) event.payload.add(kSpanLinks.name(), notes->links());
  add_count(kSpanDroppedEvents, notes->dropped_events);
  add_count(kSpanDroppedLinks, notes->dropped_links);
}

template <bool kIsEnd>
void SpanRecord<kIsEnd>::fill(TraceEvent& event) const {
  const SpanAttributes& attributes = span_.attributes;
  event.event_type = type().name();
  event.agent_name = span_.context.agent();
  event.pattern_type = span_.context.pattern();
  event.ids = span_.context.ids();
  event.payload.add(kSpanKind.name(), to_string(span_.kind));
  if constexpr (kIsEnd) {
    event.payload.add(kSpanStatus.name(), to_string(span_.status));
    event.payload.add(kDurationMs.name(), duration_ms(span_, ticks_));
  }
  event.payload.add(kSpanName.name(), attributes.name());
  for (const SpanAttributes::Item& item : attributes.items()) {
    event.payload.add(attributes.key_of(item), attributes.value_of(item));
  }
  if constexpr (kIsEnd) fill_losses(span_, event);
}

template <bool kIsEnd>
template <class Emit>
EmitResult SpanRecord<kIsEnd>::emit_filled(const SpanData& span, std::uint64_t ticks,
                                           Emit emit) noexcept {
  try {
    TraceEvent event;
    SpanRecord(span, ticks).fill(event);
    return emit(event);
  } catch (...) {  // no memory
    return EmitResult::kFull;
  }
}

}  // namespace

EmitResult emit_span_start(TraceEventBus& bus, const SpanData& span) noexcept {
  const SpanRecord<false> record(span, span.begin_ticks);
  return bus.emit_prepared(record.type(), record);
}

EmitResult emit_span_end(TraceEventBus& bus, const SpanData& span, std::uint64_t ticks) noexcept {
  const SpanRecord<true> record(span, ticks);
  return bus.emit_prepared(record.type(), record);
}

}  // namespace v1
}  // namespace tracebus
