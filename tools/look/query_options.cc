// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/look/query_options.h"

#include <charconv>
#include <cmath>
#include <string>

#include "tracebus/core/timestamp.h"
#include "tracebus/tools/text.h"

namespace tracebus {
inline namespace v1 {
namespace {

void add_amount(CLI::App& app, const std::string& name, std::optional<double>& target,
                const std::string& help) {
  const auto take = [&target, name](const std::string& text) {
    double amount = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, amount);
    if (parsed.ec != std::errc() || parsed.ptr != end || !std::isfinite(amount) || amount < 0) {
      throw CLI::ValidationError(name, "'" + visible(text) + "' is not a number from 0 on");
    }
    target = amount;
  };
  app.add_option_function<std::string>(name, take, help)->type_name("N");
}

void add_moment(CLI::App& app, const std::string& name, std::optional<std::int64_t>& target,
                const std::string& help) {
  const auto take = [&target, name](const std::string& text) {
    target = parse_moment(text, Timestamp::now().to_unix_ns());
    if (!target) {
      throw CLI::ValidationError(name, "'" + visible(text) +
                                           "' is neither a time as 2026-06-16T09:00:00Z nor how "
                                           "long ago as 90s, 15m, 2h or 7d");
    }
  };
  app.add_option_function<std::string>(name, take, help)->type_name("WHEN");
}

void add_kind(CLI::App& app, SpanQuery& query) {
  const auto take = [&query](const std::string& text) {
    std::string upper = text;
    for (char& c : upper) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    query.kind = span_kind_called(upper);
    if (query.kind) return;
    std::string names;
    for (const SpanKindEntry& entry : kSpanKindTable) names.append(" ").append(entry.name);
    throw CLI::ValidationError("--kind", "'" + visible(text) + "' is none of" + names);
  };
  app.add_option_function<std::string>("--kind", take, "LLM, AGENT, TOOL, ...")->type_name("KIND");
}

void add_status(CLI::App& app, SpanQuery& query) {
  const auto take = [&query](const std::string& text) {
    query.open_only = text == "open";
    if (query.open_only) return;
    for (const SpanStatus status : {SpanStatus::kUnset, SpanStatus::kOk, SpanStatus::kFailed}) {
      if (text == to_string(status)) query.status = status;
    }
    if (query.status) return;
    throw CLI::ValidationError("--status",
                               "'" + visible(text) + "' is none of ok, error, unset, open");
  };
  app.add_option_function<std::string>(
         "--status", take, "ok, error, unset (nobody said), or open (a start without its end)")
      ->type_name("STATUS");
}

void add_attributes(CLI::App& app, SpanQuery& query) {
  const auto take = [&query](const std::string& text) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos) {
      throw CLI::ValidationError("--attr", "'" + visible(text) + "' is not KEY=VALUE");
    }
    query.attributes.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  };
  // At once: each of several goes through take.
  app.add_option_function<std::string>("--attr", take, "an attribute of the payload; repeatable")
      ->type_name("KEY=VALUE")
      ->trigger_on_parse();
}

}  // namespace

std::optional<std::int64_t> parse_moment(std::string_view text, std::int64_t now_ns) {
  constexpr std::size_t kDateSize = 10;
  const std::string whole = std::string(text) + (text.size() == kDateSize ? "T00:00:00" : "");
  if (const auto time = parse_iso8601(whole)) return time->to_unix_ns();
  std::uint32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr + 1 != end) return std::nullopt;
  constexpr std::string_view kUnits = "smhd";
  constexpr std::int64_t kSeconds[] = {1, 60, 3600, 86400};
  const std::size_t unit = kUnits.find(*parsed.ptr);
  if (unit == kUnits.npos) return std::nullopt;
  const __int128 moment = static_cast<__int128>(now_ns) -
                          static_cast<__int128>(number) * kSeconds[unit] * 1'000'000'000;
  if (moment < 0) return 0;
  return static_cast<std::int64_t>(moment);
}

void add_time_filters(CLI::App& app, std::optional<std::int64_t>& from_ns,
                      std::optional<std::int64_t>& until_ns) {
  add_moment(app, "--since", from_ns,
             "not before: 2026-06-16, 2026-06-16T09:00:00Z, or how long ago: 90s, 15m, 2h, 7d");
  add_moment(app, "--until", until_ns, "before: the same forms");
}

void add_query_filters(CLI::App& app, SpanQuery& query) {
  const auto text = [&](const char* name, std::string& target, const char* help) {
    app.add_option(name, target, help)->type_name("TEXT");
  };
  text("--type", query.event_type, "the event's type, as llm_call_end");
  text("--agent", query.agent_name, "the agent");
  add_kind(app, query);
  text("--model", query.model, "the model");
  text("--provider", query.provider, "the provider, as events say it");
  text("--run", query.run_id, "the run's id, as its source wrote it, or as 32 hex digits");
  text("--workflow", query.workflow, "the workflow");
  text("--pattern", query.pattern, "the pattern");
  text("--session", query.session, "the session");
  text("--user", query.user, "the user");
  text("--tag", query.tag, "one of the tags");
  add_attributes(app, query);
  add_status(app, query);
  add_amount(app, "--min-ms", query.min_duration_ms, "milliseconds at least");
  add_amount(app, "--max-ms", query.max_duration_ms, "milliseconds at most");
  add_amount(app, "--min-cost", query.min_cost_usd, "dollars at least");
  add_amount(app, "--max-cost", query.max_cost_usd, "dollars at most");
  add_time_filters(app, query.from_ns, query.until_ns);
  text("--text", query.text, "somewhere in a name or a text of the payload, in any case");
}

}  // namespace v1
}  // namespace tracebus
