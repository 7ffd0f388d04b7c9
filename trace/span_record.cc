// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/span_record.h"

#include <bit>
#include <cstring>

#include "tracebus/trace/span_clock.h"

namespace tracebus {
inline namespace v1 {
namespace {

// The texts of a kind and a status, one behind the other as in a record.
struct FixedText {
  char text[16];
  std::uint8_t kind_bytes;
  std::uint8_t bytes;
};

constexpr std::size_t kStatuses = 3;

constexpr std::array<FixedText, kSpanKinds * kStatuses> make_fixed_texts() {
  std::array<FixedText, kSpanKinds * kStatuses> all{};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string_view kind = to_string(static_cast<SpanKind>(i / kStatuses));
    const std::string_view status = to_string(static_cast<SpanStatus>(i % kStatuses));
    for (const char c : kind) all[i].text[all[i].bytes++] = c;
    all[i].kind_bytes = all[i].bytes;
    for (const char c : status) all[i].text[all[i].bytes++] = c;
  }
  return all;
}
constexpr auto kFixedTexts = make_fixed_texts();

const FixedText& fixed_text_of(const SpanData& span) noexcept {
  return kFixedTexts[static_cast<std::size_t>(span.kind) * kStatuses +
                     static_cast<std::size_t>(span.status)];
}

constexpr AttributeDescriptor descriptor_of(AttributeKey key, ValueType type) noexcept {
  return {key.number(), static_cast<std::uint8_t>(type), 0, 0};
}

std::string_view text_of(const Name& name) noexcept {
  return name.handle().is_valid() ? name.handle().text() : name.text();
}

std::uint32_t length_or_handle(const Name& name) noexcept {
  return name.handle().is_valid() ? name.handle().number()
                                  : static_cast<std::uint32_t>(name.text().size());
}

}  // namespace

SpanRecord::SpanRecord(const SpanData& span, std::uint64_t begin_ticks) noexcept
    : span_(span), type_(entry_of(span.kind).start), ticks_(begin_ticks), is_end_(false),
      agent_(span.context.agent_name()), pattern_(span.context.pattern_name()),
      fixed_text_(fixed_text_of(span).text, fixed_text_of(span).kind_bytes),
      attributes_(kStartFields + 1 + span.attributes.items().size()), size_(measure()) {}

SpanRecord::SpanRecord(const SpanData& span, std::uint64_t end_ticks, EventType end_type) noexcept
    : span_(span), type_(end_type), ticks_(end_ticks), is_end_(true),
      agent_(span.context.agent_name()), pattern_(span.context.pattern_name()),
      fixed_text_(fixed_text_of(span).text, fixed_text_of(span).bytes),
      attributes_(kEndFields + 1 + span.attributes.items().size()), size_(measure()) {}

inline std::size_t SpanRecord::measure() const noexcept {
  return round_up_8(sizeof(RecordHeader) + sizeof(EventIds) +
                    (sizeof(AttributeDescriptor) + 8) * attributes_ + agent_.text().size() +
                    pattern_.text().size() + fixed_text_.size() + span_.attributes.name().size() +
                    span_.attributes.text_bytes());
}

double SpanRecord::duration_ms() const noexcept {
  return static_cast<double>(SpanClock::nanoseconds(span_.begin_ticks, ticks_)) / 1e6;
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
  void put(const AttributeDescriptor& descriptor, std::uint64_t slot) noexcept {
    std::memcpy(descriptor_, &descriptor, sizeof descriptor);
    descriptor_ += sizeof descriptor;
    std::memcpy(slot_, &slot, sizeof slot);
    slot_ += sizeof slot;
  }
  void put(const AttributeDescriptor& descriptor, std::string_view text) noexcept {
    put(descriptor, ref_to(at(), text.size()));
    put_text(text);
  }
  // The offset of the next text.
  std::uint32_t at() const noexcept { return static_cast<std::uint32_t>(text_ - place_); }
  static std::uint64_t ref_to(std::size_t offset, std::size_t length) noexcept {
    return std::bit_cast<std::uint64_t>(
        TextRef{static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(length)});
  }

 private:
  char* place_;
  char* descriptor_;
  char* slot_;
  char* text_;
};

void SpanRecord::write(char* place, RecordStamp stamp) const noexcept {
  std::memset(place + size_ - 8, 0, 8);
  std::memcpy(place + sizeof(RecordHeader), &span_.context.ids(), sizeof(EventIds));
  Output output(place, attributes_);
  if (!agent_.text().empty()) output.put_text(agent_.text());
  if (!pattern_.text().empty()) output.put_text(pattern_.text());
  write_values(output);
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
  header.attributes = static_cast<std::uint16_t>(attributes_);
}

inline void SpanRecord::write_values(Output& shared_output) const noexcept {
  Output output = shared_output;  // a copy of its own stays in registers
  const SpanAttributes& attributes = span_.attributes;
  if (attributes.has_inline_keys()) [[unlikely]] {
    for (const SpanAttributes::Item& item : attributes.items()) {
      if (item.descriptor.key == 0) output.put_text(attributes.key_of(item));
    }
  }
  const FixedText& fixed = fixed_text_of(span_);
  const std::uint32_t begin = output.at();
  output.put(descriptor_of(kSpanKind, ValueType::kString), Output::ref_to(begin, fixed.kind_bytes));
  if (is_end_) {
    output.put(
        descriptor_of(kSpanStatus, ValueType::kString),
        Output::ref_to(begin + fixed.kind_bytes, std::size_t{fixed.bytes} - fixed.kind_bytes));
    output.put(descriptor_of(kDurationMs, ValueType::kDouble),
               std::bit_cast<std::uint64_t>(duration_ms()));
  }
  output.put_text(fixed_text_);
  const std::string_view name = attributes.name();
  const AttributeDescriptor name_descriptor = descriptor_of(kSpanName, ValueType::kString);
  if (attributes.is_in_order()) [[likely]] {
    // Name and texts lie as they are to lie here.
    const std::uint32_t moved_by = output.at();
    output.put(name_descriptor, Output::ref_to(moved_by, name.size()));
    for (const SpanAttributes::Item& item : attributes.items()) {
      output.put(item.descriptor, item.slot + (item.has_text() ? moved_by : 0));
    }
    output.put_text({attributes.bytes(), name.size() + attributes.text_bytes()});
    return;
  }
  output.put(name_descriptor, name);
  for (const SpanAttributes::Item& item : attributes.items()) {
    item.has_text() ? output.put(item.descriptor, attributes.text_of(item))
                    : output.put(item.descriptor, item.slot);
  }
}

void SpanRecord::fill(TraceEvent& event) const {
  const SpanAttributes& attributes = span_.attributes;
  event.event_type = type_.name();
  event.agent_name = text_of(agent_);
  event.pattern_type = text_of(pattern_);
  event.ids = span_.context.ids();
  event.payload.add(kSpanKind.name(), to_string(span_.kind));
  if (is_end_) {
    event.payload.add(kSpanStatus.name(), to_string(span_.status));
    event.payload.add(kDurationMs.name(), duration_ms());
  }
  event.payload.add(kSpanName.name(), attributes.name());
  for (const SpanAttributes::Item& item : attributes.items()) {
    event.payload.add(attributes.key_of(item), attributes.value_of(item));
  }
  if (is_end_) fill_losses(event);
}

void SpanRecord::fill_losses(TraceEvent& event) const {
  const auto add_count = [&](AttributeKey key, std::uint64_t count) {
    if (count != 0) event.payload.add(key.name(), count);
  };
  add_count(kSpanDroppedAttributes, span_.attributes.dropped());
  add_count(kSpanTruncatedBytes, span_.attributes.truncated_bytes());
  const SpanNotes* const notes = span_.notes;
  if (notes == nullptr) return;
  if (!notes->status_message().empty()) {
    event.payload.add(kSpanStatusMessage.name(), notes->status_message());
  }
  if (notes->has_events()) event.payload.add(kSpanEvents.name(), notes->events());
  if (notes->has_links()) event.payload.add(kSpanLinks.name(), notes->links());
  add_count(kSpanDroppedEvents, notes->dropped_events);
  add_count(kSpanDroppedLinks, notes->dropped_links);
}

}  // namespace v1
}  // namespace tracebus
