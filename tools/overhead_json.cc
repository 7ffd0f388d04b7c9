// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/overhead_json.h"

#include "tracebus/core/json_fields.h"
#include <cstddef>
#include <optional>


namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::string_view kEmitters = "emitter-";

using Figure = std::optional<double>;

template <class Row, class ToJson>
std::string json_array(const std::vector<Row>& rows, ToJson to_json) {
  std::string text = "[";
  for (const Row& row : rows) {
    if (text.size() > 1) text.push_back(',');
    text.append(to_json(row));
  }
  return text + "]";
}

std::string times_json(const Latencies& latencies) {
  const auto figure = [&](auto get) {
    return latencies.empty() ? Figure() : Figure(get(latencies));
  };
  const auto quantile = [&](double share) {
    return figure([share](const Latencies& l) { return l.quantile_ns(share); });
  };
  return JsonFields()
      .add("count", latencies.count())
      .add("min", figure([](const Latencies& l) { return l.min_ns(); }))
      .add("mean", figure([](const Latencies& l) { return l.mean_ns(); }))
      .add("p50", quantile(0.5))
      .add("p99", quantile(0.99))
      .add("p99_9", quantile(0.999))
      .add("max", figure([](const Latencies& l) { return l.max_ns(); }))
      .to_string();
}

// All reasons, so that a program finds each of them always.
std::string drops_json(const DropCounts& drops) {
  JsonFields fields;
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    fields.add(to_string(static_cast<DropReason>(i)), drops[i]);
  }
  return fields.to_string();
}

Figure per_event(std::uint64_t ns, const OverheadSide& side) {
  if (side.accepted_in_turns == 0) return std::nullopt;
  return static_cast<double>(ns) / static_cast<double>(side.accepted_in_turns);
}

std::string side_json(const OverheadSide& side) {
  const std::string threads = json_array(side.threads, [](const ThreadUse& thread) {
    return JsonFields().add("name", thread.name).add("cpu_ns", thread.cpu_ns).to_string();
  });
  return JsonFields()
      .add_json("emit_ns", times_json(side.emits))
      .add("emitted_events", side.emitted)
      .add("accepted_events", side.accepted)
      .add_json("rejected_events", drops_json(side.rejected))
      .add("truncated_events", side.truncated)
      .add("turns", side.turns)
      .add("accepted_in_turns_events", side.accepted_in_turns)
      .add("accepted_events_per_second", side.accepted_per_second())
      .add("emitting_seconds", side.emitting_seconds)
      .add("flush_seconds", side.flush_seconds)
      .add("flush_max_seconds", side.flush_seconds_max)
      .add_json("threads", threads)
      .add("process_cpu_ns", side.process_cpu_ns)
      .add("emitters_cpu_ns_per_event", per_event(side.cpu_ns_of(kEmitters), side))
      .add("process_cpu_ns_per_event", per_event(side.process_cpu_ns, side))
      .add("resident_growth_bytes", side.resident_growth_bytes)
      .add("ring_max_bytes", side.ring_bytes_max)
      .add("large_max_bytes", side.large_bytes_max)
      .add("block_max_bytes", side.block_bytes_max)
      .to_string();
}

std::string difference_json(const ExporterOverhead& overhead) {
  const OverheadSide& without = overhead.without;
  const OverheadSide& with = overhead.with;
  const auto of_emits = [&](auto get) {
    if (without.emits.empty() || with.emits.empty()) return Figure();
    return Figure(get(with.emits) - get(without.emits));
  };
  const auto at = [&](double share) {
    return of_emits([share](const Latencies& l) { return l.quantile_ns(share); });
  };
  const auto cpu = [](const OverheadSide& side) {
    return per_event(side.cpu_ns_of(kEmitters), side);
  };
  std::string interval = "null";
  if (const auto& p50 = overhead.p50_difference_ns) {
    interval = "[";
    append_json_double(interval, p50->low);
    interval += ",";
    append_json_double(interval, p50->high);
    interval += "]";
  }
  return JsonFields()
      .add("emit_p50_ns", at(0.5))
      .add_json("emit_p50_interval_95_ns", interval)
      .add("emit_p99_ns", at(0.99))
      .add("emit_p99_9_ns", at(0.999))
      .add("emit_max_ns", of_emits([](const Latencies& l) { return l.max_ns(); }))
      .add("emit_mean_ns", of_emits([](const Latencies& l) { return l.mean_ns(); }))
      .add("accepted_events_per_second", with.accepted_per_second() - without.accepted_per_second())
      .add("emitters_cpu_ns_per_event",
           cpu(with) && cpu(without) ? Figure(*cpu(with) - *cpu(without)) : Figure())
      .add("resident_growth_bytes", with.resident_growth_bytes - without.resident_growth_bytes)
      .to_string();
}

std::string export_json(const ExporterOverhead& overhead) {
  const SubscriptionStats& stats = overhead.work.subscription;
  return JsonFields()
      .add("matched_events", stats.matched)
      .add("added_events", stats.added)
      .add("exported_events", stats.delivered)
      .add_json("dropped_events", drops_json(stats.dropped))
      .add("late_events", stats.late)
      .add("batches", stats.batches)
      .add("exported_in_turns_events", overhead.work.exported_in_turns)
      .add("exported_events_per_second", overhead.exported_per_second())
      .add("queue_max_bytes", overhead.work.queue_bytes_max)
      .add("queue_max_events", overhead.work.queue_events_max)
      .add("export_seconds", overhead.work.export_seconds)
      .add("export_max_seconds", overhead.work.export_seconds_max)
      .add("behind_max_seconds", overhead.work.behind_seconds_max)
      .add("last_error", stats.last_error)
      .to_string();
}

std::string measured_json(const MeasuredSpec& measured) {
  const ExporterOverhead& overhead = measured.overhead;
  const absl::Status& status = overhead.exporter_status;
  const std::string message(status.message());
  return JsonFields()
      .add("spec", measured.spec)
      .add("name", overhead.exporter)
      .add("ended_early", overhead.ended_early)
      .add("error", status.ok() ? std::optional<std::string>() : message)
      .add("clock_step_ns", overhead.clock_step_ns)
      .add_json("empty_call_ns", times_json(overhead.empties))
      .add_json("without", side_json(overhead.without))
      .add_json("with", side_json(overhead.with))
      .add_json("difference", difference_json(overhead))
      .add_json("export", export_json(overhead))
      .to_string();
}

std::string_view name_of(Overflow overflow) {
  if (overflow == Overflow::kBlock) return "block";
  return overflow == Overflow::kDropOldest ? "oldest" : "newest";
}

}  // namespace

std::string overhead_json(const std::vector<MeasuredSpec>& measured,
                          const OverheadOptions& options) {
  const std::string given = JsonFields()
                                .add("threads", options.threads)
                                .add("agents", options.agents)
                                .add("rate_events_per_second", options.rate)
                                .add("seconds", options.seconds)
                                .add("payload_bytes", options.payload_bytes)
                                .add("seed", options.seed)
                                .add("overflow", name_of(options.exporter.overflow))
                                .add("queue_max_bytes", options.exporter.queue_bytes_max)
                                .to_string();
  return JsonFields()
             .add_json("options", given)
             .add("quantile_error_max", LatencyHistogram::kErrorMax)
             .add_json("exporters", json_array(measured, measured_json))
             .to_string() +
         "\n";
}

}  // namespace v1
}  // namespace tracebus
