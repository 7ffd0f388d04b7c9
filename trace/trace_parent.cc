// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/trace_parent.h"

#include <cassert>
#include <cstddef>

#include "tracebus/trace/header_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr int kSampled = 0x01;
constexpr int kRandom = 0x02;

// Where the fields stand.
constexpr std::size_t kTraceIdAt = 3;
constexpr std::size_t kSpanIdAt = kTraceIdAt + TraceId::kHexDigits + 1;
constexpr std::size_t kFlagsAt = kSpanIdAt + SpanId::kHexDigits + 1;
static_assert(kFlagsAt + 2 == TraceParent::kTextBytes);

int parse_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// The byte that two lower-case hex digits stand for, or -1.
int parse_byte(std::string_view digits) noexcept {
  const int high = parse_digit(digits[0]);
  const int low = parse_digit(digits[1]);
  return high < 0 || low < 0 ? -1 : high << 4 | low;
}

}  // namespace

std::optional<TraceParent> TraceParent::parse(std::string_view header) noexcept {
  const std::string_view text = trim_whitespace(header);
  if (text.size() < kTextBytes) return std::nullopt;
  if (text[kTraceIdAt - 1] != '-' || text[kSpanIdAt - 1] != '-' || text[kFlagsAt - 1] != '-') {
    return std::nullopt;
  }
  const int version = parse_byte(text);
  if (version < 0 || version == 0xFF) return std::nullopt;
  if (text.size() > kTextBytes && (version == 0 || text[kTextBytes] != '-')) return std::nullopt;
  const auto trace_id = TraceId::from_hex(text.substr(kTraceIdAt, TraceId::kHexDigits));
  const auto span_id = SpanId::from_hex(text.substr(kSpanIdAt, SpanId::kHexDigits));
  const int flags = parse_byte(text.substr(kFlagsAt));
  if (!trace_id || trace_id->is_none() || !span_id || span_id->is_none() || flags < 0) {
    return std::nullopt;
  }
  return TraceParent{.trace_id = *trace_id,
                     .span_id = *span_id,
                     .sampled = (flags & kSampled) != 0,
                     .random = version == 0 && (flags & kRandom) != 0};
}

std::string TraceParent::text() const {
  assert(trace_id && span_id);
  std::string text(kTextBytes, '-');
  text[0] = text[1] = text[kFlagsAt] = '0';
  trace_id.to_hex(&text[kTraceIdAt]);
  span_id.to_hex(&text[kSpanIdAt]);
  text[kFlagsAt + 1] = static_cast<char>('0' + (sampled ? kSampled : 0) + (random ? kRandom : 0));
  return text;
}

}  // namespace v1
}  // namespace tracebus
