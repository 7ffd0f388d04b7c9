// SPDX-License-Identifier: Apache-2.0
//
// The whole way from a span's end() to encoded batches of OTLP, without a network: bus, worker and
// encoder, to a sender that throws the requests away. Producers do not pause, but where the
// exporter's queue is full: there they wait, so that nothing is lost, and the sender counts.
//
//   SpanExport/encode        encoding alone: the same batches, from records in memory
//   SpanExport/ends/<n>      n producers emit ends of spans with 10 attributes
//   SpanExport/spans/<n>     n threads make spans with 10 attributes by a Tracer; starts cross the
//                            bus too, as they do by default
//
// Times are of a span, ratios to encoding alone. dispatcher_ns, worker_ns and producers_ns are the
// processor time of the threads, a span: the largest limits the rate where there is a processor for
// each, their sum divided by the processors where there is not.
#include <benchmark/benchmark.h>
#include <sched.h>

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/bench/bus_rig.h"
#include "tracebus/bench/discarding_sender.h"
#include "tracebus/bench/llm_span.h"
#include "tracebus/bench/ratio_reporter.h"
#include "tracebus/bench/thread_times.h"
#include "tracebus/exporters/otlp/otlp_requests.h"
#include "tracebus/trace/tracer.h"

namespace tracebus::bench {
namespace {

constexpr std::int64_t kSpans = 1'000'000;
constexpr std::int64_t kBlockTimeoutMs = 60'000;  // longer than a run takes
constexpr std::size_t kBatchSpans = 8192;

// OtlpRequests as an exporter.
class EncodingExporter final : public Exporter {
 public:
  explicit EncodingExporter(std::shared_ptr<Discarded> discarded)
      : requests_({.requests_max = 1, .resource = resource_},
                  std::make_unique<DiscardingSender>(std::move(discarded))) {}
  std::string_view name() const noexcept override { return "encoding"; }
  ExportResult export_batch(const Batch& batch, const ExportContext& context) override {
    return requests_.export_batch(batch, context, error_);
  }

 private:
  const Resource resource_;
  OtlpRequests requests_;
  std::string error_;
};

class Rig {
 public:
  Rig() : bus_(quiet_options()), tracer_(bus_) {
    ExporterOptions options;
    options.batch = {.events_max = kBatchSpans, .bytes_max = std::size_t{32} << 20};
    options.overflow = Overflow::kBlock;
    options.block_timeout_ms = kBlockTimeoutMs;
    is_ready_ = bus_.add_exporter(std::make_unique<EncodingExporter>(discarded_), options).ok();
  }
  TraceEventBus& bus() noexcept { return bus_; }
  const Tracer& tracer() const noexcept { return tracer_; }
  // Whether so many were encoded.
  bool finish(std::uint64_t spans) {
    return is_ready_ && bus_.flush(std::chrono::seconds(60)).ok() && discarded_->spans == spans;
  }

 private:
  const std::shared_ptr<Discarded> discarded_ = std::make_shared<Discarded>();
  bool is_ready_ = false;
  TraceEventBus bus_;
  Tracer tracer_;
};

// Returns how many spans ended.
std::int64_t emit_ends(Rig& rig, std::int64_t spans) {
  Producer producer = rig.bus().producer();
  for (std::int64_t i = 0; i < spans; ++i) {
    while (emit_llm_span(producer, i) != EmitResult::kAccepted) sched_yield();
  }
  return spans;
}

// Within one of an agent.
std::int64_t make_spans(Rig& rig, std::int64_t spans) {
  const ComparisonEvent& event = comparison_event();
  const auto agent = rig.tracer().agent(event.agent);
  for (std::int64_t i = 0; i < spans; ++i) {
    auto span = rig.tracer().span({.kind = SpanKind::kLlm, .name = event.model, .current = false});
    set_llm_attributes(span, i);
  }
  return spans + 1;
}

void count_processor_time(benchmark::State& state, const std::map<std::string, double>& before) {
  for (const auto& [name, time_ns] : thread_times_ns()) {
    const auto known = before.find(name);
    const double spent_ns = time_ns - (known == before.end() ? 0 : known->second);
    const bool is_ours = name == "tb-dispatcher" || name == "tb-worker";
    if (is_ours) state.counters[name.substr(3) + "_ns"] += spent_ns / kSpans;
  }
}

double thread_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

using Work = std::int64_t (*)(Rig&, std::int64_t);

struct Worked {
  std::int64_t spans = 0;
  double processor_ns = 0;
};

// All spans, by so many threads.
Worked work(Rig& rig, std::int64_t threads, Work make) {
  std::vector<Worked> each(static_cast<std::size_t>(threads));
  std::vector<std::thread> running;
  for (Worked& own : each) {
    running.emplace_back([&rig, &own, make, spans = kSpans / threads] {
      own.spans = make(rig, spans);
      own.processor_ns = thread_ns();
    });
  }
  for (std::thread& thread : running) thread.join();
  Worked all;
  for (const Worked& own : each) {
    all.spans += own.spans;
    all.processor_ns += own.processor_ns;
  }
  return all;
}

// The time of an iteration is that of one span.
void report(benchmark::State& state) {
  for (auto& counter : state.counters) counter.second.flags = benchmark::Counter::kAvgIterations;
  state.counters["spans/s"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

void WholeWay(benchmark::State& state, Work make) {
  for (auto _ : state) {
    Rig rig;
    const auto times = thread_times_ns();
    const auto begin = std::chrono::steady_clock::now();
    const Worked worked = work(rig, state.range(0), make);
    if (!rig.finish(static_cast<std::uint64_t>(worked.spans))) {
      state.SkipWithError("spans were lost");
    }
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
    state.SetIterationTime(elapsed.count() / static_cast<double>(worked.spans));
    state.counters["producers_ns"] += worked.processor_ns / static_cast<double>(worked.spans);
    count_processor_time(state, times);
  }
  report(state);
}

// The batches of the worker, without the bus.
void Encode(benchmark::State& state) {
  const LlmSpanBatch spans(kBatchSpans);
  const auto discarded = std::make_shared<Discarded>();
  EncodingExporter exporter(discarded);
  const ExportContext context{.deadline = Deadline::max(), .stop = {}};
  for (auto _ : state) {
    const auto begin = std::chrono::steady_clock::now();
    if (exporter.export_batch(spans.batch(), context).lost() != 0) state.SkipWithError("lost");
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
    state.SetIterationTime(elapsed.count() / kBatchSpans);
  }
  if (discarded->spans != static_cast<std::uint64_t>(state.iterations()) * kBatchSpans) {
    state.SkipWithError("not encoded");
  }
  report(state);
}

// The library would choose how many by the time of an iteration, which is told as that of a span.
BENCHMARK(Encode)->Name("SpanExport/encode")->UseManualTime()->Iterations(100);
BENCHMARK_CAPTURE(WholeWay, ends, emit_ends)
    ->Name("SpanExport/ends")
    ->UseManualTime()
    ->Iterations(1)
    ->Arg(1)
    ->Arg(2)
    ->Arg(4);
BENCHMARK_CAPTURE(WholeWay, spans, make_spans)
    ->Name("SpanExport/spans")
    ->UseManualTime()
    ->Iterations(1)
    ->Arg(1)
    ->Arg(2)
    ->Arg(4);

}  // namespace
}  // namespace tracebus::bench

int main(int argc, char** argv) {
  return tracebus::bench::run_with_ratios(argc, argv,
                                          "SpanExport/encode/iterations:100/manual_time", 5);
}
