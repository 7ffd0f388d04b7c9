// SPDX-License-Identifier: Apache-2.0
//
// What a disk before an exporter costs, on the file system of the folder that TRACEBUS_BENCH_FOLDER
// names, or the current one. The events are ends of spans with 10 attributes, in batches of 512.
//
//   Spool/append       batches onto a spool, and a sync: all of them are on the disk
//   Spool/PlainWrites  write calls of the same bytes in the same chunks, to files as large as the
//                      spool's, each forced onto the disk where the spool does so
//   Spool/live         the events by way of a bus to OTLP over HTTP, to a receiver on this
//                      machine that throws away what it gets
//   Spool/drain        the same events from a spool of an earlier process, to such a receiver
//
//   spool_bench --size=1GiB     bytes that are written, and that wait; 32 MiB unless told otherwise
//
// Ratios: PlainWrites to append is the share of the file system's own speed that a spool has, drain
// to live what the way over the disk costs. All files are removed.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "tracebus/bench/bus_rig.h"
#include "tracebus/bench/http_sink.h"
#include "tracebus/bench/llm_span.h"
#include "tracebus/bench/ratio_reporter.h"
#include "tracebus/bus/byte_count.h"
#include "tracebus/exporters/otlp_http/otlp_http_exporter.h"
#include "tracebus/exporters/spool/batch_bytes.h"
#include "tracebus/exporters/spool/spool_exporter.h"

namespace tracebus::bench {
namespace {

constexpr std::int64_t kBatchEvents = kBatchEventsDefault;
constexpr std::int64_t kBlockTimeoutMs = 60'000;  // longer than a queue is full
constexpr std::chrono::minutes kLongest{10};
constexpr std::uint64_t kSizeMin = std::uint64_t{1} << 20;
constexpr std::uint64_t kSegmentBytes = std::uint64_t{16} << 20;  // of a spool, at most

std::uint64_t size_bytes = std::uint64_t{32} << 20;

// A folder of its own, gone at the end.
class SpoolFolder {
 public:
  SpoolFolder() {
    const char* const below = getenv("TRACEBUS_BENCH_FOLDER");
    path_ = std::string(below == nullptr ? "." : below) + "/tracebus_spool_bench_XXXXXX";
    if (mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  SpoolFolder(const SpoolFolder&) = delete;
  SpoolFolder& operator=(const SpoolFolder&) = delete;
  ~SpoolFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// A batch as it lies in a spool.
const std::string& batch_bytes() {
  static const std::string bytes = [] {
    const LlmSpanBatch spans(kBatchEvents);
    std::string made;
    append_batch_bytes(made, spans.batch());
    return made;
  }();
  return bytes;
}

std::int64_t batches() { return static_cast<std::int64_t>(size_bytes / batch_bytes().size()) + 1; }

// So large that segments are as large as they can be.
SpoolOptions spool_options() { return {.bytes_max = 2 * size_bytes + 8 * kSegmentBytes}; }

bool fill(const std::string& folder) {
  const auto spool = Spool::open(folder, spool_options());
  if (!spool.ok()) return false;
  for (std::int64_t left = batches(); left > 0; --left) {
    if (!(*spool)->append(batch_bytes(), kBatchEvents).ok()) return false;
  }
  return (*spool)->sync().ok();
}

void report(benchmark::State& state) {
  const auto rate = [&](double each) {
    return benchmark::Counter(static_cast<double>(state.iterations() * batches()) * each,
                              benchmark::Counter::kIsRate);
  };
  state.counters["events/s"] = rate(kBatchEvents);
  state.counters["bytes/s"] = rate(static_cast<double>(batch_bytes().size()));
}

// Times work(), which says whether all went well, in each iteration.
template <class Prepare, class Work>
void measure(benchmark::State& state, Prepare prepare, Work work) {
  for (auto _ : state) {
    const SpoolFolder folder;
    if (!prepare(folder)) state.SkipWithError("not prepared");
    const auto begin = std::chrono::steady_clock::now();
    if (!work(folder)) state.SkipWithError("not done");
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
    state.SetIterationTime(elapsed.count());
  }
  report(state);
}

bool prepare_nothing(const SpoolFolder&) { return true; }

void Append(benchmark::State& state) {
  measure(state, prepare_nothing,
          [](const SpoolFolder& folder) { return fill(folder.file("spool")); });
}

// As a spool does with the segments that it fills: fdatasync, and the next file.
class PlainFiles {
 public:
  explicit PlainFiles(const SpoolFolder& folder) : folder_(folder) {}
  PlainFiles(const PlainFiles&) = delete;
  PlainFiles& operator=(const PlainFiles&) = delete;
  ~PlainFiles() { finish(); }

  bool write(std::string_view bytes) {
    if (file_ >= 0 && written_ >= kSegmentBytes && !finish()) return false;
    if (file_ < 0) {
      const std::string path = folder_.file(std::to_string(number_++));
      file_ = ::open(path.c_str(), O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0600);
      written_ = 0;
    }
    written_ += bytes.size();
    return ::write(file_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
  }
  bool finish() {
    if (file_ < 0) return true;
    const bool synced = ::fdatasync(file_) == 0;
    ::close(file_);
    file_ = -1;
    return synced;
  }

 private:
  const SpoolFolder& folder_;
  int file_ = -1;
  int number_ = 0;
  std::uint64_t written_ = 0;
};

void PlainWrites(benchmark::State& state) {
  std::string chunk;
  append_spool_entry(chunk, 0, batch_bytes());
  measure(state, prepare_nothing, [&](const SpoolFolder& folder) {
    PlainFiles files(folder);
    for (std::int64_t left = batches(); left > 0; --left) {
      if (!files.write(chunk)) return false;
    }
    return files.finish();
  });
}

std::unique_ptr<Exporter> exporter_to(const HttpSink& sink) {
  OtlpHttpOptions options;
  options.http.url = otlp_traces_url(sink.url());
  options.http.direct = true;
  auto exporter = OtlpHttpExporter::create(options);
  return exporter.ok() ? *std::move(exporter) : nullptr;
}

void Live(benchmark::State& state) {
  measure(state, prepare_nothing, [](const SpoolFolder&) {
    const HttpSink sink;
    TraceEventBus bus(quiet_options());
    ExporterOptions options;
    options.overflow = Overflow::kBlock;
    options.block_timeout_ms = kBlockTimeoutMs;
    if (!bus.add_exporter(exporter_to(sink), options).ok()) return false;
    Producer producer = bus.producer();
    const std::int64_t events = batches() * kBatchEvents;
    for (std::int64_t i = 0; i < events; ++i) {
      while (emit_llm_span(producer, i) != EmitResult::kAccepted) sched_yield();
    }
    return bus.flush(kLongest).ok() &&
           bus.stats().subscriptions.front().delivered == static_cast<std::uint64_t>(events);
  });
}

void Drain(benchmark::State& state) {
  measure(
      state, [](const SpoolFolder& folder) { return fill(folder.file("spool")); },
      [](const SpoolFolder& folder) {
        const HttpSink sink;
        const auto spool = SpoolExporter::open(folder.file("spool"), exporter_to(sink),
                                               {.spool = spool_options(), .flush_drains = true});
        if (!spool.ok()) return false;
        const bool drained =
            (*spool)->flush(std::chrono::steady_clock::now() + kLongest).ok() &&
            (*spool)->stats().sent == static_cast<std::uint64_t>(batches() * kBatchEvents);
        return drained;
      });
}

void timed(benchmark::internal::Benchmark* benchmark) {
  benchmark->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(1);
}

BENCHMARK(PlainWrites)->Name("Spool/PlainWrites")->Apply(timed);
BENCHMARK(Append)->Name("Spool/append")->Apply(timed);
BENCHMARK(Live)->Name("Spool/live")->Apply(timed);
BENCHMARK(Drain)->Name("Spool/drain")->Apply(timed);

// Takes --size=BYTES out of the arguments. False if it is none.
bool take_size(int& argc, char** argv) {
  constexpr std::string_view kSize = "--size=";
  int kept = 0;
  for (int i = 0; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (i == 0 || !argument.starts_with(kSize)) {
      argv[kept++] = argv[i];
      continue;
    }
    const auto given = parse_byte_count(argument.substr(kSize.size()));
    if (!given || *given < kSizeMin) return false;
    size_bytes = *given;
  }
  argc = kept;
  return true;
}

}  // namespace
}  // namespace tracebus::bench

int main(int argc, char** argv) {
  if (!tracebus::bench::take_size(argc, argv)) {
    std::fprintf(stderr, "spool_bench: give --size=BYTES of at least 1MiB, as --size=1GiB\n");
    return 1;
  }
  return tracebus::bench::run_with_ratios(argc, argv, "Spool/PlainWrites/iterations:1/manual_time",
                                          3);
}
