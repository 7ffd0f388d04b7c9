// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/prometheus/event_tables.h"

#include <string_view>

namespace tracebus {
inline namespace v1 {
namespace {

constexpr auto kGauge = ColumnKind::kGauge;
constexpr auto kHistogram = ColumnKind::kHistogram;

// OpenTelemetry's ExplicitBucketBoundaries of GenAI metrics: seconds, here in nanoseconds, and
// tokens.
constexpr std::uint64_t kCallBounds[] = {
    10'000'000,     20'000'000,     40'000'000,     80'000'000,    160'000'000,
    320'000'000,    640'000'000,    1'280'000'000,  2'560'000'000, 5'120'000'000,
    10'240'000'000, 20'480'000'000, 40'960'000'000, 81'920'000'000};
constexpr std::uint64_t kTokenBounds[] = {
    1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864};
// From a tool's 5 ms to an agent's hour.
constexpr std::uint64_t kRunBounds[] = {
    5'000'000,      10'000'000,     25'000'000,      50'000'000,      100'000'000,
    250'000'000,    500'000'000,    1'000'000'000,   2'500'000'000,   5'000'000'000,
    10'000'000'000, 30'000'000'000, 120'000'000'000, 600'000'000'000, 3'600'000'000'000};

constexpr MetricColumn outcome(std::string_view metric, std::string_view help,
                               std::string_view value) {
  return {.metric = metric, .help = help, .label_key = "outcome", .label_value = value};
}
constexpr MetricColumn seconds(std::string_view metric, std::string_view help,
                               std::span<const std::uint64_t> bounds = kRunBounds) {
  return {.metric = metric,
          .help = help,
          .kind = kHistogram,
          .unit = "seconds",
          .decimals = 9,
          .bounds = bounds,
          .shows_zero = false};
}
constexpr MetricColumn tokens(std::string_view metric, std::string_view help,
                              std::string_view type) {
  return {.metric = metric,
          .help = help,
          .label_key = "gen_ai_token_type",
          .label_value = type,
          .shows_zero = false};
}
constexpr MetricColumn dollars(std::string_view metric, std::string_view help) {
  return {.metric = metric, .help = help, .unit = "usd", .decimals = 9, .shows_zero = false};
}
constexpr MetricColumn usage(std::string_view type) {
  return {.metric = "gen_ai_client_token_usage",
          .help = "Tokens of one call of a model",
          .kind = kHistogram,
          .bounds = kTokenBounds,
          .label_key = "gen_ai_token_type",
          .label_value = type,
          .shows_zero = false};
}
constexpr MetricColumn gauge(std::string_view metric, std::string_view help,
                             std::string_view unit = {}, int decimals = 0) {
  return {.metric = metric, .help = help, .kind = kGauge, .unit = unit, .decimals = decimals};
}

constexpr std::string_view kTypeKeys[] = {"event_type"};
constexpr MetricColumn kTypes[] = {{.metric = "tracebus_events", .help = "Events by type"}};

constexpr std::string_view kErrorKeys[] = {"event_type", "error_type"};
constexpr MetricColumn kErrors[] = {
    {.metric = "tracebus_errors", .help = "Errors, and calls and steps that failed, by type"}};

constexpr std::string_view kAgentKeys[] = {"gen_ai_agent_name"};
constexpr std::string_view kRuns = "tracebus_agent_runs";
constexpr MetricColumn kAgents[] = {
    outcome(kRuns, "Runs of agents that ended", "success"), outcome(kRuns, {}, "failure"),
    seconds("tracebus_agent_run_duration_seconds", "How long a run of an agent took")};

constexpr std::string_view kPatternKeys[] = {"pattern_type"};
constexpr std::string_view kPatternRuns = "tracebus_pattern_runs";
constexpr MetricColumn kPatterns[] = {
    outcome(kPatternRuns, "Runs of patterns that ended", "success"),
    outcome(kPatternRuns, {}, "failure"),
    seconds("tracebus_pattern_run_duration_seconds", "How long a run of a pattern took")};

constexpr std::string_view kToolKeys[] = {"gen_ai_tool_name"};
constexpr std::string_view kToolCalls = "tracebus_tool_calls";
constexpr MetricColumn kTools[] = {
    outcome(kToolCalls, "Calls of tools that ended", "success"), outcome(kToolCalls, {}, "failure"),
    seconds("tracebus_tool_call_duration_seconds", "How long a call of a tool took")};

constexpr std::string_view kCallKeys[] = {"gen_ai_operation_name", "gen_ai_provider_name",
                                          "gen_ai_request_model"};
constexpr std::string_view kModelCalls = "tracebus_model_calls";
constexpr std::string_view kCallTokens = "tracebus_model_call_tokens";
constexpr MetricColumn kCalls[] = {
    outcome(kModelCalls, "Calls of models that ended", "success"),
    outcome(kModelCalls, {}, "failure"),
    tokens(kCallTokens,
           "Tokens of calls of models; input holds cache_read and cache_write, output reasoning",
           "input"),
    tokens(kCallTokens, {}, "output"),
    tokens(kCallTokens, {}, "cache_read"),
    tokens(kCallTokens, {}, "cache_write"),
    tokens(kCallTokens, {}, "reasoning"),
    dollars("tracebus_model_call_cost_usd",
            "Cost as the ends of calls say it; not to be added to tracebus_recorded_cost_usd"),
    usage("input"),
    usage("output")};

constexpr std::string_view kCallDurationKeys[] = {"gen_ai_operation_name", "gen_ai_provider_name",
                                                  "gen_ai_request_model", "error_type"};
constexpr MetricColumn kCallDurations[] = {seconds("gen_ai_client_operation_duration_seconds",
                                                   "How long a call of a model took", kCallBounds)};

constexpr std::string_view kProviderKeys[] = {"gen_ai_provider_name", "gen_ai_request_model"};
constexpr std::string_view kProviderCalls = "tracebus_provider_calls";
constexpr std::string_view kProviderTokens = "tracebus_provider_call_tokens";
constexpr MetricColumn kProviders[] = {
    outcome(kProviderCalls, "Calls of providers that ended, as TracedProvider sees them",
            "success"),
    outcome(kProviderCalls, {}, "failure"),
    seconds("tracebus_provider_call_duration_seconds", "How long a call of a provider took",
            kCallBounds),
    tokens(kProviderTokens, "Tokens of calls of providers", "input"),
    tokens(kProviderTokens, {}, "output"),
    tokens(kProviderTokens, {}, "cache_read"),
    tokens(kProviderTokens, {}, "cache_write"),
    tokens(kProviderTokens, {}, "reasoning")};

constexpr std::string_view kRecordedTokens = "tracebus_recorded_tokens";
constexpr MetricColumn kCosts[] = {
    {.metric = "tracebus_cost_records", .help = "Records of costs"},
    tokens(kRecordedTokens, "Tokens as records of costs say them", "input"),
    tokens(kRecordedTokens, {}, "output"),
    tokens(kRecordedTokens, {}, "cache_read"),
    tokens(kRecordedTokens, {}, "cache_write"),
    tokens(kRecordedTokens, {}, "reasoning"),
    dollars("tracebus_recorded_cost_usd",
            "Cost as records of costs say it; not to be added to tracebus_model_call_cost_usd")};

constexpr std::string_view kSubscriptionKeys[] = {"subscription"};
constexpr MetricColumn kSubscriptions[] = {
    {.metric = "tracebus_subscription_matched_events", .help = "Events that it asked for"},
    {.metric = "tracebus_subscription_delivered_events", .help = "Events that it was handed"},
    {.metric = "tracebus_subscription_dropped_events", .help = "Events that it lost"},
    gauge("tracebus_subscription_in_flight_events", "Events on their way to it"),
    gauge("tracebus_subscription_queue_bytes", "Bytes in its queue", "bytes"),
    gauge("tracebus_subscription_queue_events", "Events in its queue"),
    gauge("tracebus_subscription_oldest_age_seconds", "Age of the oldest event in its queue",
          "seconds", 9)};

constexpr std::string_view kSubscriptionDropKeys[] = {"subscription", "reason"};
constexpr MetricColumn kSubscriptionDrops[] = {
    {.metric = "tracebus_subscription_drops", .help = "Events that it lost, by reason"}};

constexpr MetricColumn kBus[] = {
    {.metric = "tracebus_bus_emitted_events", .help = "Events that somebody wanted"},
    {.metric = "tracebus_bus_rejected_events", .help = "Events that found no room in the bus"},
    {.metric = "tracebus_bus_dispatched_events", .help = "Events that left their rings"},
    gauge("tracebus_bus_waiting_events", "Events in rings"),
    gauge("tracebus_bus_lag_seconds", "Age of the oldest event in rings", "seconds", 9),
    gauge("tracebus_bus_pass_max_seconds", "Longest pass of the dispatcher", "seconds", 9),
    gauge("tracebus_bus_ring_high_water_bytes", "Most that lay in one ring", "bytes"),
    gauge("tracebus_bus_block_bytes", "Bytes of blocks, in which events wait for subscriptions",
          "bytes")};

constexpr std::string_view kReasonKeys[] = {"reason"};
constexpr MetricColumn kBusRejections[] = {
    {.metric = "tracebus_bus_rejections", .help = "Events that the bus did not take, by reason"}};

constexpr std::string_view kBuildKeys[] = {"version"};
constexpr MetricColumn kBuild[] = {gauge("tracebus_build_info", "Always 1")};

constexpr MetricColumn kDrops[] = {{.metric = "tracebus_prometheus_dropped_events",
                                    .help = "Events that did not reach this exporter"}};

constexpr std::string_view kIgnoredKeys[] = {"value"};
constexpr MetricColumn kIgnored[] = {
    {.metric = "tracebus_prometheus_ignored_values",
     .help = "Durations, tokens, costs and numbers of the bus that were no such thing"}};

constexpr std::string_view kTableKeys[] = {"table"};
constexpr MetricColumn kTables[] = {
    gauge("tracebus_prometheus_label_sets", "Sets of labels in use"),
    {.metric = "tracebus_prometheus_overflows",
     .help = "How often labels found no room and were counted as other"}};

constexpr std::string_view kResponseKeys[] = {"code"};
constexpr MetricColumn kResponses[] = {
    {.metric = "tracebus_prometheus_http_responses", .help = "Requests answered, by status"}};

constexpr std::string_view kConnectionKeys[] = {"fate"};
constexpr MetricColumn kConnections[] = {
    {.metric = "tracebus_prometheus_http_connections",
     .help = "Connections that ended: answered, broken, late, or gave way to a newer one"}};

}  // namespace

EventTables::EventTables(std::uint32_t rows_max)
    : types({"types", kTypeKeys, kTypes}, rows_max),
      errors({"errors", kErrorKeys, kErrors}, rows_max),
      agents({"agents", kAgentKeys, kAgents}, rows_max),
      patterns({"patterns", kPatternKeys, kPatterns}, rows_max),
      tools({"tools", kToolKeys, kTools}, rows_max), calls({"calls", kCallKeys, kCalls}, rows_max),
      call_durations({"call_durations", kCallDurationKeys, kCallDurations}, rows_max),
      provider_calls({"provider_calls", kProviderKeys, kProviders}, rows_max),
      costs({"costs", kProviderKeys, kCosts}, rows_max),
      subscriptions({"subscriptions", kSubscriptionKeys, kSubscriptions}, rows_max),
      subscription_drops({"subscription_drops", kSubscriptionDropKeys, kSubscriptionDrops},
                         rows_max),
      bus({"bus", {}, kBus}, rows_max),
      bus_rejections({"bus_rejections", kReasonKeys, kBusRejections}, kOwnRowsMax),
      build({"build", kBuildKeys, kBuild}, kOwnRowsMax),
      drops({"drops", kReasonKeys, kDrops}, kOwnRowsMax),
      ignored({"ignored", kIgnoredKeys, kIgnored}, kOwnRowsMax),
      tables({"tables", kTableKeys, kTables}, kOwnRowsMax),
      responses({"responses", kResponseKeys, kResponses}, kOwnRowsMax),
      connections({"connections", kConnectionKeys, kConnections}, kOwnRowsMax) {}

}  // namespace v1
}  // namespace tracebus
