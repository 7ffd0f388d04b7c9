// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/dashboard_json.h"

#include "tracebus/studio/store_json.h"

namespace tracebus {
inline namespace v1 {
namespace {

std::string kpi_json(const Kpi& kpi) {
  return JsonFields()
      .add("value", kpi.value)
      .add("first_half", kpi.first_half)
      .add("second_half", kpi.second_half)
      .add("change", kpi.change())
      .to_string();
}

std::string point_json(const CostPoint& point) {
  return JsonFields()
      .add("until", json_time(point.until))
      .add("cost_usd", static_cast<double>(point.cost_nanos) / 1e9)
      .to_string();
}

std::string health_json(const ProviderHealth& provider) {
  return JsonFields()
      .add("name", provider.name)
      .add("calls", provider.calls)
      .add("errors", provider.errors)
      .add("success_rate", provider.success_rate)
      .add("mean_ms", provider.mean_latency_ms)
      .add("ok", provider.is_ok)
      .to_string();
}

}  // namespace

std::string dashboard_json(const Dashboard& dashboard) {
  const auto run_json = [](const RunSummary& run) { return run_fields(run).to_string(); };
  return JsonFields()
      .add("from", json_time(dashboard.from))
      .add("until", json_time(dashboard.until))
      .add_json("runs", kpi_json(dashboard.runs))
      .add_json("success_rate", kpi_json(dashboard.success_rate))
      .add_json("cost_usd", kpi_json(dashboard.cost_usd))
      .add_json("tokens", kpi_json(dashboard.tokens))
      .add_json("latency_s", kpi_json(dashboard.latency_s))
      .add_json("recent_runs", json_array(dashboard.recent_runs, run_json))
      .add_json("cost_over_time", json_array(dashboard.cost_over_time, point_json))
      .add_json("cost_by_provider", cost_groups_json(dashboard.cost_by_provider))
      .add_json("top_agents", cost_groups_json(dashboard.top_agents))
      .add_json("providers", json_array(dashboard.providers, health_json))
      .to_string();
}

}  // namespace v1
}  // namespace tracebus
