// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp/log_encoder.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "tracebus/core/clock.h"
#include "tracebus/core/limits.h"
#include "tracebus/core/record_layout.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::uint32_t kLogRecordTag = bytes_tag(2);  // of ScopeLogs
// Of LogRecord.
constexpr std::uint32_t kTimeTag = fixed64_tag(1);
constexpr std::uint32_t kSeverityTag = varint_tag(2);
constexpr std::uint32_t kSeverityTextTag = bytes_tag(3);
constexpr std::uint32_t kBodyTag = bytes_tag(5);
constexpr std::uint32_t kAttributeTag = bytes_tag(6);
constexpr std::uint32_t kDroppedAttributesTag = varint_tag(7);
constexpr std::uint32_t kTraceIdTag = bytes_tag(9);
constexpr std::uint32_t kSpanIdTag = bytes_tag(10);
constexpr std::uint32_t kObservedTimeTag = fixed64_tag(11);
constexpr std::uint32_t kEventNameTag = bytes_tag(12);

enum Severity : std::uint32_t {
  kTrace = 1,
  kDebug = 5,
  kInfo = 9,
  kWarn = 13,
  kFailure = 17,
  kFatal = 21
};

struct SeverityName {
  std::string_view said;  // in lower case
  Severity severity;
};
constexpr SeverityName kSeverities[] = {
    {"trace", kTrace},  {"debug", kDebug},   {"info", kInfo},      {"warn", kWarn},
    {"warning", kWarn}, {"error", kFailure}, {"critical", kFatal}, {"fatal", kFatal}};

std::string_view severity_text(Severity severity) noexcept {
  switch (severity) {
    case kTrace:
      return "TRACE";
    case kDebug:
      return "DEBUG";
    case kWarn:
      return "WARN";
    case kFailure:
      return "ERROR";
    case kFatal:
      return "FATAL";
    default:
      return "INFO";
  }
}

bool same_word(std::string_view text, std::string_view lower_case) noexcept {
  return std::ranges::equal(text, lower_case, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

Severity severity_of(std::string_view level, std::string_view event_type) noexcept {
  for (const SeverityName& name : kSeverities) {
    if (same_word(level, name.said)) return name.severity;
  }
  if (event_type == "error" || event_type.ends_with("_error")) return kFailure;
  return event_type == "llm_token" ? kDebug : kInfo;
}

// OTLP has no times before 1970.
std::uint64_t unix_ns(std::int64_t ns) noexcept {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(ns, 0));
}
std::uint64_t emitted_ns(const EventView& event) noexcept {
  if (event.context().clock == nullptr) return event.emitted_ticks();
  return unix_ns(event.context().clock->to_unix_ns(event.emitted_ticks()));
}

template <class Id>
char* write_id(char* out, std::uint32_t tag, const Id& id) noexcept {
  if (id.is_none()) return out;
  return write_bytes_field(out, tag,
                           {reinterpret_cast<const char*>(id.bytes.data()), sizeof id.bytes});
}

}  // namespace

std::size_t LogEncoder::bytes_max(const EventView& event) noexcept {
  const auto& header = *reinterpret_cast<const RecordHeader*>(event.record());
  const std::size_t names = header.attributes + std::size_t{5};
  // The type's name may lie in a registry.
  return 512 + AnyValueWriter::bytes_max(event.size_bytes()) + names * (3 * kNameBytesMax + 16);
}

char* LogEncoder::write(char* out, const EventView& event) {
  const RecordLayout record(event.record());
  collect(event, record);
  char* const length = write_varint(out, kLogRecordTag);
  char* at = length + kUsualLengthBytes;
  at = write_fixed64_field(at, kTimeTag, unix_ns(event.timestamp().to_unix_ns()));
  at = write_fixed64_field(at, kObservedTimeTag, emitted_ns(event));
  const Severity severity = severity_of(level_, event.event_type());
  at = write_varint_field(at, kSeverityTag, severity);
  at = write_bytes_field(at, kSeverityTextTag, severity_text(severity));
  at = write_utf8_field(at, kEventNameTag, event.event_type());
  if (!message_.empty()) {
    at = write_bytes_head(at, kBodyTag, bytes_field_bytes(utf8_bytes(message_)));
    at = write_utf8_field(at, kStringValueTag, message_);
  }
  at = write_attributes(at, event, record);
  const EventIds ids = event.ids();
  at = write_id(at, kTraceIdTag, ids.trace_id);
  at = write_id(at, kSpanIdTag, ids.span_id);
  return delimit_message(length, at);
}

// What is told of the event's attributes, with names that may clash.
void LogEncoder::collect(const EventView& event, const RecordLayout& record) {
  attributes_.clear();
  message_ = {};
  level_ = {};
  const bool with_content = event.context().content;
  record.each_attribute([&](const RecordAttribute& attribute) {
    if (attribute.key.is_reserved()) return;
    if (!with_content && record.is_content(attribute)) return;
    const std::string_view key =
        attribute.key.is_registered() ? attribute.key.name() : attribute.inline_key;
    const std::string_view text =
        attribute.type == ValueType::kString ? record.text_of(attribute) : std::string_view();
    if (key == "level" || key == "severity") level_ = text;
    if (key == "message" && !text.empty()) {
      message_ = text;
      return;
    }
    attributes_.push_back({attribute, key, names_.told(key)});
  });
}

char* LogEncoder::write_attributes(char* out, const EventView& event, const RecordLayout& record) {
  const std::size_t dropped = make_names_unique(attributes_);
  for (const ToldAttribute& each : attributes_) {
    out = values_.write_attribute(out, kAttributeTag, each.told, record.value_of(each.attribute));
  }
  out = write_extra(out, names_.told("agent_name"), event.agent_name());
  out = write_extra(out, names_.told("pattern_type"), event.pattern_type());
  const EventIds ids = event.ids();
  if (!ids.run_id.is_none() && ids.run_id.bytes != ids.trace_id.bytes) {
    std::array<char, RunId::kHexDigits> text;
    ids.run_id.to_hex(text.data());
    out = write_extra(out, "tracebus.run_id", {text.data(), text.size()});
  }
  return dropped == 0 ? out : write_varint_field(out, kDroppedAttributesTag, dropped);
}

// Unless an attribute has said it, or there is nothing to say.
char* LogEncoder::write_extra(char* out, std::string_view name, std::string_view text) {
  const bool is_said = std::ranges::any_of(
      attributes_, [&](const ToldAttribute& each) { return each.told == name; });
  if (text.empty() || is_said) return out;
  return values_.write_attribute(out, kAttributeTag, name,
                                 ValueView::of_text(ValueType::kString, text));
}

}  // namespace v1
}  // namespace tracebus
