// SPDX-License-Identifier: Apache-2.0
//
// EndedSpan: what the end of a span says of itself, beside its attributes, for encoders.
//
// Thread safety: one thread at a time; it borrows from the record.
#ifndef TRACEBUS_EXPORTERS_ENDED_SPAN_H_
#define TRACEBUS_EXPORTERS_ENDED_SPAN_H_

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <optional>
#include <string_view>

#include "tracebus/core/event_view.h"
#include "tracebus/core/hash.h"
#include "tracebus/core/record_layout.h"
#include "tracebus/core/span_kind.h"

namespace tracebus {
inline namespace v1 {

inline std::string_view text_of_field(const ValueView& value) noexcept {
  return value.type() == ValueType::kString ? value.as_string() : std::string_view();
}
inline std::uint64_t count_of_field(const ValueView& value) noexcept {
  if (value.type() != ValueType::kInt64) return 0;
  return static_cast<std::uint64_t>(std::max<std::int64_t>(value.as_int64(), 0));
}

// What a span of ours says first, and nothing else does (trace/span_record.cc).
inline constexpr AttributeDescriptor kFirstSpanFields[] = {
    {kSpanKind.number(), static_cast<std::uint8_t>(ValueType::kString), 0, 0},
    {kSpanStatus.number(), static_cast<std::uint8_t>(ValueType::kString), 0, 0},
    {kDurationMs.number(), static_cast<std::uint8_t>(ValueType::kDouble), 0, 0},
    {kSpanName.number(), static_cast<std::uint8_t>(ValueType::kString), 0, 0}};

inline constexpr auto kSpanKindsByFirst = [] {
  std::array<SpanKind, 32> kinds{};
  for (std::size_t i = 0; i < kSpanKinds; ++i) {
    kinds[static_cast<std::size_t>(kSpanKindTable[i].name[0] & 31)] = static_cast<SpanKind>(i);
  }
  return kinds;
}();

// As span_kind_called, mostly with one comparison: few kinds begin alike.
inline std::optional<SpanKind> quick_kind_called(std::string_view name) noexcept {
  if (name.empty()) return std::nullopt;
  const SpanKind likely = kSpanKindsByFirst[static_cast<std::size_t>(name[0] & 31)];
  if (same_text(name, to_string(likely))) [[likely]]
    return likely;
  return span_kind_called(name);
}

// A span says what calls another process is its client.
constexpr bool is_client_kind(SpanKind kind) noexcept {
  return kind == SpanKind::kLlm || kind == SpanKind::kEmbedding || kind == SpanKind::kRetriever;
}

struct SpanLinkField {
  TraceId trace_id;
  SpanId span_id;
  ValueView attributes;
};
// One of EndedSpan::links; nothing for what is no link.
inline std::optional<SpanLinkField> link_of_field(const ValueView& note) noexcept {
  if (note.type() != ValueType::kObject) return std::nullopt;
  std::optional<TraceId> trace_id;
  std::optional<SpanId> span_id;
  ValueView attributes;
  for (const AttributeView& member : note.as_object()) {
    if (member.key == "trace_id") trace_id = TraceId::from_hex(text_of_field(member.value));
    if (member.key == "span_id") span_id = SpanId::from_hex(text_of_field(member.value));
    if (member.key == "attributes") attributes = member.value;
  }
  if (!trace_id || !span_id || trace_id->is_none() || span_id->is_none()) return std::nullopt;
  return SpanLinkField{*trace_id, *span_id, attributes};
}

// Times of a span, in nanoseconds since 1970; before that there are none.
inline std::uint64_t span_end_ns(const EventView& event) noexcept {
  if (event.context().clock == nullptr && !event.has_given_time()) return event.emitted_ticks();
  return static_cast<std::uint64_t>(std::max<std::int64_t>(event.timestamp().to_unix_ns(), 0));
}
inline std::uint64_t span_start_ns(std::uint64_t end_ns, double duration_ms) noexcept {
  const double duration_ns = duration_ms * 1e6;
  if (!(duration_ns > 0)) return end_ns;
  if (duration_ns >= static_cast<double>(end_ns)) return 0;
  return end_ns - static_cast<std::uint64_t>(std::llround(duration_ns));
}

struct EndedSpan {
  bool has_status = false;
  bool has_duration = false;
  bool has_foreign_ids = false;
  std::optional<SpanKind> known_kind;
  SpanStatus status = SpanStatus::kUnset;
  double duration_ms = 0;
  std::string_view name;
  std::string_view status_message;
  ValueView events;
  ValueView links;
  std::uint64_t dropped_attributes = 0;
  std::uint64_t dropped_events = 0;
  std::uint64_t dropped_links = 0;

  std::uint32_t first = 0;  // of the attributes that were not looked at yet

  // Of a span of ours the first fields alone: the others are met when its attributes are written.
  static EndedSpan of(const RecordLayout& record) noexcept {
    EndedSpan fields;
    if (record.descriptors != nullptr && record.header.attributes >= std::size(kFirstSpanFields) &&
        std::memcmp(record.descriptors, kFirstSpanFields, sizeof kFirstSpanFields) == 0) {
      fields.take_first(record);
    } else {
      record.each_attribute(
          [&](const RecordAttribute& attribute) { fields.take(record, attribute); });
    }
    return fields;
  }

  // Whether that is the end of a span: it says its kind, its status and its duration, and its trace
  // and span have ids. Receivers refuse whole requests for one without.
  bool is_span(const RecordLayout& record) const noexcept {
    return record.ids != nullptr && !record.ids->trace_id.is_none() &&
           !record.ids->span_id.is_none() && known_kind && has_status && has_duration;
  }

  // kFirstSpanFields, which the record begins with.
  void take_first(const RecordLayout& record) noexcept {
    const auto text = [&](std::size_t i) noexcept {
      return record.text_of({{}, {}, ValueType::kString, record.slots + 8 * i});
    };
    known_kind = quick_kind_called(text(0));
    take_status(text(1));
    has_duration = true;
    std::memcpy(&duration_ms, record.slots + 8 * 2, sizeof duration_ms);
    name = text(3);
    first = static_cast<std::uint32_t>(std::size(kFirstSpanFields));
  }
  void take(const RecordLayout& record, const RecordAttribute& attribute) noexcept {
    has_foreign_ids |= attribute.key.is_reserved();
    if (!is_span_field(attribute.key)) return;
    const ValueView value = record.value_of(attribute);
    switch (attribute.key.number()) {
      case kSpanName.number():
        name = text_of_field(value);
        break;
      case kSpanKind.number():
        known_kind = quick_kind_called(text_of_field(value));
        break;
      case kSpanStatus.number():
        take_status(text_of_field(value));
        break;
      case kSpanStatusMessage.number():
        status_message = text_of_field(value);
        break;
      case kDurationMs.number():
        has_duration = value.is_number();
        duration_ms = value.to_double();
        break;
      case kSpanEvents.number():
        events = value;
        break;
      case kSpanLinks.number():
        links = value;
        break;
      case kSpanDroppedAttributes.number():
        dropped_attributes = count_of_field(value);
        break;
      case kSpanDroppedEvents.number():
        dropped_events = count_of_field(value);
        break;
      case kSpanDroppedLinks.number():
        dropped_links = count_of_field(value);
        break;
      default:
        break;
    }
  }
  void take_status(std::string_view text) noexcept {
    has_status = true;
    if (text == to_string(SpanStatus::kOk)) {
      status = SpanStatus::kOk;
    } else if (text == to_string(SpanStatus::kFailed)) {
      status = SpanStatus::kFailed;
    }
  }
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_ENDED_SPAN_H_
