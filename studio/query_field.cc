// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/query_field.h"

#include <charconv>
#include <cmath>
#include <cstddef>

#include "tracebus/studio/moment_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

using Text = std::string SpanQuery::*;
using Amount = std::optional<double> SpanQuery::*;
using Moment = std::optional<std::int64_t> SpanQuery::*;
using Flag = bool SpanQuery::*;

template <Text kTarget>
std::string set_text(SpanQuery& query, std::string_view value, std::int64_t /*now_ns*/) {
  query.*kTarget = value;
  return {};
}

template <Amount kTarget>
std::string set_amount(SpanQuery& query, std::string_view value, std::int64_t /*now_ns*/) {
  double amount = 0;
  const char* const end = value.data() + value.size();
  const auto parsed = std::from_chars(value.data(), end, amount);
  if (parsed.ec != std::errc() || parsed.ptr != end || !std::isfinite(amount) || amount < 0) {
    return "is not a number from 0 on";
  }
  query.*kTarget = amount;
  return {};
}

template <Moment kTarget>
std::string set_moment(SpanQuery& query, std::string_view value, std::int64_t now_ns) {
  const auto moment = parse_moment(value, now_ns);
  if (!moment) return std::string(kNoMoment);
  query.*kTarget = moment;
  return {};
}

template <Flag kTarget>
std::string set_flag(SpanQuery& query, std::string_view value, std::int64_t /*now_ns*/) {
  if (value != "1" && value != "0") return "is neither 1 nor 0";
  query.*kTarget = value == "1";
  return {};
}

std::string set_kind(SpanQuery& query, std::string_view value, std::int64_t /*now_ns*/) {
  std::string upper(value);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  if (const auto kind = span_kind_called(upper)) {
    query.kind = kind;
    return {};
  }
  std::string names = "is none of";
  for (const SpanKindEntry& entry : kSpanKindTable) names.append(" ").append(entry.name);
  return names;
}

std::string set_status(SpanQuery& query, std::string_view value, std::int64_t /*now_ns*/) {
  if (value == "open") {
    query.open_only = true;
    return {};
  }
  for (const SpanStatus status : {SpanStatus::kUnset, SpanStatus::kOk, SpanStatus::kFailed}) {
    if (value != to_string(status)) continue;
    query.status = status;
    return {};
  }
  return "is none of ok, error, unset, open";
}

constexpr QueryField kFields[] = {
    {"type", "TEXT", "the event's type, as llm_call_end", set_text<&SpanQuery::event_type>},
    {"agent", "TEXT", "the agent", set_text<&SpanQuery::agent_name>},
    {"kind", "KIND", "LLM, AGENT, TOOL, ...", set_kind},
    {"model", "TEXT", "the model", set_text<&SpanQuery::model>},
    {"provider", "TEXT", "the provider, as events say it or as it is shown, in any case",
     set_text<&SpanQuery::provider>},
    {"run", "TEXT", "the run's id, as its source wrote it, or as 32 hex digits",
     set_text<&SpanQuery::run_id>},
    {"trace", "TEXT", "the trace's id, in the same way", set_text<&SpanQuery::trace_id>},
    {"span", "TEXT", "the span's id, as its source wrote it, or as 16 hex digits",
     set_text<&SpanQuery::span_id>},
    {"workflow", "TEXT", "the workflow", set_text<&SpanQuery::workflow>},
    {"pattern", "TEXT", "the pattern", set_text<&SpanQuery::pattern>},
    {"session", "TEXT", "the session", set_text<&SpanQuery::session>},
    {"user", "TEXT", "the user", set_text<&SpanQuery::user>},
    {"tag", "TEXT", "one of the tags", set_text<&SpanQuery::tag>},
    {"status", "STATUS", "ok, error, unset (nobody said), or open (a start without its end)",
     set_status},
    {"min_ms", "N", "milliseconds at least", set_amount<&SpanQuery::min_duration_ms>},
    {"max_ms", "N", "milliseconds at most", set_amount<&SpanQuery::max_duration_ms>},
    {"min_cost", "N", "dollars at least", set_amount<&SpanQuery::min_cost_usd>},
    {"max_cost", "N", "dollars at most", set_amount<&SpanQuery::max_cost_usd>},
    {"since", "WHEN",
     "not before: 2026-06-16, 2026-06-16T09:00:00Z, or how long ago: 90s, 15m, 2h, 7d",
     set_moment<&SpanQuery::from_ns>},
    {"until", "WHEN", "before: the same forms", set_moment<&SpanQuery::until_ns>},
    {"text", "TEXT", "somewhere in a name or a text of the payload, in any case",
     set_text<&SpanQuery::text>},
    {"open", "", "starts without their ends", set_flag<&SpanQuery::open_only>},
    {"guards", "", "guards that did more than let pass", set_flag<&SpanQuery::guards_fired>},
};

}  // namespace

std::span<const QueryField> query_fields() noexcept { return kFields; }

std::string add_attribute(SpanQuery& query, std::string_view text, char separator) {
  const std::size_t at = text.find(separator);
  if (at == 0 || at == std::string_view::npos) {
    return std::string("is not KEY") + separator + "VALUE";
  }
  query.attributes.emplace_back(text.substr(0, at), text.substr(at + 1));
  return {};
}

}  // namespace v1
}  // namespace tracebus
