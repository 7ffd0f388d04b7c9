// SPDX-License-Identifier: Apache-2.0
#include "tracebus/render/text_parts.h"

#include "tracebus/core/utf8.h"
#include "tracebus/core/visible_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kIdMax = 60;  // code points of an id of others

// An end that does not say how long it took, without the start that would.
bool lacks_start(const TraceSpan& span) noexcept {
  return !span.is_open() && !span.has_duration() &&
         span_event_type(span.record()).moment == SpanMoment::kEnd;
}

// Tenths of a unit, rounded half up.
void append_tenths(std::string& out, std::int64_t value, std::int64_t unit) {
  const std::int64_t tenth = unit / 10;
  const std::int64_t tenths = value / tenth + (2 * (value % tenth) >= tenth ? 1 : 0);
  out += std::to_string(tenths / 10);
  out += '.';
  out += static_cast<char>('0' + tenths % 10);
}

}  // namespace

std::size_t count_code_points(std::string_view text) noexcept {
  std::size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(first_utf8_sequence(text).length);
  return count;
}

void append_cut_visible(std::string& out, std::string_view text, std::size_t code_points_max) {
  if (text.size() <= code_points_max) return append_visible(out, text);
  std::size_t keep = 0;  // bytes of all but the last that is allowed
  std::size_t at = 0;
  std::size_t count = 0;
  for (; at < text.size() && count < code_points_max; ++count) {
    if (count + 1 == code_points_max) keep = at;
    at += first_utf8_sequence(text.substr(at)).length;
  }
  if (at == text.size()) return append_visible(out, text);
  append_visible(out, text.substr(0, keep));
  if (code_points_max > 0) out += "…";
}

void append_cut_middle(std::string& out, std::string_view text, std::size_t code_points_max) {
  const std::size_t count = count_code_points(text);
  if (count <= code_points_max) return append_visible(out, text);
  if (code_points_max < 3) return append_cut_visible(out, text, code_points_max);
  const std::size_t behind = (code_points_max - 1) / 2;
  std::string_view end = text;
  for (std::size_t i = behind; i < count; ++i) {
    end.remove_prefix(first_utf8_sequence(end).length);
  }
  append_cut_visible(out, text, code_points_max - behind);
  append_visible(out, end);
}

void append_duration(std::string& out, std::int64_t duration_ns) {
  constexpr std::int64_t kMillisecond = 1'000'000;
  if (duration_ns >= 50 * kMillisecond) {
    append_tenths(out, duration_ns, 1000 * kMillisecond);
    out += 's';
  } else if (duration_ns >= kMillisecond / 20) {
    append_milliseconds(out, duration_ns);
    out += "ms";
  } else {
    append_tenths(out, duration_ns, kMillisecond / 1000);
    out += "us";
  }
}

void append_milliseconds(std::string& out, std::int64_t duration_ns) {
  append_tenths(out, duration_ns, 1'000'000);
}

void append_dollars(std::string& out, NanoDollars amount, std::size_t digits_min) {
  const std::string text = amount.to_text();
  const std::size_t digits = text.size() - text.find('.') - 1;
  out += '$';
  out += text;
  if (digits < digits_min) out.append(digits_min - digits, '0');
}

void append_oddities(std::string& out, const TraceSpan& span, TracePlace place) {
  const auto add = [&out](std::string_view what, std::string_view id, std::string_view how) {
    out.append(" [").append(what).append(": ");
    append_cut_visible(out, id, kIdMax);
    out.append(" is ").append(how).append("]");
  };
  if (span.is_open()) out += " [open]";
  if (lacks_start(span)) out += " [start is missing]";
  if (place == TracePlace::kOrphan) add("orphan", span.parent_span_id_text(), "missing");
  if (place == TracePlace::kCycle) add("cycle", span.parent_span_id_text(), "below");
  if (span.is_duplicate()) add("duplicate", span.span_id_text(), "there twice");
}

void pad_to(std::string& out, std::size_t begin, std::size_t code_points) {
  const std::size_t count = count_code_points(std::string_view(out).substr(begin));
  if (count < code_points) out.append(code_points - count, ' ');
}

}  // namespace v1
}  // namespace tracebus
