// SPDX-License-Identifier: Apache-2.0
//
// The trace store.
//
//   Parse      simdjson alone over the same bytes, line after line, every value looked at by type:
//              what loading is compared with
//   Read       the reader alone: events, and nothing made of them
//   Load       a file into a store; memory_ratio is memory by the file's bytes
//   Append     events of a bus, 4096 at a time
//   Query...   over 10 million events; set TRACEBUS_STORE_BENCH_SPANS for another number
#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "tracebus/core/json_writer.h"
#include "tracebus/readers/jsonl_reader.h"
#include "tracebus/studio/event_record.h"
#include "tracebus/studio/trace_store.h"

namespace tracebus {
namespace {

constexpr std::size_t kNoLimit = std::size_t{1} << 40;
constexpr std::uint64_t kFileEvents = 500'000;

const char* const kModels[] = {"claude-sonnet-4-20250514", "gpt-4o-mini",
                               "claude-haiku-3-5-20241022", "gemini-2.5-flash"};
const char* const kProviders[] = {"anthropic", "openai", "anthropic", "gcp.gemini"};

// An event of a run of eight, as a tracer says it; its texts live until the next call.
class MadeEvents {
 public:
  const TraceEvent& next() {
    const std::uint64_t i = made_++;
    const std::uint64_t run = i / 8, step = i % 8;
    // An agent's span around three calls, one after the other.
    const bool is_agent = step == 0 || step == 7;
    const bool is_start = step == 0 || (step != 7 && step % 2 == 1);
    const std::uint64_t span = run * 4 + 1 + (is_agent ? 0 : (step + 1) / 2);
    const std::uint64_t which = (i * 2654435761u >> 7) % 4;
    event_ = TraceEvent{};
    event_.timestamp =
        Timestamp::from_unix_ns(1'749'479'521'000'000'000 + static_cast<std::int64_t>(i) * 1'003);
    std::snprintf(agent_, sizeof agent_, "agent_%02u", static_cast<unsigned>(run % 50));
    event_.agent_name = agent_;
    event_.pattern_type = "supervisor";
    for (std::size_t byte = 0; byte < 8; ++byte) {
      const auto part = static_cast<std::uint8_t>((run + 1) >> 8 * byte);
      event_.ids.run_id.bytes[byte] = event_.ids.trace_id.bytes[byte] = part;
      event_.ids.span_id.bytes[byte] = static_cast<std::uint8_t>(span >> 8 * byte);
      event_.ids.parent_span_id.bytes[byte] = part;
    }
    event_.origin = Origin{0x1234567890abcdef, i + 1, static_cast<std::uint32_t>(run % 8)};
    if (is_start) {
      event_.event_type = is_agent ? "agent_start" : "llm_call_start";
      event_.payload.add("span.name", is_agent ? agent_ : kModels[which]);
      event_.payload.add("span.kind", is_agent ? "AGENT" : "LLM");
      event_.payload.add("gen_ai.request.model", kModels[which]);
      return event_;
    }
    event_.event_type = is_agent ? "agent_end" : "llm_call_end";
    event_.payload.add("span.name", is_agent ? agent_ : kModels[which]);
    event_.payload.add("span.kind", is_agent ? "AGENT" : "LLM");
    event_.payload.add("span.status", i % 50 == 1 ? "error" : "ok");
    event_.payload.add("duration_ms", static_cast<double>(i * 7919 % 400'000) / 100);
    event_.payload.add("gen_ai.request.model", kModels[which]);
    event_.payload.add("gen_ai.provider.name", kProviders[which]);
    event_.payload.add("gen_ai.usage.input_tokens", i * 31 % 4000);
    event_.payload.add("gen_ai.usage.output_tokens", i * 17 % 900);
    event_.payload.add("cost_usd", static_cast<double>(i * 13 % 90'000) / 1e6);
    return event_;
  }

 private:
  std::uint64_t made_ = 0;
  char agent_[32];
  TraceEvent event_;
};

const std::string& file_text() {
  static const std::string kText = [] {
    std::string text;
    MadeEvents events;
    EventRecord record;
    for (std::uint64_t i = 0; i < kFileEvents; ++i) {
      if (record.write(events.next())) append_json_event(text, record.view());
      text += '\n';
    }
    return text;
  }();
  return kText;
}

class BenchFile {
 public:
  BenchFile() : path_(std::filesystem::temp_directory_path() / "tracebus_store_bench.jsonl") {
    std::ofstream(path_) << file_text();
  }
  ~BenchFile() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};
const BenchFile& bench_file() {
  static const BenchFile kFile;
  return kFile;
}

void say_rates(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(file_text().size()));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kFileEvents));
}

void BM_Parse(benchmark::State& state) {
  const simdjson::padded_string text(file_text());
  simdjson::dom::parser parser;
  for (auto _ : state) {
    std::uint64_t members = 0;
    simdjson::dom::document_stream lines;
    if (parser.parse_many(text).get(lines)) state.SkipWithError("parse_many");
    for (auto line : lines) members += line.is_object();
    benchmark::DoNotOptimize(members);
  }
  say_rates(state);
}
BENCHMARK(BM_Parse)->Unit(benchmark::kMillisecond);

void BM_Read(benchmark::State& state) {
  for (auto _ : state) {
    const auto reader = open_jsonl(bench_file().path());
    while (const TraceEvent* event = (*reader)->next()) benchmark::DoNotOptimize(event);
  }
  say_rates(state);
}
BENCHMARK(BM_Read)->Unit(benchmark::kMillisecond);

void BM_Load(benchmark::State& state) {
  double ratio = 0;
  for (auto _ : state) {
    TraceStore store({.bytes_max = kNoLimit});
    if (!store.load(bench_file().path()).ok()) state.SkipWithError("load");
    state.PauseTiming();
    const auto bytes = static_cast<double>(store.summary().bytes);
    ratio = bytes / static_cast<double>(file_text().size());
    state.ResumeTiming();
  }
  state.counters["memory_ratio"] = ratio;
  say_rates(state);
}
BENCHMARK(BM_Load)->Unit(benchmark::kMillisecond);

void BM_Append(benchmark::State& state) {
  constexpr std::size_t kEvents = 4096;
  MadeEvents events;
  std::vector<EventRecord> records(kEvents);
  TraceStore store({.bytes_max = std::size_t{256} << 20});
  std::vector<EventView> views;
  for (EventRecord& record : records) {
    record.write(events.next());
    views.push_back(record.view());
  }
  for (auto _ : state) store.append(views);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kEvents));
}
BENCHMARK(BM_Append)->Unit(benchmark::kMillisecond);

// Gives made events as a reader does.
class MadeReader final : public EventReader {
 public:
  explicit MadeReader(std::uint64_t events) : left_(events) {}
  const TraceEvent* next() override { return left_ == 0 ? nullptr : (--left_, &events_.next()); }
  const ReadAccount& account() const noexcept override { return account_; }

 private:
  std::uint64_t left_;
  MadeEvents events_;
  ReadAccount account_;
};

const TraceStore& large_store() {
  static const std::unique_ptr<TraceStore> kStore = [] {
    const char* const said = std::getenv("TRACEBUS_STORE_BENCH_SPANS");
    MadeReader reader(said == nullptr ? 10'000'000 : std::strtoull(said, nullptr, 10));
    auto store = std::make_unique<TraceStore>(TraceStoreOptions{.bytes_max = kNoLimit});
    if (!store->add(reader).ok()) std::abort();
    return store;
  }();
  return *kStore;
}

void BM_CostBy(benchmark::State& state) {
  const TraceStore& store = large_store();
  const auto by = static_cast<GroupBy>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(store.costs(by));
}
BENCHMARK(BM_CostBy)
    ->ArgName("by")
    ->Arg(static_cast<int>(GroupBy::kModel))
    ->Arg(static_cast<int>(GroupBy::kAgent))
    ->Arg(static_cast<int>(GroupBy::kProvider))
    ->Arg(static_cast<int>(GroupBy::kDay))
    ->Unit(benchmark::kMillisecond);

void BM_Latency(benchmark::State& state) {
  const TraceStore& store = large_store();
  for (auto _ : state) benchmark::DoNotOptimize(store.latencies(GroupBy::kModel));
}
BENCHMARK(BM_Latency)->Unit(benchmark::kMillisecond);

void BM_Dashboard(benchmark::State& state) {
  const TraceStore& store = large_store();
  for (auto _ : state) benchmark::DoNotOptimize(store.dashboard());
}
BENCHMARK(BM_Dashboard)->Unit(benchmark::kMillisecond);

void ask(benchmark::State& state, const SpanQuery& query) {
  const TraceStore& store = large_store();
  for (auto _ : state) benchmark::DoNotOptimize(store.query(query));
}
void BM_QuerySlowest(benchmark::State& state) {
  ask(state, {.sort = SpanSort::kByDuration, .descending = true, .limit = 50});
}
void BM_QueryType(benchmark::State& state) {
  ask(state, {.event_type = "llm_call_end", .limit = 100});
}
void BM_QueryThree(benchmark::State& state) {
  ask(state, {.event_type = "llm_call_end",
              .agent_name = "agent_07",
              .min_duration_ms = 2000,
              .sort = SpanSort::kByCost,
              .descending = true,
              .limit = 100});
}
void BM_QueryRun(benchmark::State& state) {
  ask(state, {.run_id = "40420f00000000000000000000000000"});
}
BENCHMARK(BM_QuerySlowest)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_QueryType)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_QueryThree)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_QueryRun)->Unit(benchmark::kMillisecond);

void BM_Summary(benchmark::State& state) {
  const TraceStore& store = large_store();
  for (auto _ : state) benchmark::DoNotOptimize(store.summary());
}
BENCHMARK(BM_Summary)->Unit(benchmark::kMillisecond);

void BM_ListRuns(benchmark::State& state) {
  const TraceStore& store = large_store();
  for (auto _ : state) benchmark::DoNotOptimize(store.runs({.limit = 50}));
}
BENCHMARK(BM_ListRuns)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tracebus

BENCHMARK_MAIN();
