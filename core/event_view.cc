// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/event_view.h"

#include "tracebus/core/clock.h"
#include "tracebus/core/content.h"

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

std::optional<ValueView> EventView::find(std::string_view key) const noexcept {
  std::optional<ValueView> found;
  for (const AttributeView& attribute : payload()) {
    if (attribute.key == key) found = attribute.value;
  }
  return found;
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

// Whether what is not of the content class is content all the same.
bool AttributeRange::hides(AttributeKey key, std::string_view name,
                           const ValueView& value) noexcept {
  return is_content(key, name, value);
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
  if (!range_->shows(key_)) return false;
  item_.value = value_at(range_->record_, range_->slots_ + 8 * index_, type);
  return !range_->hides_by_text_ || !hides(key_, item_.key, item_.value);
}

}  // namespace v1
}  // namespace tracebus
