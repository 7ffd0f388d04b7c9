// SPDX-License-Identifier: Apache-2.0
//
// What Studio's page asks of a store, as the text of an answer.
//
//   RunTree       a run of 100,000 spans as columns; answer_mb is the answer
//   Graph...      5 million events of 1,000,000 agents: folded by itself, one group unfolded, and
//                 one run of them. Set TRACEBUS_API_BENCH_AGENTS for another number
//   Runs, Events  a page of lists of those
//   Dashboard     of those
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "tracebus/studio/studio_api.h"

namespace tracebus {
namespace {

constexpr std::size_t kNoLimit = std::size_t{1} << 40;
constexpr std::int64_t kStartNs = 1'749'479'521'000'000'000;

template <std::size_t kBytes>
void write_id(std::uint64_t number, std::array<std::uint8_t, kBytes>& bytes) {
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(number >> 8 * i);
}

// Gives the events that make(event, i) fills.
template <class Make>
class MadeReader final : public EventReader {
 public:
  MadeReader(std::uint64_t events, Make make) : events_(events), make_(std::move(make)) {}
  const TraceEvent* next() override {
    if (made_ == events_) return nullptr;
    event_ = TraceEvent{};
    event_.timestamp = Timestamp::from_unix_ns(kStartNs + static_cast<std::int64_t>(made_) * 1'003);
    make_(event_, made_++);
    return &event_;
  }
  const ReadAccount& account() const noexcept override { return account_; }

 private:
  const std::uint64_t events_;
  Make make_;
  std::uint64_t made_ = 0;
  TraceEvent event_;
  ReadAccount account_;
};

template <class Make>
std::unique_ptr<TraceStore> store_of(std::uint64_t events, Make make) {
  MadeReader<Make> reader(events, std::move(make));
  auto store = std::make_unique<TraceStore>(TraceStoreOptions{.bytes_max = kNoLimit});
  if (!store->add(reader).ok()) std::abort();
  return store;
}

// Ends of spans, each below one before it, eight to a level.
const TraceStore& one_large_run() {
  static const std::unique_ptr<TraceStore> kStore =
      store_of(100'000, [name = std::string()](TraceEvent& event, std::uint64_t i) mutable {
        name = "agent_" + std::to_string(i % 50);
        event.event_type = i % 3 == 0 ? "agent_end" : "llm_call_end";
        event.agent_name = name;
        event.pattern_type = "supervisor";
        write_id(1, event.ids.run_id.bytes);
        write_id(1, event.ids.trace_id.bytes);
        write_id(i + 1, event.ids.span_id.bytes);
        if (i != 0) write_id(i / 8 + 1, event.ids.parent_span_id.bytes);
        event.payload.add("gen_ai.request.model", i % 2 == 0 ? "gpt-4o" : "gpt-4o-mini");
        event.payload.add("gen_ai.usage.input_tokens", i % 4000);
        event.payload.add("gen_ai.usage.output_tokens", i % 900);
        event.payload.add("cost_usd", static_cast<double>(i % 90'000) / 1e6);
        event.payload.add("duration_ms", static_cast<double>(100'000 - i));
      });
  return *kStore;
}

std::uint64_t agents() {
  const char* const said = std::getenv("TRACEBUS_API_BENCH_AGENTS");
  return said == nullptr ? 1'000'000 : std::strtoull(said, nullptr, 10);
}

// Five events an agent: its span, a call, and a hand-off to the next of its run of eight.
const TraceStore& swarm() {
  static const std::unique_ptr<TraceStore> kStore = store_of(
      5 * agents(),
      [name = std::string(), next = std::string()](TraceEvent& event, std::uint64_t i) mutable {
        static const char* const kTypes[] = {"agent_start", "llm_call_start", "llm_call_end",
                                             "handoff", "agent_end"};
        static const char* const kRoles[] = {"planner-", "worker-", "critic-", "writer-"};
        static const char* const kPatterns[] = {"supervisor", "debate", "pipeline"};
        const std::uint64_t agent = i / 5, run = agent / 8, step = i % 5;
        name = kRoles[agent % 4] + std::to_string(agent);
        next = kRoles[(agent + 1) % 4] + std::to_string(agent + 1);
        event.event_type = kTypes[step];
        event.agent_name = name;
        event.pattern_type = kPatterns[run % 3];
        write_id(run + 1, event.ids.run_id.bytes);
        write_id(run + 1, event.ids.trace_id.bytes);
        const bool is_call = step == 1 || step == 2;
        write_id(2 * agent + (is_call ? 2 : 1), event.ids.span_id.bytes);
        if (is_call) write_id(2 * agent + 1, event.ids.parent_span_id.bytes);
        if (!is_call && agent % 8 != 0) write_id(2 * agent - 1, event.ids.parent_span_id.bytes);
        if (is_call) event.payload.add("model", agent % 3 == 0 ? "gpt-4o" : "gpt-4o-mini");
        if (step == 2) {
          event.payload.add("input_tokens", agent % 4000);
          event.payload.add("output_tokens", agent % 900);
          event.payload.add("cost_usd", static_cast<double>(agent % 90'000) / 1e6);
          event.payload.add("duration_ms", static_cast<double>(agent % 3000));
        }
        if (step == 3) {
          event.payload.add("to", next);
          event.payload.add("reason", agent % 2 == 0 ? "needs review" : "needs research");
        }
      });
  return *kStore;
}

void ask(benchmark::State& state, const TraceStore& store, std::string_view path,
         std::string_view query = {}) {
  const StudioApi api(store);
  HttpCall call;
  call.method = "GET";
  call.path = path;
  call.query = query;
  std::size_t bytes = 0;
  for (auto _ : state) {
    const HttpReply reply = api.answer(call);
    if (reply.status != 200) state.SkipWithError(reply.body.c_str());
    bytes = reply.body.size();
  }
  state.counters["answer_mb"] = static_cast<double>(bytes) / 1e6;
}

void BM_RunTree(benchmark::State& state) {
  ask(state, one_large_run(), "/api/runs/01000000000000000000000000000000/spans");
}
void BM_GraphAuto(benchmark::State& state) { ask(state, swarm(), "/api/graph"); }
void BM_GraphUnfolded(benchmark::State& state) {
  ask(state, swarm(), "/api/graph", "unfold=pattern:debate/role:worker");
}
void BM_GraphOfOneRun(benchmark::State& state) {
  ask(state, swarm(), "/api/graph", "run=05000000000000000000000000000000");
}
void BM_Runs(benchmark::State& state) { ask(state, swarm(), "/api/runs", "limit=100"); }
void BM_Events(benchmark::State& state) {
  ask(state, swarm(), "/api/events", "type=llm_call_end&sort=duration&limit=100");
}
void BM_WholeEvents(benchmark::State& state) {
  ask(state, swarm(), "/api/events", "type=llm_call_end&limit=10000&whole=1");
}
void BM_Dashboard(benchmark::State& state) { ask(state, swarm(), "/api/dashboard"); }
void BM_Providers(benchmark::State& state) { ask(state, swarm(), "/api/providers"); }
BENCHMARK(BM_RunTree)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_GraphAuto)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_GraphUnfolded)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_GraphOfOneRun)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Runs)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Events)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_WholeEvents)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Dashboard)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Providers)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tracebus

BENCHMARK_MAIN();
