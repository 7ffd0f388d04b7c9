// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/look/span_table_text.h"

#include <algorithm>
#include <cstdint>

#include "tracebus/render/filled_line.h"
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
  constexpr std::size_t kNameMin = 8;
  // The day stands above the times where it is one, which leaves room for names.
  const std::string day = common_day(page);
  FittedTable table({{day.empty() ? "TIME" : day, Kind::kText, 0, 1},
                     {"TYPE", Kind::kName, kTypeMin},
                     {"AGENT", Kind::kMiddle, kNameMin, 5},
                     {"NAME", Kind::kMiddle, kNameMin, 8},
                     {"MODEL", Kind::kMiddle, kNameMin, 6},
                     {"MS", Kind::kNumber, 0, 3},
                     {"TOKENS", Kind::kNumber, 0, 2},
                     {"COST", Kind::kNumber},
                     {"STATUS", Kind::kText, 0, 4},
                     {"RUN", Kind::kName, kNameMin, 7}});
  const std::size_t behind_day = day.empty() ? 0 : day.size() + 1;
  for (const StoredSpan& span : page) {
    table.add(
        {moment_text(span.timestamp).substr(span.timestamp ? behind_day : 0),
         std::string(span.event_type), std::string(span.agent_name),
         std::string(other_name(span)), std::string(span.model), ms_text(span.duration_ms),
         tokens_text(span), cost_text(span), mark_of(span), std::string(span.run_id)},
        ink_of(span));
  }
  return table.to_string(terminal);
}

namespace {

// What a line of an event has beside its time and type, the first to be left out last.
enum class Part : std::uint8_t { kAlways, kTokens, kDuration, kMark, kAgent, kModel, kName, kRun };
constexpr std::size_t kLineParts = 8;

std::string line_of(const StoredSpan& span, std::size_t name_max, std::size_t parts) {
  std::string line = moment_text(span.timestamp);
  const auto add = [&](Part part, std::string_view before, std::string_view text,
                       std::string_view behind) {
    if (text.empty() || static_cast<std::size_t>(part) >= parts) return;
    line.append(line.empty() ? "" : " ").append(before);
    append_cut_visible(line, text, name_max);
    line.append(behind);
  };
  add(Part::kAlways, "", span.event_type, "");
  add(Part::kAgent, "", span.agent_name, "");
  add(Part::kName, "", other_name(span), "");
  add(Part::kModel, "", span.model, "");
  add(Part::kDuration, "", ms_text(span.duration_ms), "ms");
  add(Part::kTokens, "", tokens_text(span), " tok");
  add(Part::kAlways, "", cost_text(span), "");
  add(Part::kMark, "[", mark_of(span), "]");
  add(Part::kRun, "run=", span.run_id, "");
  return line;
}

}  // namespace

std::string span_line_text(const StoredSpan& span, const Terminal& terminal) {
  constexpr std::size_t kNameMin = 20;  // no figure is as long
  std::size_t name_max = terminal.width;
  std::size_t parts = kLineParts;
  std::string line = line_of(span, name_max, parts);
  for (std::size_t width = 0; (width = count_code_points(line)) > terminal.width;) {
    if (name_max > kNameMin) {
      name_max = std::max(kNameMin, name_max - std::min(name_max, width - terminal.width));
    } else if (parts > 1) {
      --parts;
    } else {
      break;
    }
    line = line_of(span, name_max, parts);
  }
  std::string filled;  // the little that is left has room on two lines
  FilledLine(filled, terminal.width, "  ").add(line, 0);
  return terminal.inked(filled, ink_of(span)) + "\n";
}

}  // namespace v1
}  // namespace tracebus
