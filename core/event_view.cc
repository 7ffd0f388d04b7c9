// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/event_view.h"

#include "tracebus/core/clock.h"
#include "tracebus/core/content.h"
#include "tracebus/core/name.h"

namespace tracebus {
inline namespace v1 {

Timestamp EventView::timestamp() const noexcept {
  if (has_given_time()) {
    const auto& given = field<WallTimeField>(sizeof(RecordHeader));
    return {given.seconds, given.nanoseconds};
  }
  const std::uint64_t ticks = header().ticks;
  return Timestamp::from_unix_ns(context_->clock == nullptr ? static_cast<std::int64_t>(ticks)
                                                            : context_->clock->to_unix_ns(ticks));
}

std::string_view EventView::event_type() const noexcept {
  if (header().type != 0) return type().name();
  const TextRef ref = field<TextRef>(type_offset());
  return {record_ + ref.offset, ref.length};
}

std::string_view EventView::agent_name() const noexcept {
  if (header().flags & kAgentIsHandle) return NameHandle(header().agent).text();
  return {agent_text(), header().agent};
}

std::string_view EventView::pattern_type() const noexcept {
  if (header().flags & kPatternIsHandle) return NameHandle(header().pattern).text();
  return {agent_text() + agent_bytes(), header().pattern};
}

AttributeRange EventView::payload() const noexcept { return AttributeRange(*this, false); }

std::optional<ValueView> EventView::find(std::string_view key) const noexcept {
  std::optional<ValueView> found;
  for (const AttributeView& attribute : payload()) {
    if (attribute.key == key) found = attribute.value;
  }
  return found;
}

EventIds EventView::ids() const noexcept {
  return header().flags & kHasIds ? field<EventIds>(ids_offset()) : EventIds{};
}

ForeignIds EventView::foreign_ids() const noexcept {
  ForeignIds texts;
  // Only a self-described record can carry them, and only beside ids.
  if (header().schema != 0 || !(header().flags & kHasIds)) return texts;
  const AttributeRange all(*this, true);
  for (auto at = all.begin(); at != all.end() && at.key().is_reserved(); ++at) {
    const std::string_view text = at->value.as_string();
    if (at.key() == kRunIdText) texts.run_id = text;
    if (at.key() == kTraceIdText) texts.trace_id = text;
    if (at.key() == kSpanIdText) texts.span_id = text;
    if (at.key() == kParentSpanIdText) texts.parent_span_id = text;
  }
  return texts;
}

Origin EventView::origin() const noexcept {
  if (header().flags & kHasOrigin) {
    const auto& origin = field<OriginField>(origin_offset());
    return {origin.instance, origin.sequence, origin.producer};
  }
  return {context_->instance, header().sequence, header().producer};
}

TraceEvent EventView::to_event() const {
  TraceEvent event;
  event.timestamp = timestamp();
  event.event_type = event_type();
  event.agent_name = agent_name();
  event.pattern_type = pattern_type();
  for (const AttributeView& attribute : payload())
    event.payload.add(attribute.key, attribute.value.to_value());
  event.ids = ids();
  event.foreign_ids = foreign_ids();
  event.origin = origin();
  return event;
}

AttributeRange::AttributeRange(const EventView& event, bool with_reserved) noexcept
    : record_(event.record_), descriptors_(nullptr), fields_(nullptr),
      slots_(event.record_ + event.slots_offset()),
      inline_keys_(event.agent_text() + event.agent_bytes() + event.pattern_bytes()),
      count_(event.header().attributes), with_content_(event.context_->content),
      hides_by_text_(!with_content_ && (event.header().flags & kHasContent) != 0),
      with_reserved_(with_reserved) {
  if (event.header().schema == 0) {
    descriptors_ = &event.field<AttributeDescriptor>(event.descriptors_offset());
  } else {
    fields_ = schema_fields(event.header().schema).data();
  }
}

void AttributeRange::iterator::settle() noexcept {
  while (index_ < range_->count_ && !read()) ++index_;
}

bool AttributeRange::iterator::read() noexcept {
  ValueType type;
  if (range_->fields_ != nullptr) {
    key_ = range_->fields_[index_].key;
    type = range_->fields_[index_].type;
    item_.key = key_.name();
  } else {
    const AttributeDescriptor& descriptor = range_->descriptors_[index_];
    key_ = AttributeKey(descriptor.key);
    type = static_cast<ValueType>(descriptor.type);
    item_.key = key_.name();
    if (!key_.is_registered()) {
      item_.key = {inline_key_, descriptor.key_length};
      inline_key_ += descriptor.key_length;
    }
  }
  if (key_.is_reserved() && !range_->with_reserved_) return false;
  if (!range_->with_content_ && key_.is_content()) return false;
  const char* slot = range_->slots_ + 8 * index_;
  std::uint64_t word;
  std::memcpy(&word, slot, sizeof word);
  switch (type) {
    case ValueType::kNull:
      item_.value = {};
      break;
    case ValueType::kBool:
      item_.value = ValueView::of_bool(word != 0);
      break;
    case ValueType::kInt64:
      item_.value = ValueView::of_int64(static_cast<std::int64_t>(word));
      break;
    case ValueType::kDouble:
      item_.value = ValueView::of_double_bits(word);
      break;
    default: {
      TextRef ref;
      std::memcpy(&ref, slot, sizeof ref);
      item_.value = ValueView::of_text(type, {range_->record_ + ref.offset, ref.length});
    }
  }
  return !range_->hides_by_text_ || !is_content(key_, item_.key, item_.value);
}

}  // namespace v1
}  // namespace tracebus
