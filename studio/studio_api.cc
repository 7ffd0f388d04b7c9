// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/studio_api.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "tracebus/studio/api_reply.h"
#include "tracebus/studio/api_schema.h"
#include "tracebus/studio/call_parameters.h"
#include "tracebus/studio/dashboard_json.h"
#include "tracebus/studio/graph_json.h"
#include "tracebus/studio/run_columns.h"
#include "tracebus/studio/run_download.h"
#include "tracebus/studio/store_json.h"
#include "tracebus/trace/nano_dollars.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kOffsetMax = 1'000'000'000;
constexpr std::size_t kNumberMax = std::size_t{1} << 53;  // that JSON holds for anybody
constexpr std::size_t kPageDefault = 100;
constexpr std::size_t kPageMax = 10'000;
constexpr std::size_t kGroupsDefault = 1'000;
constexpr std::size_t kNodesDefault = 300;
constexpr std::size_t kNodesMax = 2'000;

// In the order of GroupBy.
constexpr std::string_view kDimensions[] = {"model",    "agent",   "workflow", "pattern",
                                            "provider", "session", "user",     "run",
                                            "name",     "day",     "hour"};

GroupBy take_dimension(CallParameters& parameters) {
  return static_cast<GroupBy>(parameters.take_choice("by", kDimensions, 0));
}

void take_sort(CallParameters& parameters, SpanQuery& query) {
  // In the order of SpanSort; the largest durations, costs and tokens come first.
  constexpr std::string_view kSorts[] = {"arrival", "time", "duration", "cost", "tokens"};
  query.sort = static_cast<SpanSort>(parameters.take_choice("sort", kSorts, 0));
  const bool by_amount = query.sort != SpanSort::kByArrival && query.sort != SpanSort::kByTime;
  query.descending = by_amount != parameters.take_flag("reverse");
}

template <class Group>
std::span<const Group> first_of(const std::vector<Group>& groups, std::size_t limit) {
  return std::span(groups).first(std::min(limit, groups.size()));
}

std::string latency_json(const LatencyGroup& group) {
  return JsonFields()
      .add("name", group.name)
      .add("count", group.count)
      .add("errors", group.errors)
      .add("mean_ms", group.mean_ms)
      .add("p50_ms", group.p50_ms)
      .add("p90_ms", group.p90_ms)
      .add("p99_ms", group.p99_ms)
      .add("max_ms", group.max_ms)
      .to_string();
}

std::string provider_json(const ProviderFigures& provider) {
  return JsonFields()
      .add("name", provider.name)
      .add("calls", provider.calls)
      .add("errors", provider.errors)
      .add("success_rate",
           provider.calls == 0 ? std::nullopt : std::optional(provider.success_rate()))
      .add("ok", provider.is_ok())
      .add("cost_usd", static_cast<double>(provider.cost_nanos) / 1e9)
      .add("tokens", provider.tokens)
      .add("mean_ms", provider.mean_ms)
      .add("p50_ms", provider.p50_ms)
      .add("p90_ms", provider.p90_ms)
      .add("p99_ms", provider.p99_ms)
      .add("errors_last_hour", provider.hour_errors)
      .to_string();
}

}  // namespace

const StudioApi::Route StudioApi::kRoutes[] = {
    {"/api/dashboard", &StudioApi::dashboard}, {"/api/runs", &StudioApi::runs},
    {"/api/events", &StudioApi::events},       {"/api/costs", &StudioApi::costs},
    {"/api/latencies", &StudioApi::latencies}, {"/api/providers", &StudioApi::providers},
    {"/api/graph", &StudioApi::graph},         {"/api/schema", &StudioApi::schema},
};

StudioApi::StudioApi(const TraceStore& store, StudioApiOptions options)
    : store_(store), options_(std::move(options)) {}

std::int64_t StudioApi::now_ns() const {
  return options_.now_ns ? options_.now_ns() : Timestamp::now().to_unix_ns();
}

HttpReply StudioApi::answer(const HttpCall& call) const {
  if (call.method != "GET") {
    HttpReply reply = error_reply(405, "only GET is answered here");
    reply.headers.emplace_back("Allow", "GET");
    return reply;
  }
  CallParameters parameters(call.query);
  return answer_path(call.path, parameters);
}

HttpReply StudioApi::answer_path(std::string_view path, CallParameters& parameters) const {
  for (const Route& route : kRoutes) {
    if (path == route.path) return (this->*route.answer)(parameters);
  }
  constexpr std::string_view kRuns = "/api/runs/", kEvents = "/api/events/";
  if (path.starts_with(kRuns)) return answer_run(path.substr(kRuns.size()), parameters);
  if (path.starts_with(kEvents)) return event(path.substr(kEvents.size()), parameters);
  return error_reply(404, "nothing at " + std::string(path.substr(0, 200)) +
                              ": GET /api/schema says what there is");
}

// {run}, {run}/spans or {run}/download; a slash in a run's id is %2F.
HttpReply StudioApi::answer_run(std::string_view rest, CallParameters& parameters) const {
  const std::size_t slash = rest.find('/');
  const std::string_view what = slash == rest.npos ? "" : rest.substr(slash);
  const auto run_id = decoded_address(rest.substr(0, slash), false);
  if (!run_id) {
    return error_reply(400,
                       "the run's id is no address: behind '%' stand two hex digits, and the "
                       "bytes are UTF-8");
  }
  if (what.empty()) return run(*run_id, parameters);
  if (what == "/spans") return run_spans(*run_id, parameters);
  if (what == "/download") return run_download(*run_id, parameters);
  return error_reply(404, "of a run there are /spans and /download");
}

HttpReply StudioApi::dashboard(CallParameters& parameters) const {
  if (const auto status = parameters.finish(); !status.ok()) return error_reply(status);
  return json_reply(dashboard_json(store_.dashboard()));
}

HttpReply StudioApi::runs(CallParameters& parameters) const {
  // In the order of RunStatus, behind none.
  constexpr std::string_view kStatuses[] = {"unknown", "open", "stale", "success", "failed"};
  constexpr std::size_t kNone = std::size(kStatuses);
  RunQuery query;
  const std::size_t status = parameters.take_choice("status", kStatuses, kNone);
  if (status != kNone) query.status = static_cast<RunStatus>(status);
  query.workflow = parameters.take("workflow");
  query.pattern = parameters.take("pattern");
  query.session = parameters.take("session");
  query.user = parameters.take("user");
  query.from_ns = parameters.take_moment("since", now_ns());
  query.until_ns = parameters.take_moment("until", now_ns());
  query.limit = parameters.take_number("limit", kPageDefault, kPageMax);
  query.offset = parameters.take_number("offset", 0, kOffsetMax);
  if (const auto wrong = parameters.finish(); !wrong.ok()) return error_reply(wrong);
  const RunPage page = store_.runs(query);
  return json_reply(JsonFields()
                        .add("matched", page.matched)
                        .add_json("runs", json_array(page.runs,
                                                     [](const RunSummary& run) {
                                                       return run_fields(run).to_string();
                                                     }))
                        .to_string());
}

HttpReply StudioApi::run(const std::string& run_id, CallParameters& parameters) const {
  if (const auto status = parameters.finish(); !status.ok()) return error_reply(status);
  const auto run = store_.run(run_id);
  if (!run.ok()) return error_reply(run.status());
  return json_reply(run_fields(*run).to_string());
}

HttpReply StudioApi::run_spans(const std::string& run_id, CallParameters& parameters) const {
  if (const auto status = parameters.finish(); !status.ok()) return error_reply(status);
  const auto run = store_.run(run_id);
  if (!run.ok()) return error_reply(run.status());
  const auto trace = store_.trace(run_id);
  if (!trace.ok()) return error_reply(trace.status());
  return json_reply(run_columns_json(*run, *trace, options_.tree_spans_max));
}

HttpReply StudioApi::run_download(const std::string& run_id, CallParameters& parameters) const {
  std::vector<std::string_view> names;
  for (const DownloadFormat& format : download_formats()) names.push_back(format.name);
  const std::size_t which = parameters.take_choice("format", names, 0);
  if (const auto status = parameters.finish(); !status.ok()) return error_reply(status);
  const DownloadFormat& format = download_formats()[which];
  auto file = format.make(store_, run_id, options_.answer_bytes_max);
  if (!file.ok()) return error_reply(file.status());
  HttpReply reply;
  reply.content_type = format.content_type;
  reply.body = *std::move(file);
  reply.headers.emplace_back("Content-Disposition",
                             "attachment; filename=\"" + download_name(run_id, format) + "\"");
  return reply;
}

HttpReply StudioApi::events(CallParameters& parameters) const {
  SpanQuery query = parameters.take_filters(now_ns());
  query.number_min = parameters.take_number("from_number", 0, kNumberMax);
  take_sort(parameters, query);
  query.limit = parameters.take_number("limit", kPageDefault, kPageMax);
  query.offset = parameters.take_number("offset", 0, kOffsetMax);
  const bool whole = parameters.take_flag("whole");
  if (const auto status = parameters.finish(); !status.ok()) return error_reply(status);
  const SpanPage page = store_.query(query);
  std::string events = "[";
  std::size_t shown = 0;
  for (const StoredSpan& span : page) {
    if (events.size() > options_.answer_bytes_max) break;
    if (shown++ != 0) events += ',';
    events += event_fields(span, whole ? store_.event_json(span.number).value_or("null") : "null")
                  .to_string();
  }
  return json_reply(JsonFields()
                        .add("matched", page.matched())
                        .add("left_out", page.size() - shown)
                        .add_json("events", events + "]")
                        .to_string());
}

HttpReply StudioApi::event(std::string_view number, CallParameters& parameters) const {
  if (const auto status = parameters.finish(); !status.ok()) return error_reply(status);
  std::uint64_t wanted = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), wanted);
  if (parsed.ec != std::errc() || parsed.ptr != number.data() + number.size()) {
    return error_reply(400, "'" + std::string(number.substr(0, 200)) +
                                "' is no event: it is the number of one, as lists of events say "
                                "it");
  }
  const auto span = store_.event(wanted);
  if (!span.ok()) return error_reply(span.status());
  const auto json = store_.event_json(wanted);
  if (!json.ok()) return error_reply(json.status());
  return json_reply(event_fields((*span)[0], *json).to_string());
}

HttpReply StudioApi::costs(CallParameters& parameters) const {
  const GroupBy by = take_dimension(parameters);
  const SpanQuery query = parameters.take_filters(now_ns());
  const std::size_t limit = parameters.take_number("limit", kGroupsDefault, kPageMax);
  if (const auto status = parameters.finish(); !status.ok()) return error_reply(status);
  const CostBreakdown costs = store_.costs(by, query);
  return json_reply(JsonFields()
                        .add("by", kDimensions[static_cast<std::size_t>(by)])
                        .add("matched", costs.groups.size())
                        .add("cost_usd", static_cast<double>(costs.cost_nanos) / 1e9)
                        .add("tokens", costs.tokens)
                        .add("calls", costs.calls)
                        .add_json("groups", cost_groups_json(first_of(costs.groups, limit)))
                        .to_string());
}

HttpReply StudioApi::latencies(CallParameters& parameters) const {
  const GroupBy by = take_dimension(parameters);
  const SpanQuery query = parameters.take_filters(now_ns());
  const std::size_t limit = parameters.take_number("limit", kGroupsDefault, kPageMax);
  if (const auto status = parameters.finish(); !status.ok()) return error_reply(status);
  const std::vector<LatencyGroup> groups = store_.latencies(by, query);
  return json_reply(JsonFields()
                        .add("by", kDimensions[static_cast<std::size_t>(by)])
                        .add("matched", groups.size())
                        .add_json("groups", json_array(first_of(groups, limit), latency_json))
                        .to_string());
}

HttpReply StudioApi::providers(CallParameters& parameters) const {
  const SpanQuery query = parameters.take_filters(now_ns());
  if (const auto status = parameters.finish(); !status.ok()) return error_reply(status);
  const ProviderBreakdown providers = store_.providers(query);
  std::int64_t spent_nanos = 0;
  for (const ProviderFigures& provider : providers.providers) {
    add_saturating(spent_nanos, provider.cost_nanos);
  }
  const auto shown = first_of(providers.providers, kGroupsDefault);
  return json_reply(JsonFields()
                        .add("matched", providers.providers.size())
                        .add_json("providers", json_array(shown, provider_json))
                        .add("hour_until", json_time(providers.hour_until))
                        .add("budget_usd", options_.budget_usd)
                        .add("spent_usd", static_cast<double>(spent_nanos) / 1e9)
                        .to_string());
}

HttpReply StudioApi::graph(CallParameters& parameters) const {
  // In the order of GraphBy.
  constexpr std::string_view kLevels[] = {"agent", "role", "pattern", "auto"};
  GraphOptions options;
  const SpanQuery query = parameters.take_filters(now_ns());
  options.by = static_cast<GraphBy>(parameters.take_choice("by", kLevels, 3));
  options.unfold = parameters.take("unfold");
  options.nodes_max = parameters.take_number("limit", kNodesDefault, kNodesMax);
  if (const auto status = parameters.finish(); !status.ok()) return error_reply(status);
  const auto graph = store_.graph(query, options);
  if (!graph.ok()) return error_reply(graph.status());
  return json_reply(graph_json(*graph));
}

HttpReply StudioApi::schema(CallParameters& parameters) const {
  if (const auto status = parameters.finish(); !status.ok()) return error_reply(status);
  HttpReply reply;
  reply.content_type = "application/json";
  reply.body = std::string(api_schema());
  return reply;
}

}  // namespace v1
}  // namespace tracebus
