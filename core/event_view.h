// SPDX-License-Identifier: Apache-2.0
//
// EventView: an event as a reader sees it, straight from the bytes of its record.
//
// Lifetime. A view borrows. In a callback it is valid until the callback returns, in export_batch
// until export_batch returns. To keep an event, keep a copy (OwnedEvent).
// Thread safety: const, so any number of threads may read one view.
#ifndef TRACEBUS_CORE_EVENT_VIEW_H_
#define TRACEBUS_CORE_EVENT_VIEW_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "tracebus/core/attribute_key.h"
#include "tracebus/core/event.h"
#include "tracebus/core/event_type.h"
#include "tracebus/core/name.h"
#include "tracebus/core/record_format.h"
#include "tracebus/core/schema.h"
#include "tracebus/core/value_view.h"

namespace tracebus {
inline namespace v1 {

class ClockMap;

// What the records of one source have in common.
struct ViewContext {
  std::uint64_t instance = 0;       // of the bus that wrote the records
  const ClockMap* clock = nullptr;  // null: ticks are already nanoseconds since 1970
  bool content = false;             // the reader was granted content
};

class AttributeRange;

class EventView {
 public:
  // REQUIRES: record is a well-formed event record; both outlive the view.
  EventView(const char* record, const ViewContext& context) noexcept
      : record_(record), context_(&context) {}

  // --- The seed's five fields ---
  Timestamp timestamp() const noexcept;
  std::string_view event_type() const noexcept;
  std::string_view agent_name() const noexcept;
  std::string_view pattern_type() const noexcept;
  // The attributes in the order they were given, without those that the reader was not granted.
  AttributeRange payload() const noexcept;

  // The last attribute called key, or nothing.
  std::optional<ValueView> find(std::string_view key) const noexcept;

  // --- Identity ---
  EventIds ids() const noexcept;  // all none if the event has none
  RunId run_id() const noexcept { return ids().run_id; }
  TraceId trace_id() const noexcept { return ids().trace_id; }
  SpanId span_id() const noexcept { return ids().span_id; }
  SpanId parent_span_id() const noexcept { return ids().parent_span_id; }
  // The texts behind ids that were not ours; empty where the id is ours or none.
  ForeignIds foreign_ids() const noexcept;
  // Of the bus that first emitted it.
  Origin origin() const noexcept;

  // --- What the bus adds ---
  EventType type() const noexcept { return EventType(header().type); }  // not registered: inline
  std::uint64_t sequence() const noexcept { return header().sequence; }
  std::uint32_t producer() const noexcept { return header().producer; }
  // The stamp of emit: ticks of Clock, or nanoseconds since 1970 where context().clock is null.
  std::uint64_t emitted_ticks() const noexcept { return header().ticks; }
  bool has_given_time() const noexcept { return (header().flags & kHasWallTime) != 0; }
  std::size_t size_bytes() const noexcept { return header().size; }
  const char* record() const noexcept { return record_; }
  const ViewContext& context() const noexcept { return *context_; }

  // Everything that emit takes, to emit it again: with origin, ids and the time as it is. Borrows
  // from the record as the view does.
  TraceEvent to_event() const;

 private:
  friend class AttributeRange;

  const RecordHeader& header() const noexcept {
    return *reinterpret_cast<const RecordHeader*>(record_);
  }
  template <class Field>
  const Field& field(std::size_t offset) const noexcept {
    return *reinterpret_cast<const Field*>(record_ + offset);
  }
  std::size_t ids_offset() const noexcept {
    return sizeof(RecordHeader) + (header().flags & kHasWallTime ? sizeof(WallTimeField) : 0);
  }
  std::size_t origin_offset() const noexcept {
    return ids_offset() + (header().flags & kHasIds ? sizeof(EventIds) : 0);
  }
  std::size_t type_offset() const noexcept {
    return origin_offset() + (header().flags & kHasOrigin ? sizeof(OriginField) : 0);
  }
  std::size_t descriptors_offset() const noexcept {
    return type_offset() + (header().type == 0 ? sizeof(TextRef) : 0);
  }
  std::size_t slots_offset() const noexcept {
    return descriptors_offset() + (header().schema == 0 ? 8u * header().attributes : 0u);
  }
  std::uint32_t agent_bytes() const noexcept {
    return header().flags & kAgentIsHandle ? 0 : header().agent;
  }
  std::uint32_t pattern_bytes() const noexcept {
    return header().flags & kPatternIsHandle ? 0 : header().pattern;
  }
  const char* agent_text() const noexcept {
    const std::size_t type_bytes = header().type == 0 ? field<TextRef>(type_offset()).length : 0;
    return record_ + slots_offset() + 8u * header().attributes + type_bytes;
  }

  const char* record_;
  const ViewContext* context_;
};

// Forward range of AttributeView. Skips reserved keys and, unless granted, content.
class AttributeRange {
 public:
  class iterator {
   public:
    const AttributeView& operator*() const noexcept { return item_; }
    const AttributeView* operator->() const noexcept { return &item_; }
    iterator& operator++() noexcept {
      ++index_;
      settle();
      return *this;
    }
    bool operator==(const iterator& other) const noexcept { return index_ == other.index_; }
    AttributeKey key() const noexcept { return key_; }  // not registered: the key is inline

   private:
    friend class AttributeRange;
    iterator(const AttributeRange& range, std::uint32_t index) noexcept
        : range_(&range), index_(index) {
      inline_key_ = range.inline_keys_;
      settle();
    }
    void settle() noexcept;  // moves on to the next visible attribute, and reads it
    bool read() noexcept;    // false: not visible

    const AttributeRange* range_;
    std::uint32_t index_;
    const char* inline_key_;
    AttributeKey key_;
    AttributeView item_;
  };

  AttributeRange(const EventView& event, bool with_reserved) noexcept;
  iterator begin() const noexcept { return iterator(*this, 0); }
  iterator end() const noexcept { return iterator(*this, count_); }
  bool empty() const noexcept { return begin() == end(); }

  // Calls visit(AttributeKey, ValueView) with what an iteration would show of the keys for which
  // wants(AttributeKey, std::string_view) holds. Looks up no names of registered keys: the text is
  // that of a key that is not registered.
  template <class Wants, class Visit>
  void each_by_key(const Wants& wants, const Visit& visit) const noexcept;

 private:
  static ValueView value_at(const char* record, const char* slot, ValueType type) noexcept;
  static bool hides(AttributeKey key, std::string_view name, const ValueView& value) noexcept;
  bool shows(AttributeKey key) const noexcept {
    return (with_reserved_ || !key.is_reserved()) && (with_content_ || !key.is_content());
  }

  const char* record_;
  const AttributeDescriptor* descriptors_;  // null: by schema
  const SchemaField* fields_;               // null: by descriptors
  const char* slots_;
  const char* inline_keys_;
  std::uint32_t count_;
  bool with_content_;
  bool hides_by_text_;  // there may be content that no key's class tells of
  bool with_reserved_;
};

inline std::string_view EventView::agent_name() const noexcept {
  if (header().flags & kAgentIsHandle) return NameHandle(header().agent).text();
  return {agent_text(), header().agent};
}

inline std::string_view EventView::pattern_type() const noexcept {
  if (header().flags & kPatternIsHandle) return NameHandle(header().pattern).text();
  return {agent_text() + agent_bytes(), header().pattern};
}

inline EventIds EventView::ids() const noexcept {
  return header().flags & kHasIds ? field<EventIds>(ids_offset()) : EventIds{};
}

inline AttributeRange EventView::payload() const noexcept { return AttributeRange(*this, false); }

inline AttributeRange::AttributeRange(const EventView& event, bool with_reserved) noexcept
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

inline ValueView AttributeRange::value_at(const char* record, const char* slot,
                                          ValueType type) noexcept {
  std::uint64_t word;
  std::memcpy(&word, slot, sizeof word);
  switch (type) {
    case ValueType::kNull:
      return {};
    case ValueType::kBool:
      return ValueView::of_bool(word != 0);
    case ValueType::kInt64:
      return ValueView::of_int64(static_cast<std::int64_t>(word));
    case ValueType::kDouble:
      return ValueView::of_double_bits(word);
    default: {
      TextRef ref;
      std::memcpy(&ref, slot, sizeof ref);
      return ValueView::of_text(type, {record + ref.offset, ref.length});
    }
  }
}

template <class Wants, class Visit>
void AttributeRange::each_by_key(const Wants& wants, const Visit& visit) const noexcept {
  const char* inline_key = inline_keys_;
  for (std::uint32_t i = 0; i < count_; ++i) {
    AttributeKey key;
    ValueType type;
    std::string_view text;
    if (fields_ != nullptr) {
      key = fields_[i].key;
      type = fields_[i].type;
    } else {
      key = AttributeKey(descriptors_[i].key);
      type = static_cast<ValueType>(descriptors_[i].type);
      if (!key.is_registered()) {
        text = {inline_key, descriptors_[i].key_length};
        inline_key += descriptors_[i].key_length;
      }
    }
    if (!wants(key, text) || !shows(key)) continue;
    const ValueView value = value_at(record_, slots_ + 8 * i, type);
    if (hides_by_text_ && hides(key, text.empty() ? key.name() : text, value)) [[unlikely]]
      continue;
    visit(key, value);
  }
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_EVENT_VIEW_H_
