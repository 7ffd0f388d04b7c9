// SPDX-License-Identifier: Apache-2.0
//
// The whole way from emit to a line of JSON, or a Protobuf message, from one producer that emits
// without a pause, but where the exporter's queue, of the usual size, is full: there it waits, so
// that nothing is lost and memory stays bounded.
//
//   Jsonl/null          to /dev/null
//   Jsonl/file          to a file, until a final sync of its data has returned
//   Jsonl/synced        the same, where the exporter itself leaves no more than 4 MiB unsynced
//   Jsonl/PlainWrites   write calls of as many bytes in as large chunks to a file beside it, and
//                       the final sync: what the file system itself can do
//   Proto/*             likewise
//
// producer_ns, dispatcher_ns and worker_ns are the processor time of each thread, an event: the
// largest limits the rate where there is a processor for each, their sum where there is not.
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
#include <string_view>
#include <vector>

#include "tracebus/bench/bus_rig.h"
#include "tracebus/bench/ratio_reporter.h"
#include "tracebus/bench/thread_times.h"
#include "tracebus/exporters/jsonl_exporter.h"
#ifdef TRACEBUS_HAS_PROTO
#include "tracebus/exporters/proto_file_exporter.h"
#endif

namespace tracebus::bench {
namespace {

constexpr char kNowhere[] = "/dev/null";
constexpr std::int64_t kEvents = 500'000;
constexpr std::int64_t kBlockTimeoutMs = 60'000;  // longer than a run takes

std::string path_of(std::string_view name) {
  const char* const folder = getenv("TRACEBUS_BENCH_FOLDER");
  return std::string(folder == nullptr ? "." : folder) + "/" + std::string(name);
}

// What an exporter wrote, for plain writes to repeat; until it has, what it is about to be.
struct Written {
  std::size_t bytes = static_cast<std::size_t>(kEvents) * 400;
  std::size_t chunk_bytes = std::size_t{200} << 10;
};

template <class FileExporter>
Written& written() {
  static Written by_exporter;
  return by_exporter;
}

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

bool sync_file(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool synced = fdatasync(file) == 0;
  close(file);
  return synced;
}

bool emit_all(TraceEventBus& bus) {
  const ComparisonEvent& event = comparison_event();
  Producer producer = bus.producer();
  for (std::int64_t i = 0; i < kEvents; ++i) {
    while (with_attributes(event, i, [&](const auto&... arguments) {
             return producer.emit(kLlmCallEnd, arguments...);
           }) != EmitResult::kAccepted) {
      sched_yield();
    }
  }
  return bus.flush(std::chrono::seconds(60)).ok();
}

template <class FileExporter>
bool deliver(benchmark::State& state, const std::string& path, FileSync sync) {
  const bool is_file = path != kNowhere;
  if (is_file) unlink(path.c_str());
  auto exporter = FileExporter::open(path, {.sync = sync});
  if (!exporter.ok()) return false;
  TraceEventBus bus(quiet_options());
  ExporterOptions options;
  options.overflow = Overflow::kBlock;
  options.block_timeout_ms = kBlockTimeoutMs;
  if (!bus.add_exporter(*std::move(exporter), options).ok()) return false;
  const auto times = thread_times_ns();
  const auto begin = std::chrono::steady_clock::now();
  if (!emit_all(bus)) return false;
  if (is_file && sync == FileSync::kNever && !sync_file(path)) return false;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  state.SetIterationTime(elapsed.count());
  count_processor_time(state, times);
  const SubscriptionStats stats = bus.stats().subscriptions.front();
  state.counters["dropped_share"] =
      static_cast<double>(total(stats.dropped)) / static_cast<double>(kEvents);
  if (is_file && stats.batches != 0) {
    const std::size_t bytes = std::filesystem::file_size(path);
    written<FileExporter>() = {bytes, bytes / stats.batches};
  }
  return true;
}

void report(benchmark::State& state, const Written& what) {
  state.counters["events/s"] = benchmark::Counter(static_cast<double>(state.iterations() * kEvents),
                                                  benchmark::Counter::kIsRate);
  state.counters["bytes_an_event"] = static_cast<double>(what.bytes) / static_cast<double>(kEvents);
  state.counters["chunk_bytes"] = static_cast<double>(what.chunk_bytes);
  for (const char* name : {"producer_ns", "dispatcher_ns", "worker_ns", "cpu_ns"}) {
    const auto found = state.counters.find(name);
    if (found != state.counters.end()) found->second.flags = benchmark::Counter::kAvgIterations;
  }
}

template <class FileExporter>
void Null(benchmark::State& state) {
  for (auto _ : state) {
    if (!deliver<FileExporter>(state, kNowhere, FileSync::kNever)) {
      state.SkipWithError("not delivered");
    }
  }
  report(state, written<FileExporter>());
}

template <class FileExporter, FileSync kSync>
void File(benchmark::State& state) {
  const std::string path = path_of("tracebus_jsonl_bench.events");
  for (auto _ : state) {
    if (!deliver<FileExporter>(state, path, kSync)) state.SkipWithError("not delivered");
  }
  unlink(path.c_str());
  report(state, written<FileExporter>());
}

bool write_plainly(const std::string& path, const Written& what) {
  const int file = open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0) return false;
  const std::vector<char> chunk(what.chunk_bytes, 'x');
  bool wrote = true;
  for (std::size_t left = what.bytes; left != 0 && wrote;) {
    const ssize_t now = write(file, chunk.data(), std::min(left, chunk.size()));
    wrote = now > 0;
    left -= wrote ? static_cast<std::size_t>(now) : 0;
  }
  wrote = wrote && fdatasync(file) == 0;
  close(file);
  return wrote;
}

template <class FileExporter>
void PlainWrites(benchmark::State& state) {
  const std::string path = path_of("tracebus_plain_bench.events");
  for (auto _ : state) {
    unlink(path.c_str());
    const auto begin = std::chrono::steady_clock::now();
    if (!write_plainly(path, written<FileExporter>())) state.SkipWithError("not written");
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
    state.SetIterationTime(elapsed.count());
  }
  unlink(path.c_str());
  report(state, written<FileExporter>());
}

void timed(benchmark::internal::Benchmark* benchmark) {
  benchmark->UseManualTime()->Unit(benchmark::kMillisecond);
}

BENCHMARK(Null<JsonlExporter>)->Name("Jsonl/null")->Apply(timed);
BENCHMARK(File<JsonlExporter, FileSync::kNever>)->Name("Jsonl/file")->Apply(timed);
BENCHMARK(File<JsonlExporter, FileSync::kOnFlush>)->Name("Jsonl/synced")->Apply(timed);
BENCHMARK(PlainWrites<JsonlExporter>)->Name("Jsonl/PlainWrites")->Apply(timed);
#ifdef TRACEBUS_HAS_PROTO
BENCHMARK(Null<ProtoFileExporter>)->Name("Proto/null")->Apply(timed);
BENCHMARK(File<ProtoFileExporter, FileSync::kNever>)->Name("Proto/file")->Apply(timed);
BENCHMARK(File<ProtoFileExporter, FileSync::kOnFlush>)->Name("Proto/synced")->Apply(timed);
BENCHMARK(PlainWrites<ProtoFileExporter>)->Name("Proto/PlainWrites")->Apply(timed);
#endif

}  // namespace
}  // namespace tracebus::bench

int main(int argc, char** argv) {
  return tracebus::bench::run_with_ratios(argc, argv, "Jsonl/PlainWrites/manual_time", 3);
}
