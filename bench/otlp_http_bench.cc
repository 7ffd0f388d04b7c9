// SPDX-License-Identifier: Apache-2.0
//
// The whole way from the end of a span to a receiver of OTLP over HTTP on this machine that throws
// away what it gets, from one producer that emits without a pause, but where the exporter's queue
// is full: there it waits, so that nothing is lost.
//
//   OtlpHttp/protobuf/<n>   with batches of at most n spans
//   OtlpHttp/gzip/<n>
//
// producer_ns, dispatcher_ns, worker_ns and sink_ns are the processor time of each thread, a span:
// the largest limits the rate where there is a processor for each, their sum divided by the
// processors where there is not.
#include <benchmark/benchmark.h>
#include <sched.h>

#include <map>
#include <string>

#include "tracebus/bench/bus_rig.h"
#include "tracebus/bench/http_sink.h"
#include "tracebus/bench/llm_span.h"
#include "tracebus/bench/ratio_reporter.h"
#include "tracebus/bench/thread_times.h"
#include "tracebus/exporters/otlp_http/otlp_http_exporter.h"

namespace tracebus::bench {
namespace {

constexpr std::int64_t kSpans = 1'000'000;
constexpr std::int64_t kBlockTimeoutMs = 60'000;  // longer than a run takes

bool emit_all(TraceEventBus& bus) {
  Producer producer = bus.producer();
  for (std::int64_t i = 0; i < kSpans; ++i) {
    while (emit_llm_span(producer, i) != EmitResult::kAccepted) sched_yield();
  }
  return bus.flush(std::chrono::seconds(60)).ok();
}

void count_processor_time(benchmark::State& state, const std::map<std::string, double>& before) {
  for (const auto& [name, time_ns] : thread_times_ns()) {
    const auto known = before.find(name);
    const double spent_ns = time_ns - (known == before.end() ? 0 : known->second);
    const std::string part = name == "tb-dispatcher" ? "dispatcher_ns"
                             : name == "tb-worker"   ? "worker_ns"
                             : name == "http-sink"   ? "sink_ns"
                                                     : "producer_ns";
    state.counters[part] += spent_ns / kSpans;
  }
}

bool deliver(benchmark::State& state, bool gzip) {
  HttpSink sink;
  OtlpHttpOptions options;
  options.http.url = otlp_traces_url(sink.url());
  options.http.direct = true;
  options.gzip = gzip;
  auto exporter = OtlpHttpExporter::create(options);
  if (!exporter.ok()) return false;
  TraceEventBus bus(quiet_options());
  ExporterOptions subscription;
  subscription.batch = {.events_max = static_cast<std::size_t>(state.range(0)),
                        .bytes_max = std::size_t{32} << 20};
  subscription.overflow = Overflow::kBlock;
  subscription.block_timeout_ms = kBlockTimeoutMs;
  if (!bus.add_exporter(*std::move(exporter), subscription).ok()) return false;
  const auto times = thread_times_ns();
  const auto begin = std::chrono::steady_clock::now();
  if (!emit_all(bus)) return false;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  state.SetIterationTime(elapsed.count());
  count_processor_time(state, times);
  const SubscriptionStats stats = bus.stats().subscriptions.front();
  state.counters["dropped"] += static_cast<double>(total(stats.dropped));
  state.counters["bytes_a_span"] += static_cast<double>(sink.body_bytes()) / kSpans;
  state.counters["spans_a_request"] +=
      static_cast<double>(kSpans) / static_cast<double>(sink.requests());
  return stats.delivered == kSpans;
}

void OtlpHttp(benchmark::State& state, bool gzip) {
  for (auto _ : state) {
    if (!deliver(state, gzip)) state.SkipWithError("not delivered");
  }
  for (auto& counter : state.counters) counter.second.flags = benchmark::Counter::kAvgIterations;
  state.counters["spans/s"] = benchmark::Counter(static_cast<double>(state.iterations() * kSpans),
                                                 benchmark::Counter::kIsRate);
}

void sized(benchmark::internal::Benchmark* benchmark) {
  benchmark->UseManualTime()->Unit(benchmark::kMillisecond)->Arg(512)->Arg(8192);
}

BENCHMARK_CAPTURE(OtlpHttp, protobuf, false)->Apply(sized);
BENCHMARK_CAPTURE(OtlpHttp, gzip, true)->Apply(sized);

}  // namespace
}  // namespace tracebus::bench

int main(int argc, char** argv) {
  return tracebus::bench::run_with_ratios(argc, argv, "OtlpHttp/protobuf/8192/manual_time", 3);
}
