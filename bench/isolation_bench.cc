// SPDX-License-Identifier: Apache-2.0
//
// What a hostile exporter costs the threads that emit: processor time of an emit into a bus with
// two good exporters, and into one where a hostile exporter has the place of one of them
// (burst_pairs.h).
//
//   Isolation/slow      1 ms a batch         Isolation/garbage   claims more losses than events
//   Isolation/throws    from every call      Isolation/flush     throws from flush only
//   Isolation/hangs     until the end; its queue is full
//   Isolation/hangs_at_first    likewise; its queue, of 64 MiB, takes memory all the time
//   Isolation/good      another good one: what the method itself shows
//   Isolation/eight_one_hangs   a callback and eight good exporters, against the same with one of
//                               them hanging until the end
//
// What exporters cost at all, good ones, against a bus that has one less or none:
//
//   Isolation/second    a good exporter alone, against two
//   Isolation/eight     a callback alone, against a callback and eight good exporters
//
// good_lost counts events that the good exporter beside the hostile one did not get, which is 0.
#include <benchmark/benchmark.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <random>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "tracebus/bench/burst_pairs.h"

namespace tracebus::bench {
namespace {

constexpr std::chrono::milliseconds kFlushTimeout{250};  // what a bus takes that cannot be flushed

class GoodExporter final : public Exporter {
 public:
  explicit GoodExporter(std::atomic<std::uint64_t>& events) : events_(events) {}
  std::string_view name() const noexcept override { return "good"; }
  ExportResult export_batch(const Batch& batch, const ExportContext&) override {
    events_ += batch.size();
    return ExportResult::ok();
  }

 private:
  std::atomic<std::uint64_t>& events_;
};

// How many exporters stand beside the callback.
constexpr int kCrowd = 8;

enum class Habit { kGood, kSlow, kThrows, kHangs, kGarbage, kFlush };

class HostileExporter final : public Exporter {
 public:
  explicit HostileExporter(Habit habit) : habit_(habit) {}
  std::string_view name() const noexcept override { return "hostile"; }
  ExportResult export_batch(const Batch& batch, const ExportContext& context) override {
    switch (habit_) {
      case Habit::kSlow:
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return ExportResult::ok();
      case Habit::kThrows:
        throw std::runtime_error("as ever");
      case Habit::kHangs:
        while (!context.stop.stop_requested())
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return ExportResult::failure(batch.size());
      case Habit::kGarbage:
        return {.failed = ~std::uint64_t{0}, .rejected = ~std::uint64_t{0}};
      default:
        return ExportResult::ok();
    }
  }
  absl::Status flush(Deadline) override {
    if (habit_ == Habit::kFlush) throw std::runtime_error("in flush");
    return absl::OkStatus();
  }

 private:
  const Habit habit_;
};

BusOptions rig_options() {
  return {.ring_bytes = kBurstRingBytes,
          .ring_bytes_max = kBurstRingBytes,
          .shutdown_timeout_ms = 100,
          .log = [](std::string_view) {}};
}

// Of an exporter that hangs, the queue is full before the warm-up is over.
ExporterOptions full_soon() {
  return {.queue_bytes_max = std::size_t{1} << 20, .export_timeout_ms = 50};
}

// ... and this one's only when all is measured.
ExporterOptions full_late() {
  return {.queue_bytes_max = std::size_t{64} << 20, .export_timeout_ms = 50};
}

struct Rig {
  explicit Rig(benchmark::State& state) {
    if (!bus.add_exporter(std::make_unique<GoodExporter>(received)).ok()) {
      state.SkipWithError("no exporter");
    }
  }
  // With a second exporter.
  Rig(benchmark::State& state, Habit habit, const ExporterOptions& options) : Rig(state) {
    if (!bus.add_exporter(std::make_unique<HostileExporter>(habit), options).ok()) {
      state.SkipWithError("no second exporter");
    }
  }
  // Of what was emitted, what the good one did not get.
  std::uint64_t good_lost() {
    // A flush that throws is an error of that flush, and that exporter; the good one is through.
    bus.flush(kFlushTimeout).IgnoreError();
    return bus.stats().accepted - received.load();
  }
  std::atomic<std::uint64_t> received{0};
  TraceEventBus bus{rig_options()};
  Producer producer = bus.producer();
};

struct Case {
  Habit habit;
  ExporterOptions options = full_soon();
};

// Of a hostile exporter in the place of a good one.
double log_ratio(benchmark::State& state, const Case& it, std::mt19937_64& random,
                 std::uint64_t& good_lost) {
  Rig good(state, Habit::kGood, it.options);
  Rig hostile(state, it.habit, it.options);
  const double ratio = log_ratio_of(good.producer, hostile.producer, random);
  good_lost += good.good_lost() + hostile.good_lost();
  return ratio;
}

// Of a second good exporter.
double log_ratio_of_second(benchmark::State& state, std::mt19937_64& random,
                           std::uint64_t& good_lost) {
  Rig alone(state);
  Rig beside(state, Habit::kGood, full_soon());
  const double ratio = log_ratio_of(alone.producer, beside.producer, random);
  good_lost += alone.good_lost() + beside.good_lost();
  return ratio;
}

// A bus with one callback, on the shared worker, and so many exporters.
struct CallbackRig {
  CallbackRig(benchmark::State& state, int exporters, bool one_hangs) {
    bus.subscribe([this](const EventView&) { called.fetch_add(1, std::memory_order_relaxed); });
    for (int i = 0; i < exporters; ++i) {
      const Habit habit = one_hangs && i == 0 ? Habit::kHangs : Habit::kGood;
      if (!bus.add_exporter(std::make_unique<HostileExporter>(habit), full_soon()).ok()) {
        state.SkipWithError("no exporter");
      }
    }
  }
  std::atomic<std::uint64_t> called{0};
  TraceEventBus bus{rig_options()};
  Producer producer = bus.producer();
};

enum class Crowd { kEightGood, kOneHangs };

// Of eight exporters beside a callback; or, if one hangs, of that one among the eight.
double log_ratio_of_crowd(benchmark::State& state, Crowd crowd, std::mt19937_64& random,
                          std::uint64_t& good_lost) {
  const bool one_hangs = crowd == Crowd::kOneHangs;
  CallbackRig first(state, one_hangs ? kCrowd : 0, false);
  CallbackRig second(state, kCrowd, one_hangs);
  const double ratio = log_ratio_of(first.producer, second.producer, random);
  second.bus.flush(kFlushTimeout).IgnoreError();
  good_lost += second.bus.stats().accepted - second.called.load();
  return ratio;
}

void Isolation(benchmark::State& state, const Case& it) {
  report_pairs(state, "good_lost", [&](std::mt19937_64& random, std::uint64_t& good_lost) {
    return log_ratio(state, it, random, good_lost);
  });
}

void Second(benchmark::State& state) {
  report_pairs(state, "good_lost", [&](std::mt19937_64& random, std::uint64_t& good_lost) {
    return log_ratio_of_second(state, random, good_lost);
  });
}

void Eight(benchmark::State& state, Crowd crowd) {
  report_pairs(state, "good_lost", [&](std::mt19937_64& random, std::uint64_t& good_lost) {
    return log_ratio_of_crowd(state, crowd, random, good_lost);
  });
}

BENCHMARK_CAPTURE(Isolation, good, Case{Habit::kGood});
BENCHMARK_CAPTURE(Isolation, slow, Case{Habit::kSlow});
BENCHMARK_CAPTURE(Isolation, throws, Case{Habit::kThrows});
BENCHMARK_CAPTURE(Isolation, hangs, Case{Habit::kHangs});
BENCHMARK_CAPTURE(Isolation, hangs_at_first, Case{Habit::kHangs, full_late()});
BENCHMARK_CAPTURE(Isolation, garbage, Case{Habit::kGarbage});
BENCHMARK_CAPTURE(Isolation, flush, Case{Habit::kFlush});
BENCHMARK_CAPTURE(Eight, one_hangs, Crowd::kOneHangs)->Name("Isolation/eight_one_hangs");
BENCHMARK(Second)->Name("Isolation/second");
BENCHMARK_CAPTURE(Eight, eight, Crowd::kEightGood)->Name("Isolation/eight");

}  // namespace
}  // namespace tracebus::bench

int main(int argc, char** argv) { return tracebus::bench::run_pairs(argc, argv); }
