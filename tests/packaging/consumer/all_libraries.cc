// SPDX-License-Identifier: Apache-2.0
//
// Uses what each installed library is there for: events into a file of Protobuf messages and into
// one of JSON lines, and back; what an exporter costs; a hand-off in headers; a run recorded and
// replayed; a trace as text; a store of what was written; a Studio. Ends with 0 if they came back,
// and all that was measured with was exported.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/core/proto/event_proto.h"
#include "tracebus/exporters/exporter_spec.h"
#include "tracebus/exporters/null_exporter.h"
#include "tracebus/exporters/proto_file_exporter.h"
#include "tracebus/measure/measure_exporter_overhead.h"
#include "tracebus/readers/jsonl_reader.h"
#include "tracebus/readers/proto_file_reader.h"
#include "tracebus/render/tree_text.h"
#include "tracebus/studio/studio.h"
#include "tracebus/studio/trace_store.h"
#include "tracebus/trace/price_file.h"
#include "tracebus/trace/propagation.h"
#include "tracebus/trace/recorder.h"
#include "tracebus/trace/replay_llm.h"
#include "tracebus/trace/trace_collector.h"

namespace {

using Exporters = absl::StatusOr<std::unique_ptr<tracebus::Exporter>>;

std::uint64_t count_events(tracebus::EventReader& reader) {
  std::uint64_t events = 0;
  while (reader.next() != nullptr) ++events;
  return events;
}

bool write_both(const std::string& lines, const std::string& messages) {
  tracebus::TraceEventBus bus;
  Exporters to_lines = tracebus::ExporterFactory::with_builtin().make("jsonl:" + lines);
  auto to_messages = tracebus::ProtoFileExporter::open(messages);
  if (!to_lines.ok() || !to_messages.ok()) return false;
  if (!bus.add_exporter(*std::move(to_lines)).ok()) return false;
  if (!bus.add_exporter(*std::move(to_messages)).ok()) return false;
  for (int i = 0; i < 10; ++i) {
    bus.emit({.event_type = "agent_start", .agent_name = "analyst", .payload = {{"n", i}}});
  }
  return bus.shutdown(std::chrono::seconds(10)).ok();
}

bool measure() {
  tracebus::OverheadOptions options;
  options.seconds = 0.1;
  options.rate = 1000;
  const auto overhead = tracebus::measure_exporter_overhead(
      [] { return std::make_unique<tracebus::NullExporter>(); }, options);
  if (!overhead.ok()) return false;
  const tracebus::SubscriptionStats& exported = overhead->work.subscription;
  return exported.delivered > 0 && exported.delivered == overhead->with.accepted;
}

bool replay() {
  tracebus::Recorder recorder;
  const bool recorded =
      recorder.start("pipeline").ok() &&
      recorder.record_llm_call({.agent_name = "analyst", .response = "yes"}).ok() &&
      recorder.end("yes").ok() && recorder.save("run.jsonl").ok();
  if (!recorded) return false;
  const auto llm = tracebus::ReplayLlm::from_recording("run.jsonl", "analyst");
  return llm.ok() && (*llm)->call({{"user", "?"}})->response() == "yes";
}

bool render() {
  tracebus::TraceCollector collector;
  collector.add({.event_type = "agent_start", .agent_name = "analyst"});
  return tracebus::to_tree_text(collector.latest()).find("analyst [open]") != std::string::npos;
}

bool store(const std::string& lines) {
  tracebus::TraceStore store;
  const auto loaded = store.load(lines);
  return loaded.ok() && store.query({.agent_name = "analyst"}).matched() == 10;
}

// In the process of the agents.
bool studio() {
  tracebus::TraceEventBus bus;
  const tracebus::Studio studio(bus, {.port = 0, .otlp_port = std::nullopt});
  if (!studio.status().ok() || studio.url().empty()) return false;
  bus.emit({.event_type = "agent_start", .agent_name = "analyst"});
  return bus.flush(std::chrono::seconds(10)).ok() &&
         studio.store().query({.agent_name = "analyst"}).matched() == 1;
}

bool price() {
  const auto prices = tracebus::parse_prices(
      R"([{"model_pattern": "m", "input_cost_per_1k": 0.5, "output_cost_per_1k": 1}])", "prices");
  return prices.ok() && prices->find("m-1") != nullptr;
}

}  // namespace

int main() {
  const std::string lines = "events.jsonl";
  const std::string messages = "events.pb";
  std::remove(lines.c_str());
  std::remove(messages.c_str());
  if (!write_both(lines, messages)) return 1;
  auto from_lines = tracebus::open_jsonl(lines);
  auto source = tracebus::open_file_source(messages);
  if (!from_lines.ok() || !source.ok()) return 2;
  tracebus::ProtoFileReader from_messages(*std::move(source));
  tracebus::proto::v1::TraceEvent message;
  message.set_event_type("agent_start");
  if (!tracebus::from_proto(message).ok()) return 3;
  if (!measure()) return 5;
  std::map<std::string, std::string> headers;
  tracebus::inject(tracebus::Context(), headers, {.agent_name = "analyst"});
  if (tracebus::extract(headers).hand_off.agent_name != "analyst") return 6;
  if (!replay()) return 7;
  if (!render()) return 8;
  if (!price()) return 9;
  if (!store(lines)) return 10;
  if (!studio()) return 11;
  return count_events(**from_lines) == 10 && count_events(from_messages) == 10 ? 0 : 4;
}
