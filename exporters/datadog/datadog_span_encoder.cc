// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/datadog/datadog_span_encoder.h"

#include <errno.h>  // program_invocation_short_name

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>

#include "tracebus/core/json_writer.h"
#include "tracebus/core/text_cut.h"
#include "tracebus/exporters/ended_span.h"
#include "tracebus/exporters/http/json_members.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kServiceBytesMax = 100;
constexpr std::size_t kResourceBytesMax = 5000;
constexpr std::string_view kCutMark = "...";
// Up to here a double has every integer.
constexpr std::int64_t kExactMax = std::int64_t{1} << 53;

// The name of the operation: the same for all spans of a kind, so that agents count them together.
std::string_view operation_of(SpanKind kind) noexcept {
  switch (kind) {
    case SpanKind::kGuard:
      return "guard";
    case SpanKind::kChain:
      return "chain";
    case SpanKind::kRouter:
      return "router";
    case SpanKind::kMemory:
      return "memory";
    case SpanKind::kDecision:
      return "decision";
    default:
      return kind_names(kind).operation;
  }
}

// What the event of an exception tells.
struct Failure {
  std::string_view message;
  std::string_view type;
  std::string_view stack;

  void take(const AttributeView& attribute) noexcept {
    if (attribute.key == "exception.message") message = text_of_field(attribute.value);
    if (attribute.key == "exception.type") type = text_of_field(attribute.value);
    if (attribute.key == "exception.stacktrace") stack = text_of_field(attribute.value);
  }
};

// What tracers say to agents.
bool is_tracers(std::string_view name) noexcept {
  return name.starts_with("_dd.") || name == "_sampling_priority_v1";
}

template <class Visit>
void each_note(const ValueView& notes, Visit visit) {
  if (notes.type() != ValueType::kArray) return;
  for (const ValueView& note : notes.as_array()) visit(note);
}

std::string_view word_of(double value) noexcept {
  if (std::isnan(value)) return "NaN";
  return value > 0 ? "Infinity" : "-Infinity";
}

}  // namespace

DatadogSpanEncoder::DatadogSpanEncoder(const DatadogOptions& options)
    : profile_(options.profile), value_bytes_max_(options.value_bytes_max),
      sampling_priority_(options.sampling_priority), names_(options.profile),
      agent_(names_.named(names_.told("agent_name"))),
      pattern_(names_.named(names_.told("pattern_type"))), run_(names_.named("tracebus.run_id")) {
  MsgpackWriter service;
  service.literal("service");
  service.string(cut_text(options.service.empty() ? program_invocation_short_name : options.service,
                          kServiceBytesMax));
  service_ = service.view();
  const auto add_kind = [&](std::string_view name, auto text_of) {
    if (!name.empty()) kinds_.push_back({&names_.named(name), text_of});
  };
  add_kind("span.kind", [](SpanKind kind) -> std::string_view {
    return is_client_kind(kind) ? "client" : "internal";
  });
  if (profile_ == Profile::kPlyra) {
    add_kind("openinference.span.kind",
             [](SpanKind kind) { return kind_names(kind).openinference; });
    add_kind("plyra.span.kind", [](SpanKind kind) { return to_string(kind); });
  } else {
    add_kind(attribute_name(profile_, "operation"),
             [](SpanKind kind) { return kind_names(kind).operation; });
  }
  add_tag("env", options.env);
  add_tag("version", options.version);
  for (const DatadogTag& tag : options.tags) {
    if (!is_tracers(tag.key)) add_tag(tag.key, tag.value);
  }
}

void DatadogSpanEncoder::add_tag(std::string_view key, const std::string& value) {
  if (!key.empty() && !value.empty()) tags_.push_back({&names_.named(key), value});
}

void DatadogSpanEncoder::write(const EventView& event, MsgpackWriter& out) {
  const RecordLayout record(event.record());
  EndedSpan fields = EndedSpan::of(record);
  const std::uint64_t end_ns = span_end_ns(event);
  const std::uint64_t start_ns = span_start_ns(end_ns, fields.duration_ms);
  const std::size_t at = out.size();
  out.map(12);
  out.raw(service_);
  out.literal("name");
  out.string(operation_of(*fields.known_kind));
  out.literal("resource");
  out.string(resource_of(fields));
  write_trace_id(record.ids->trace_id, out);
  out.literal("span_id");
  out.id(record.ids->span_id.bytes.data());
  out.literal("parent_id");
  out.id(record.ids->parent_span_id.bytes.data());
  out.literal("start");
  out.unsigned_integer(start_ns);
  out.literal("duration");
  out.unsigned_integer(end_ns - start_ns);
  out.literal("error");
  out.unsigned_integer(fields.status == SpanStatus::kFailed ? 1 : 0);
  write_meta(event, fields, start_ns, out);
  collect_links(fields);
  write_metrics(fields, out);
  out.literal("type");
  out.literal("custom");
  if (links_.empty()) return;
  out.set_small_count(at, 13);
  write_links(out);
}

// The low half.
void DatadogSpanEncoder::write_trace_id(const TraceId& id, MsgpackWriter& out) {
  out.literal("trace_id");
  out.id(&id.bytes[8]);
}

void DatadogSpanEncoder::write_attributes(const EventView& event, EndedSpan& fields,
                                          MsgpackWriter& out) {
  const RecordLayout record(event.record());
  const bool with_content = event.context().content;
  const std::size_t begin = out.size();
  begin_members();
  const bool is_unique = names_.each_told(
      record, with_content, fields,
      [&](const RecordAttribute& attribute, std::string_view told, AttributeNames::Name*) {
        write_attribute(told, record.value_of(attribute), out);
      });
  if (is_unique) [[likely]]
    return;
  out.truncate(begin);
  begin_members();
  for (const ToldAttribute& each : names_.told_once(record, with_content, dropped_attributes_)) {
    write_attribute(each.told, record.value_of(each.attribute), out);
  }
}

void DatadogSpanEncoder::begin_members() {
  meta_count_ = metrics_count_ = 0;
  metrics_.clear();
  dropped_attributes_ = cut_bytes_ = 0;
}

void DatadogSpanEncoder::collect_links(EndedSpan& fields) {
  links_.clear();
  each_note(fields.links, [&](const ValueView& note) {
    if (const std::optional<SpanLinkField> link = link_of_field(note)) {
      links_.push_back(*link);
    } else {
      ++fields.dropped_links;
    }
  });
}

// Valid until the next.
std::string_view DatadogSpanEncoder::resource_of(const EndedSpan& fields) {
  text_.clear();
  append_span_name(text_, profile_, *fields.known_kind, fields.name);
  if (text_.empty()) text_ = operation_of(*fields.known_kind);
  return cut_text(text_, kResourceBytesMax);
}

void DatadogSpanEncoder::write_meta(const EventView& event, EndedSpan& fields,
                                    std::uint64_t start_ns, MsgpackWriter& out) {
  out.literal("meta");
  const std::size_t at = out.begin_map();
  write_attributes(event, fields, out);
  write_extra(agent_, event.agent_name(), out);
  write_extra(pattern_, event.pattern_type(), out);
  for (const KindAttribute& kind : kinds_) {
    write_extra(*kind.name, kind.text_of(*fields.known_kind), out);
  }
  write_ids(event, fields, out);
  if (fields.status == SpanStatus::kFailed) write_failure(fields, out);
  write_events(fields, start_ns, out);
  for (const Tag& tag : tags_) write_extra(*tag.name, tag.value, out);
  out.set_count(at, meta_count_);
}

void DatadogSpanEncoder::write_attribute(std::string_view name, const ValueView& value,
                                         MsgpackWriter& out) {
  if (is_tracers(name)) [[unlikely]] {
    ++dropped_attributes_;
    return;
  }
  switch (value.type()) {
    case ValueType::kNull:
      return;
    case ValueType::kString:
      return write_text(name, value.as_string(), out);
    case ValueType::kBool:
      return write_text(name, value.as_bool() ? "true" : "false", out);
    case ValueType::kDouble:
      if (std::isfinite(value.as_double())) return add_metric(name, value.as_double());
      return write_text(name, word_of(value.as_double()), out);
    case ValueType::kInt64:
      if (value.as_int64() >= -kExactMax && value.as_int64() <= kExactMax) {
        return add_metric(name, static_cast<double>(value.as_int64()));
      }
      return write_text(name, std::to_string(value.as_int64()), out);
    default:
      json_.clear();
      append_json_value(json_, value);
      if (value.type() == ValueType::kBytes) return write_text(name, without_quotes(json_), out);
      return write_json(name, out);
  }
}

// The half of the trace's id that has no place, the run where it is not the trace, and the texts of
// ids that were not ours.
void DatadogSpanEncoder::write_ids(const EventView& event, const EndedSpan& fields,
                                   MsgpackWriter& out) {
  const EventIds ids = event.ids();
  std::array<char, RunId::kHexDigits> hex;
  ids.trace_id.to_hex(hex.data());
  const std::string_view high(hex.data(), hex.size() / 2);
  if (high.find_first_not_of('0') != std::string_view::npos) write_text("_dd.p.tid", high, out);
  if (fields.has_foreign_ids) {
    const ForeignIds texts = event.foreign_ids();
    write_extra(run_, texts.run_id, out);
    write_extra(names_.named("tracebus.trace_id"), texts.trace_id, out);
    write_extra(names_.named("tracebus.span_id"), texts.span_id, out);
    write_extra(names_.named("tracebus.parent_span_id"), texts.parent_span_id, out);
  }
  if (ids.run_id.is_none() || ids.run_id.bytes == ids.trace_id.bytes) return;
  ids.run_id.to_hex(hex.data());
  write_extra(run_, {hex.data(), hex.size()}, out);
}

void DatadogSpanEncoder::write_failure(const EndedSpan& fields, MsgpackWriter& out) {
  Failure failure;
  each_note(fields.events, [&](const ValueView& note) {
    if (note.type() != ValueType::kObject) return;
    for (const AttributeView& member : note.as_object()) {
      if (member.key != "attributes" || member.value.type() != ValueType::kObject) continue;
      for (const AttributeView& each : member.value.as_object()) failure.take(each);
    }
  });
  if (!fields.status_message.empty()) failure.message = fields.status_message;
  write_extra(names_.named("error.message"), failure.message, out);
  write_extra(names_.named("error.msg"), failure.message, out);  // to older agents
  write_extra(names_.named("error.type"), failure.type, out);
  write_extra(names_.named("error.stack"), failure.stack, out);
}

// As JSON: [{"name": ..., "time_unix_nano": ..., "attributes": {...}}, ...].
void DatadogSpanEncoder::write_events(EndedSpan& fields, std::uint64_t start_ns,
                                      MsgpackWriter& out) {
  json_ = "[";
  each_note(fields.events, [&](const ValueView& note) {
    if (note.type() == ValueType::kObject) {
      append_event(note, start_ns);
    } else {
      ++fields.dropped_events;
    }
  });
  if (json_.size() == 1 || !names_.use(names_.named("events"))) return;
  json_.back() = ']';
  write_json("events", out);
}

// With a comma behind it.
void DatadogSpanEncoder::append_event(const ValueView& note, std::uint64_t start_ns) {
  json_ += '{';
  for (const AttributeView& member : note.as_object()) {
    if (member.key == "offset_ns" && member.value.type() == ValueType::kInt64) {
      const auto offset_ns = static_cast<std::uint64_t>(member.value.as_int64());
      json_.append("\"time_unix_nano\":").append(std::to_string(start_ns + offset_ns)).append(",");
    } else if (member.key == "name" || member.key == "attributes") {
      append_json_string(json_, member.key);
      json_ += ':';
      append_json_value(json_, member.value);
      json_ += ',';
    }
  }
  if (json_.back() == ',') json_.pop_back();
  json_ += "},";
}

void DatadogSpanEncoder::write_metrics(const EndedSpan& fields, MsgpackWriter& out) {
  add_metric("_sampling_priority_v1", sampling_priority_);
  add_count("tracebus.dropped_attributes", fields.dropped_attributes + dropped_attributes_);
  add_count("tracebus.dropped_events", fields.dropped_events);
  add_count("tracebus.dropped_links", fields.dropped_links);
  add_count("tracebus.cut_bytes", cut_bytes_);
  out.literal("metrics");
  out.map(metrics_count_);
  out.raw(metrics_.view());
}

void DatadogSpanEncoder::write_links(MsgpackWriter& out) {
  out.literal("span_links");
  const std::size_t at = out.begin_array();
  for (const SpanLinkField& link : links_) write_link(link, out);
  out.set_count(at, static_cast<std::uint32_t>(links_.size()));
}

void DatadogSpanEncoder::write_link(const SpanLinkField& link, MsgpackWriter& out) {
  const bool has_attributes = link.attributes.type() == ValueType::kObject;
  out.map(has_attributes ? 4 : 3);
  write_trace_id(link.trace_id, out);
  out.literal("trace_id_high");
  out.id(link.trace_id.bytes.data());
  out.literal("span_id");
  out.id(link.span_id.bytes.data());
  if (!has_attributes) return;
  out.literal("attributes");
  const std::size_t at = out.begin_map();
  std::uint32_t count = 0;
  for (const AttributeView& member : link.attributes.as_object()) {
    out.string(names_.told(member.key));
    json_.clear();
    append_json_value(json_, member.value);
    const bool is_text = member.value.type() == ValueType::kString;
    out.string(
        cut_text(is_text ? member.value.as_string() : without_quotes(json_), value_bytes_max_));
    ++count;
  }
  out.set_count(at, count);
}

// Unless an attribute has said it, or there is nothing to say.
void DatadogSpanEncoder::write_extra(AttributeNames::Name& name, std::string_view text,
                                     MsgpackWriter& out) {
  if (!text.empty() && names_.use(name)) write_text(name.text(), text, out);
}

void DatadogSpanEncoder::write_text(std::string_view name, std::string_view text,
                                    MsgpackWriter& out) {
  out.string(name);
  ++meta_count_;
  if (text.size() <= value_bytes_max_) [[likely]]
    return out.string(text);
  text_ = cut_text(text, value_bytes_max_ - kCutMark.size());
  cut_bytes_ += text.size() - text_.size();
  out.string(text_ += kCutMark);
}

// Of json_.
void DatadogSpanEncoder::write_json(std::string_view name, MsgpackWriter& out) {
  if (json_.size() > value_bytes_max_) {
    const std::size_t whole = json_.size();
    json_ = cut_json(json_, value_bytes_max_);
    cut_bytes_ += whole - std::min(whole, json_.size());
  }
  out.string(name);
  out.string(json_);
  ++meta_count_;
}

void DatadogSpanEncoder::add_metric(std::string_view name, double value) {
  metrics_.string(name);
  metrics_.float64(value);
  ++metrics_count_;
}

// Zero is left out.
void DatadogSpanEncoder::add_count(std::string_view name, std::uint64_t count) {
  if (count != 0 && names_.use(names_.named(name))) add_metric(name, static_cast<double>(count));
}

}  // namespace v1
}  // namespace tracebus
