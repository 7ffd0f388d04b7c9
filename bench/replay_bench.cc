// SPDX-License-Identifier: Apache-2.0
//
// What it costs to record and to replay. Times are of a batch of 512 comparison events, written to
// /dev/null, or of so many calls; ratios are to what the JSONL exporter takes for the batch.
//
//   Export/Jsonl          the JSONL exporter
//   Export/ours           the recorder, in its own format: no dearer
//   Export/events         the recorder, lines of the seed's exporter
//   Export/recorder       the recorder, lines of the seed's recorder
//   Export/studio         the recorder, flat lines
//   Replay/load           512 calls read from memory
//   Replay/in_sequence    512 calls answered
//   Replay/by_request     512 calls answered by their requests
//   Replay/onto_a_bus     512 calls read from memory, emitted as they are, and delivered
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "tracebus/bench/bus_rig.h"
#include "tracebus/bench/comparison_batch.h"
#include "tracebus/bench/ratio_reporter.h"
#include "tracebus/exporters/jsonl_exporter.h"
#include "tracebus/readers/jsonl_reader.h"
#include "tracebus/trace/recording_exporter.h"
#include "tracebus/trace/replay_events.h"
#include "tracebus/trace/replay_llm.h"

namespace tracebus::bench {
namespace {

constexpr char kNowhere[] = "/dev/null";
constexpr std::size_t kCalls = kBatchEventsDefault;

void count_rate(benchmark::State& state) {
  state.counters["events/s"] = benchmark::Counter(static_cast<double>(state.iterations()) * kCalls,
                                                  benchmark::Counter::kIsRate);
}

void export_batches(benchmark::State& state, Exporter& exporter) {
  const ComparisonBatch records(true);
  const ExportContext context{.deadline = Deadline::max(), .stop = {}};
  for (auto _ : state) {
    if (exporter.export_batch(records.batch(), context).lost() != 0) {
      state.SkipWithError("not exported");
    }
  }
  count_rate(state);
}

void Jsonl(benchmark::State& state) {
  const auto exporter = JsonlExporter::open(kNowhere);
  if (!exporter.ok()) return state.SkipWithError("cannot open /dev/null");
  export_batches(state, **exporter);
}

void record_batches(benchmark::State& state, std::optional<RecordingFormat> format) {
  const auto exporter = RecordingExporter::open(kNowhere, {.format = format});
  if (!exporter.ok()) return state.SkipWithError("cannot open /dev/null");
  export_batches(state, **exporter);
}

RecordedEntry call(std::size_t number) {
  return {.event_type = "llm_call",
          .agent_name = std::string(kAgent),
          .run_id = "run-174",
          .messages = {{"system", "You are an analyst."},
                       {"user", "What is the outlook of company " + std::to_string(number) + "?"}},
          .response = "Strong demand, stretched valuation, and a risk in currency."};
}

std::string recorded_lines() {
  std::string lines;
  for (std::size_t i = 0; i < kCalls; ++i) {
    append_recording_line(lines, call(i), RecordingFormat::kRecorder);
    lines += '\n';
  }
  return lines;
}

void Load(benchmark::State& state) {
  const std::string lines = recorded_lines();
  for (auto _ : state) {
    const auto reader = read_jsonl(lines);
    if (load_recording(*reader, "memory")->entries.size() != kCalls) {
      state.SkipWithError("not loaded");
    }
  }
  count_rate(state);
}

void answer(benchmark::State& state, ReplayMatch match) {
  Recording recording;
  for (std::size_t i = 0; i < kCalls; ++i) recording.entries.push_back(call(i));
  const std::vector<RecordedEntry> calls = recording.entries;
  const ReplaySource source(std::move(recording), "memory");
  for (auto _ : state) {
    state.PauseTiming();
    const auto llm = source.llm(kAgent, {.match = match});
    state.ResumeTiming();
    for (const RecordedEntry& asked : calls) {
      if (!(*llm)->call(asked.messages).ok()) state.SkipWithError("not answered");
    }
  }
  count_rate(state);
}

void OntoABus(benchmark::State& state) {
  const std::string lines = recorded_lines();
  TraceEventBus bus(quiet_options());
  bus.subscribe([](const EventView& event) { benchmark::DoNotOptimize(event.sequence()); });
  for (auto _ : state) {
    const auto reader = read_jsonl(lines);
    const auto replayed = replay_events(*reader, bus, {.speed = 0});
    if (!replayed.ok() || replayed->accepted != kCalls) state.SkipWithError("not replayed");
  }
  count_rate(state);
}

BENCHMARK(Jsonl)->Name("Export/Jsonl");
BENCHMARK_CAPTURE(record_batches, ours, std::nullopt)->Name("Export/ours");
BENCHMARK_CAPTURE(record_batches, events, RecordingFormat::kEvents)->Name("Export/events");
BENCHMARK_CAPTURE(record_batches, recorder, RecordingFormat::kRecorder)->Name("Export/recorder");
BENCHMARK_CAPTURE(record_batches, studio, RecordingFormat::kStudio)->Name("Export/studio");
BENCHMARK(Load)->Name("Replay/load");
BENCHMARK_CAPTURE(answer, in_sequence, ReplayMatch::kInSequence)->Name("Replay/in_sequence");
BENCHMARK_CAPTURE(answer, by_request, ReplayMatch::kByRequest)->Name("Replay/by_request");
BENCHMARK(OntoABus)->Name("Replay/onto_a_bus")->UseRealTime();

}  // namespace
}  // namespace tracebus::bench

int main(int argc, char** argv) {
  return tracebus::bench::run_with_ratios(argc, argv, "Export/Jsonl");
}
