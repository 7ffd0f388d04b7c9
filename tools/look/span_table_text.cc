// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/look/span_table_text.h"

#include "tracebus/render/text_parts.h"
#include "tracebus/studio/moment_text.h"
#include "tracebus/tools/look/fitted_table.h"
#include "tracebus/tools/look/look_text.h"
#include "tracebus/tools/text.h"

namespace tracebus {
inline namespace v1 {
namespace {

std::string mark_of(const StoredSpan& span) {
  std::string mark(span.status == SpanStatus::kUnset ? std::string_view() : to_string(span.status));
  if (span.is_stale || span.is_open) {
    mark.append(mark.empty() ? "" : " ").append(span.is_stale ? "stale" : "open");
  }
  return mark;
}

Ink ink_of(const StoredSpan& span) noexcept {
  if (span.status == SpanStatus::kFailed) return Ink::kRed;
  return span.is_open || span.is_stale ? Ink::kYellow : Ink::kPlain;
}

std::string tokens_text(const StoredSpan& span) {
  return span.tokens == 0 ? std::string() : grouped_signed(span.tokens);
}

std::string cost_text(const StoredSpan& span) {
  return span.cost_nanos ? dollars_text(*span.cost_nanos) : std::string();
}

// As the agent is called, where the span itself is called the same.
std::string_view other_name(const StoredSpan& span) noexcept {
  return span.name == span.agent_name ? std::string_view() : span.name;
}

// The day on which all of them are, as "2026-06-16"; empty if there are several.
std::string common_day(const SpanPage& page) {
  constexpr std::size_t kDaySize = 10;
  std::string day;
  for (const StoredSpan& span : page) {
    if (!span.timestamp) continue;
    const std::string text = moment_text(span.timestamp, 0);
    const std::string own = text.substr(0, text.find('T'));
    if (own.size() != kDaySize || (!day.empty() && own != day)) return {};
    day = own;
  }
  return day;
}

}  // namespace

std::string span_table_text(const SpanPage& page, const Terminal& terminal) {
  if (page.empty()) return {};
  using Kind = FittedTable::Kind;
  constexpr std::size_t kTypeMin = 14;
  // The day stands above the times where it is one, which leaves room for names.
  const std::string day = common_day(page);
  FittedTable table({{day.empty() ? "TIME" : day},
                     {"TYPE", Kind::kName, kTypeMin},
                     {"AGENT", Kind::kName},
                     {"NAME", Kind::kName},
                     {"MODEL", Kind::kName},
                     {"MS", Kind::kNumber},
                     {"TOKENS", Kind::kNumber},
                     {"COST", Kind::kNumber},
                     {"STATUS"},
                     {"RUN", Kind::kName}});
  for (const StoredSpan& span : page) {
    table.add(
        {moment_text(span.timestamp), std::string(span.event_type), std::string(span.agent_name),
         std::string(other_name(span)), std::string(span.model), ms_text(span.duration_ms),
         tokens_text(span), cost_text(span), mark_of(span), std::string(span.run_id)},
        ink_of(span));
  }
  return table.to_string(terminal);
}

std::string span_line_text(const StoredSpan& span, const Terminal& terminal) {
  std::string line = moment_text(span.timestamp);
  const auto add = [&](std::string_view before, std::string_view text, std::string_view behind) {
    if (text.empty()) return;
    if (!line.empty()) line += ' ';
    line.append(before).append(visible(text)).append(behind);
  };
  add("", span.event_type, "");
  add("", span.agent_name, "");
  add("", other_name(span), "");
  add("", span.model, "");
  add("", ms_text(span.duration_ms), "ms");
  add("", tokens_text(span), " tok");
  add("", cost_text(span), "");
  add("[", mark_of(span), "]");
  add("run=", span.run_id, "");
  std::string cut;
  append_cut_visible(cut, line, terminal.width);
  return terminal.inked(cut, ink_of(span)) + "\n";
}

}  // namespace v1
}  // namespace tracebus
