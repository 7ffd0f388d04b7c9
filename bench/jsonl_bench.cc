// SPDX-License-Identifier: Apache-2.0
//
// The whole way from emit to a line of JSON, from one producer without a pause.
//
//   Jsonl/null     to /dev/null
//   Jsonl/file     to a file, until the final sync of its data has returned
//   PlainWrites    write calls of as many bytes in as large chunks to a file beside it, and the
//                  same sync: what the file system itself can do
//
// The files are made in the folder that TRACEBUS_BENCH_FOLDER names, or the current one, and are
// removed. bytes_an_event and chunk_bytes describe what was written.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tracebus/bench/bus_rig.h"
#include "tracebus/bench/ratio_reporter.h"
#include "tracebus/bench/thread_times.h"
#include "tracebus/exporters/jsonl_exporter.h"

namespace tracebus::bench {
namespace {

constexpr std::int64_t kEvents = 500'000;
// Room for all events of a run, so that none is dropped.
constexpr std::size_t kQueueBytes = std::size_t{256} << 20;

std::string path_of(const char* name) {
  const char* const folder = getenv("TRACEBUS_BENCH_FOLDER");
  return std::string(folder == nullptr ? "." : folder) + "/" + name;
}

// What the exporter wrote, for PlainWrites to repeat; until it has, what it is about to be.
struct Written {
  std::size_t bytes = static_cast<std::size_t>(kEvents) * 400;
  std::size_t chunk_bytes = std::size_t{200} << 10;
};
Written g_written;

// Nanoseconds an event since `before`, by thread; the producer is the thread that calls.
void count_processor_time(benchmark::State& state, const std::map<std::string, double>& before) {
  double all_ns = 0;
  for (const auto& [name, time_ns] : thread_times_ns()) {
    const auto known = before.find(name);
    const double spent_ns = time_ns - (known == before.end() ? 0 : known->second);
    all_ns += spent_ns;
    const bool is_ours = name == "tb-dispatcher" || name == "tb-worker";
    if (is_ours) state.counters[name.substr(3) + "_ns"] += spent_ns / kEvents;
    if (!is_ours) state.counters["producer_ns"] += spent_ns / kEvents;
  }
  state.counters["cpu_ns"] += all_ns / kEvents;
}

bool deliver(benchmark::State& state, const std::string& path, FileSync sync) {
  auto exporter = JsonlExporter::open(path, {.sync = sync});
  if (!exporter.ok()) return false;
  TraceEventBus bus(quiet_options());
  ExporterOptions options;
  options.queue_bytes_max = kQueueBytes;
  if (!bus.add_exporter(*std::move(exporter), options).ok()) return false;
  const ComparisonEvent& event = comparison_event();
  const auto times = thread_times_ns();
  const auto begin = std::chrono::steady_clock::now();
  {
    Producer producer = bus.producer();
    for (std::int64_t i = 0; i < kEvents; ++i) {
      while (with_attributes(event, i, [&](const auto&... arguments) {
               return producer.emit(kLlmCallEnd, arguments...);
             }) != EmitResult::kAccepted) {
        sched_yield();
      }
    }
  }
  if (!bus.flush(std::chrono::seconds(60)).ok()) return false;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  state.SetIterationTime(elapsed.count());
  count_processor_time(state, times);
  const SubscriptionStats stats = bus.stats().subscriptions.front();
  state.counters["dropped_share"] =
      static_cast<double>(total(stats.dropped)) / static_cast<double>(kEvents);
  if (std::filesystem::is_regular_file(path) && stats.batches != 0) {
    g_written.bytes = std::filesystem::file_size(path);
    g_written.chunk_bytes = g_written.bytes / stats.batches;
  }
  return true;
}

void report(benchmark::State& state) {
  state.counters["events/s"] = benchmark::Counter(static_cast<double>(state.iterations() * kEvents),
                                                  benchmark::Counter::kIsRate);
  state.counters["bytes_an_event"] =
      static_cast<double>(g_written.bytes) / static_cast<double>(kEvents);
  for (const char* name : {"producer_ns", "dispatcher_ns", "worker_ns", "cpu_ns"}) {
    const auto found = state.counters.find(name);
    if (found != state.counters.end()) found->second.flags = benchmark::Counter::kAvgIterations;
  }
  state.counters["chunk_bytes"] = static_cast<double>(g_written.chunk_bytes);
}

void JsonlNull(benchmark::State& state) {
  for (auto _ : state) {
    if (!deliver(state, "/dev/null", FileSync::kNever)) state.SkipWithError("not delivered");
  }
  report(state);
}

void JsonlFile(benchmark::State& state) {
  const std::string path = path_of("tracebus_jsonl_bench.jsonl");
  for (auto _ : state) {
    unlink(path.c_str());
    if (!deliver(state, path, FileSync::kOnFlush)) state.SkipWithError("not delivered");
  }
  unlink(path.c_str());
  report(state);
}

bool write_plainly(const std::string& path) {
  const int file = open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0) return false;
  const std::vector<char> chunk(g_written.chunk_bytes, 'x');
  bool written = true;
  for (std::size_t left = g_written.bytes; left != 0 && written;) {
    const ssize_t now = write(file, chunk.data(), std::min(left, chunk.size()));
    written = now > 0;
    left -= written ? static_cast<std::size_t>(now) : 0;
  }
  written = written && fdatasync(file) == 0;
  close(file);
  return written;
}

void PlainWrites(benchmark::State& state) {
  const std::string path = path_of("tracebus_plain_bench.jsonl");
  for (auto _ : state) {
    unlink(path.c_str());
    const auto begin = std::chrono::steady_clock::now();
    if (!write_plainly(path)) state.SkipWithError("not written");
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
    state.SetIterationTime(elapsed.count());
  }
  unlink(path.c_str());
  report(state);
}

void timed(benchmark::internal::Benchmark* benchmark) {
  benchmark->UseManualTime()->Unit(benchmark::kMillisecond);
}

BENCHMARK(JsonlNull)->Name("Jsonl/null")->Apply(timed);
BENCHMARK(JsonlFile)->Name("Jsonl/file")->Apply(timed);
BENCHMARK(PlainWrites)->Apply(timed);

}  // namespace
}  // namespace tracebus::bench

int main(int argc, char** argv) {
  return tracebus::bench::run_with_ratios(argc, argv, "PlainWrites/manual_time", 3);
}
