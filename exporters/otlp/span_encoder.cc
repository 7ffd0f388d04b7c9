// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp/span_encoder.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "tracebus/core/limits.h"
#include "tracebus/core/name.h"
#include "tracebus/core/record_layout.h"
#include "tracebus/core/span_kind.h"
#include "tracebus/exporters/ended_span.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::uint32_t kSpanTag = bytes_tag(2);  // of ScopeSpans
// Of Span.
constexpr std::uint32_t kTraceIdTag = bytes_tag(1);
constexpr std::uint32_t kSpanIdTag = bytes_tag(2);
constexpr std::uint32_t kParentSpanIdTag = bytes_tag(4);
constexpr std::uint32_t kNameTag = bytes_tag(5);
constexpr std::uint32_t kKindTag = varint_tag(6);
constexpr std::uint32_t kStartTag = fixed64_tag(7);
constexpr std::uint32_t kEndTag = fixed64_tag(8);
constexpr std::uint32_t kAttributeTag = bytes_tag(9);
constexpr std::uint32_t kDroppedAttributesTag = varint_tag(10);
constexpr std::uint32_t kEventTag = bytes_tag(11);
constexpr std::uint32_t kDroppedEventsTag = varint_tag(12);
constexpr std::uint32_t kLinkTag = bytes_tag(13);
constexpr std::uint32_t kDroppedLinksTag = varint_tag(14);
constexpr std::uint32_t kStatusTag = bytes_tag(15);
// Of Status, of Span.Event and of Span.Link.
constexpr std::uint32_t kMessageTag = bytes_tag(2);
constexpr std::uint32_t kCodeTag = varint_tag(3);
constexpr std::uint32_t kTimeTag = fixed64_tag(1);
constexpr std::uint32_t kEventNameTag = bytes_tag(2);
constexpr std::uint32_t kEventAttributeTag = bytes_tag(3);
constexpr std::uint32_t kLinkAttributeTag = bytes_tag(4);

enum OtlpKind : std::uint32_t { kInternal = 1, kClient = 3 };
enum OtlpStatus : std::uint32_t { kStatusOk = 1, kStatusError = 2 };

template <class Id>
char* write_id(char* out, std::uint32_t tag, const Id& id) noexcept {
  out[0] = static_cast<char>(tag);
  out[1] = static_cast<char>(sizeof id.bytes);
  std::memcpy(out + 2, id.bytes.data(), sizeof id.bytes);
  return out + 2 + sizeof id.bytes;
}

// Zero is left out.
char* write_count(char* out, std::uint32_t tag, std::uint64_t count) noexcept {
  return count == 0 ? out : write_varint_field(out, tag, std::min<std::uint64_t>(count, ~0u));
}

std::string_view name_of(std::uint32_t handle, bool is_handle, std::string_view text) noexcept {
  return is_handle ? NameHandle(handle).text() : text;
}
std::string_view agent_of(const RecordLayout& record) noexcept {
  return name_of(record.header.agent, (record.header.flags & kAgentIsHandle) != 0, record.agent);
}
std::string_view pattern_of(const RecordLayout& record) noexcept {
  return name_of(record.header.pattern, (record.header.flags & kPatternIsHandle) != 0,
                 record.pattern);
}

}  // namespace

SpanEncoder::SpanEncoder(Profile profile)
    : profile_(profile), names_(profile), agent_(names_.named(names_.told("agent_name"))),
      pattern_(names_.named(names_.told("pattern_type"))), run_(names_.named("tracebus.run_id")) {
  if (profile == Profile::kPlyra) {
    add_kind_attribute("openinference.span.kind",
                       [](SpanKind kind) { return kind_names(kind).openinference; });
    add_kind_attribute("plyra.span.kind", [](SpanKind kind) { return to_string(kind); });
  } else if (const std::string_view operation = attribute_name(profile, "operation");
             !operation.empty()) {
    add_kind_attribute(operation, [](SpanKind kind) { return kind_names(kind).operation; });
  }
}

template <class TextOf>
void SpanEncoder::add_kind_attribute(std::string_view name, TextOf text_of) {
  KindAttribute& attribute = kinds_.emplace_back();
  attribute.name = &names_.named(name);
  for (std::size_t i = 0; i < kSpanKinds; ++i) {
    const std::string_view text = text_of(static_cast<SpanKind>(i));
    if (text.empty()) continue;
    std::string& written = attribute.written[i];
    written.resize(AnyValueWriter::bytes_max(name.size() + text.size()));
    const char* const end =
        values_.write_attribute_of(written.data(), kAttributeTag, attribute.name->field,
                                   ValueView::of_text(ValueType::kString, text));
    written.resize(static_cast<std::size_t>(end - written.data()));
  }
}

bool SpanEncoder::is_span(const EventView& event) noexcept {
  const RecordLayout record(event.record());
  return EndedSpan::of(record).is_span(record);
}

std::size_t SpanEncoder::bytes_max(const EventView& event) noexcept {
  const auto& header = *reinterpret_cast<const RecordHeader*>(event.record());
  const std::size_t names = header.attributes + std::size_t{12};
  return 512 + kSmallAttributeSlack + AnyValueWriter::bytes_max(event.size_bytes()) +
         names * (3 * kNameBytesMax + 16);
}

char* SpanEncoder::write(char* out, const EventView& event) {
  const RecordLayout record(event.record());
  Fields fields = Fields::of(record);
  if (!fields.is_span(record)) return nullptr;
  char* const length = write_varint(out, kSpanTag);
  char* at = length + kUsualLengthBytes;
  at = write_id(at, kTraceIdTag, record.ids->trace_id);
  at = write_id(at, kSpanIdTag, record.ids->span_id);
  if (!record.ids->parent_span_id.is_none()) {
    at = write_id(at, kParentSpanIdTag, record.ids->parent_span_id);
  }
  at = write_name(at, fields);
  at = write_varint_field(at, kKindTag, is_client_kind(*fields.known_kind) ? kClient : kInternal);
  const std::uint64_t end_ns = span_end_ns(event);
  const std::uint64_t start_ns = span_start_ns(end_ns, fields.duration_ms);
  at = write_fixed64_field(at, kStartTag, start_ns);
  at = write_fixed64_field(at, kEndTag, end_ns);
  at = write_attributes(at, record, event.context().content, fields);
  at = write_extras(at, event, fields);
  at = write_count(at, kDroppedAttributesTag, fields.dropped_attributes);
  at = write_notes(at, fields, start_ns);
  if (fields.status != SpanStatus::kUnset) {
    const bool failed = fields.status == SpanStatus::kFailed;
    char* const status = write_varint(at, kStatusTag);
    at = status + kUsualLengthBytes;
    if (failed && !fields.status_message.empty()) {
      at = write_utf8_field(at, kMessageTag, fields.status_message);
    }
    at = write_varint_field(at, kCodeTag, failed ? kStatusError : kStatusOk);
    at = delimit_message(status, at);
  }
  return delimit_message(length, at);
}

char* SpanEncoder::write_name(char* out, const Fields& fields) {
  const SpanNaming& naming = span_naming(profile_, *fields.known_kind);
  const std::string_view name = naming.with_name ? fields.name : std::string_view();
  const std::size_t size = naming.prefix.size() + name.size();
  if (size == 0) return out;
  if (size < 0x80) [[likely]] {
    char* const text = write_bytes_head(out, kNameTag, size);
    if (copy_ascii(copy_text(text, naming.prefix.data(), naming.prefix.size()), name)) [[likely]]
      return text + size;
  }
  const std::size_t bytes = naming.prefix.size() + utf8_bytes(name);
  out = write_bytes_head(out, kNameTag, bytes);
  out = copy_text(out, naming.prefix.data(), naming.prefix.size());
  return write_utf8(out, name);
}

char* SpanEncoder::write_attributes(char* out, const RecordLayout& record, bool with_content,
                                    Fields& fields) {
  if (const SpanPlan* const plan = plan_of(record, with_content, fields)) [[likely]]
    return write_planned(out, record, *plan, fields);
  char* at = out;
  const bool is_unique = names_.each_told(
      record, with_content, fields,
      [&](const RecordAttribute& attribute, std::string_view told, AttributeNames::Name* name) {
        at = name != nullptr
                 ? write_known(at, record, attribute, *name)
                 : values_.write_attribute(at, kAttributeTag, told, record.value_of(attribute));
      });
  if (is_unique) [[likely]]
    return at;
  for (const ToldAttribute& each :
       names_.told_once(record, with_content, fields.dropped_attributes)) {
    out = values_.write_attribute(out, kAttributeTag, each.told, record.value_of(each.attribute));
  }
  return out;
}

// Null for spans whose keys alone do not tell what is to be done: with keys of their own, or names
// that clash, or content to be hidden by its text; and for those of others.
inline const SpanPlan* SpanEncoder::plan_of(const RecordLayout& record, bool with_content,
                                            const Fields& fields) {
  if (fields.first == 0 || names_.tells_first_fields() ||
      AttributeNames::hides_by_text(record, with_content)) {
    return nullptr;
  }
  const SpanPlan* const plan =
      plans_.find(record.descriptors, record.header.attributes, with_content);
  return plan != nullptr ? plan : make_plan(record, with_content, fields);
}

const SpanPlan* SpanEncoder::make_plan(const RecordLayout& record, bool with_content,
                                       const Fields& fields) {
  const AttributeDescriptor* const end = record.descriptors + record.header.attributes;
  for (const AttributeDescriptor* each = record.descriptors + fields.first; each != end; ++each) {
    const AttributeKey key(each->key);
    if (!key.is_registered() || key.is_reserved()) return nullptr;
  }
  names_.begin_span();
  SpanPlan& plan = plans_.begin(record.descriptors, record.header.attributes, with_content);
  for (const AttributeDescriptor* each = record.descriptors + fields.first; each != end; ++each) {
    const AttributeNames::Key& key = names_.of(AttributeKey(each->key));
    AttributeNames::Name* const name = key.is_told(with_content) ? key.name : nullptr;
    plan.steps.push_back({name, static_cast<ValueType>(each->type)});
    if (name == nullptr) continue;
    plan.names.push_back(name);
    if (names_.use(*name)) continue;
    plan.shape.clear();  // a plan for none
    return nullptr;
  }
  return &plan;
}

char* SpanEncoder::write_planned(char* out, const RecordLayout& record, const SpanPlan& plan,
                                 Fields& fields) {
  names_.begin_span();
  for (AttributeNames::Name* const name : plan.names) names_.use(*name);
  RecordAttribute attribute{{}, {}, {}, record.slots + 8u * fields.first};
  const AttributeDescriptor* descriptor = record.descriptors + fields.first;
  for (const SpanPlan::Step& step : plan.steps) {
    attribute.type = step.type;
    if (step.name != nullptr) [[likely]] {
      out = write_known(out, record, attribute, *step.name);
    } else {
      attribute.key = AttributeKey(descriptor->key);
      fields.take(record, attribute);
    }
    attribute.slot += 8;
    ++descriptor;
  }
  return out;
}

inline char* SpanEncoder::write_known(char* out, const RecordLayout& record,
                                      const RecordAttribute& attribute,
                                      AttributeNames::Name& name) {
  const std::string_view text =
      attribute.type == ValueType::kString ? record.text_of(attribute) : std::string_view();
  char* const end =
      write_small_attribute(out, kAttributeTag, name.small, attribute.type, attribute.word(), text);
  if (end != nullptr) [[likely]]
    return end;
  return values_.write_attribute_of(out, kAttributeTag, name.field, record.value_of(attribute));
}

char* SpanEncoder::write_extras(char* out, const EventView& event, const Fields& fields) {
  const RecordLayout record(event.record());
  out = write_extra(out, agent_, agent_of(record));
  out = write_extra(out, pattern_, pattern_of(record));
  for (const KindAttribute& attribute : kinds_) {
    const std::string& written = attribute.written[static_cast<std::size_t>(*fields.known_kind)];
    if (written.empty() || !names_.use(*attribute.name)) continue;
    out = copy_text(out, written.data(), written.size());
  }
  if (fields.has_foreign_ids) [[unlikely]]
    out = write_foreign_ids(out, event);
  return write_run(out, *record.ids);
}

// OTLP has no place for a run of several traces.
char* SpanEncoder::write_run(char* out, const EventIds& ids) {
  if (ids.run_id.is_none() || ids.run_id.bytes == ids.trace_id.bytes) [[likely]]
    return out;
  std::array<char, RunId::kHexDigits> text;
  ids.run_id.to_hex(text.data());
  return write_extra(out, run_, {text.data(), text.size()});
}

// The texts of ids that were not ours.
char* SpanEncoder::write_foreign_ids(char* out, const EventView& event) {
  const ForeignIds texts = event.foreign_ids();
  out = write_extra(out, run_, texts.run_id);
  out = write_extra(out, names_.named("tracebus.trace_id"), texts.trace_id);
  out = write_extra(out, names_.named("tracebus.span_id"), texts.span_id);
  return write_extra(out, names_.named("tracebus.parent_span_id"), texts.parent_span_id);
}

// Unless an attribute has said it, or there is nothing to say.
char* SpanEncoder::write_extra(char* out, AttributeNames::Name& name, std::string_view text) {
  if (text.empty() || !names_.use(name)) return out;
  char* const end =
      write_small_attribute(out, kAttributeTag, name.small, ValueType::kString, 0, text);
  if (end != nullptr) [[likely]]
    return end;
  return values_.write_attribute_of(out, kAttributeTag, name.field,
                                    ValueView::of_text(ValueType::kString, text));
}

char* SpanEncoder::write_notes(char* out, Fields& fields, std::uint64_t start_ns) {
  const auto each_note = [](const ValueView& notes, auto&& visit) {
    if (notes.type() != ValueType::kArray) return;
    for (const ValueView& note : notes.as_array()) visit(note);
  };
  each_note(fields.events, [&](const ValueView& note) {
    char* const end = write_event(out, note, start_ns);
    fields.dropped_events += end == nullptr ? 1 : 0;
    out = end == nullptr ? out : end;
  });
  out = write_count(out, kDroppedEventsTag, fields.dropped_events);
  each_note(fields.links, [&](const ValueView& note) {
    char* const end = write_link(out, note);
    fields.dropped_links += end == nullptr ? 1 : 0;
    out = end == nullptr ? out : end;
  });
  return write_count(out, kDroppedLinksTag, fields.dropped_links);
}

// Null for what is no event of a span.
char* SpanEncoder::write_event(char* out, const ValueView& note, std::uint64_t start_ns) {
  if (note.type() != ValueType::kObject) return nullptr;
  char* const length = write_varint(out, kEventTag);
  char* at = length + kUsualLengthBytes;
  for (const AttributeView& member : note.as_object()) {
    if (member.key == "offset_ns" && member.value.type() == ValueType::kInt64) {
      const auto offset_ns = static_cast<std::uint64_t>(member.value.as_int64());
      at = write_fixed64_field(at, kTimeTag, start_ns + offset_ns);
    } else if (member.key == "name") {
      at = write_utf8_field(at, kEventNameTag, text_of_field(member.value));
    } else if (member.key == "attributes" && member.value.type() == ValueType::kObject) {
      at = write_members(at, kEventAttributeTag, member.value);
    }
  }
  return delimit_message(length, at);
}

char* SpanEncoder::write_link(char* out, const ValueView& note) {
  const std::optional<SpanLinkField> link = link_of_field(note);
  if (!link) return nullptr;
  char* const length = write_varint(out, kLinkTag);
  char* at = write_id(length + kUsualLengthBytes, kTraceIdTag, link->trace_id);
  at = write_id(at, kSpanIdTag, link->span_id);
  if (link->attributes.type() == ValueType::kObject) {
    at = write_members(at, kLinkAttributeTag, link->attributes);
  }
  return delimit_message(length, at);
}

char* SpanEncoder::write_members(char* out, std::uint32_t tag, const ValueView& object) {
  for (const AttributeView& member : object.as_object()) {
    out = values_.write_attribute(out, tag, names_.told(member.key), member.value);
  }
  return out;
}

}  // namespace v1
}  // namespace tracebus
