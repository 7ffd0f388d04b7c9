// SPDX-License-Identifier: Apache-2.0
//
// How long single emits take that come at a pace, not in a loop: each one finds its cache lines as
// another core has left them. Emits and empty timed calls take turns, so that interrupts and the
// host's own business hit both alike.
//
//   Paced/<who>/I       an emit every I microseconds; p1 to p99.9 and max in ns, less the same
//                       quantile of the empty calls; empty_p50 and empty_p99.9 are those
//
// The time of the benchmark itself says nothing: it is that of the pace.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "tracebus/bench/bus_rig.h"
#include "tracebus/bench/peers/boost_spsc_queue.h"
#include "tracebus/bench/peers/consumed.h"
#include "tracebus/bench/peers/moodycamel_queue.h"
#include "tracebus/bench/peers/mutex_queue.h"
#include "tracebus/bench/ratio_reporter.h"
#include "tracebus/bench/rig.h"

namespace tracebus::bench {
namespace {

constexpr std::size_t kSamples = 20'000;
constexpr std::size_t kWarmUp = 1'000;

struct Quantile {
  const char* name;
  double share;
};
constexpr std::array<Quantile, 11> kQuantiles = {{{"p1", 0.01},
                                                  {"p10", 0.1},
                                                  {"p25", 0.25},
                                                  {"p50", 0.5},
                                                  {"p75", 0.75},
                                                  {"p90", 0.9},
                                                  {"p95", 0.95},
                                                  {"p99", 0.99},
                                                  {"p99.5", 0.995},
                                                  {"p99.9", 0.999},
                                                  {"max", 1}}};

// Ticks of the processor in one nanosecond.
double ticks_a_ns() {
  static const double ticks = [] {
    const auto begin = std::chrono::steady_clock::now();
    const std::uint64_t first = Clock::ordered_ticks();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const std::uint64_t last = Clock::ordered_ticks();
    const std::chrono::duration<double, std::nano> elapsed =
        std::chrono::steady_clock::now() - begin;
    return static_cast<double>(last - first) / elapsed.count();
  }();
  return ticks;
}

// Ticks that the calls took, in order of size.
class Samples {
 public:
  Samples() { ticks_.reserve(kSamples); }

  template <class Call>
  void time(Call call) {
    const std::uint64_t begin = Clock::ordered_ticks();
    call();
    ticks_.push_back(Clock::ordered_ticks() - begin);
  }
  void clear() { ticks_.clear(); }
  void sort() { std::ranges::sort(ticks_); }
  double ns_at(double share) const {
    const auto last = static_cast<double>(ticks_.size() - 1);
    return static_cast<double>(ticks_[static_cast<std::size_t>(share * last)]) / ticks_a_ns();
  }

 private:
  std::vector<std::uint64_t> ticks_;
};

// Returns when it is over. A thread that was kept off its processor starts anew from there, rather
// than make up for what it missed in one burst.
std::uint64_t wait_for(std::uint64_t begin, std::uint64_t ticks) {
  std::uint64_t now = Clock::ticks();
  while (now - begin < ticks) now = Clock::ticks();
  return now;
}

template <class Rig>
void paced(benchmark::State& state) {
  const auto step =
      static_cast<std::uint64_t>(static_cast<double>(state.range(0)) * 1000 * ticks_a_ns() / 2);
  const ComparisonEvent& event = comparison_event();
  Samples emits;
  Samples empties;
  for (auto _ : state) {
    Rig rig(1);
    {
      typename Rig::Producer producer(rig, 0);
      std::uint64_t now = Clock::ticks();
      for (std::size_t i = 0; i < kSamples + kWarmUp; ++i) {
        if (i == kWarmUp) emits.clear(), empties.clear();
        now = wait_for(now, step);
        emits.time([&] { producer.emit(kTypes[0], event, static_cast<std::int64_t>(i)); });
        now = wait_for(now, step);
        empties.time([] {});
      }
    }
    if (!rig.finish(kSamples + kWarmUp)) state.SkipWithError("events were lost");
  }
  emits.sort();
  empties.sort();
  for (const Quantile& quantile : kQuantiles) {
    state.counters[quantile.name] = emits.ns_at(quantile.share) - empties.ns_at(quantile.share);
  }
  state.counters["empty_p50"] = empties.ns_at(0.5);
  state.counters["empty_p99.9"] = empties.ns_at(0.999);
}

template <class Rig>
void compare(const std::string& name) {
  benchmark::RegisterBenchmark(("Paced/" + name).c_str(), paced<Rig>)
      ->Arg(5)
      ->Iterations(1)
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
}

void compare_all() {
  compare<BusRig<Way::kBus>>("tracebus_bus");
  compare<BusRig<Way::kProducer>>("tracebus_producer");
  compare<Consumed<BoostSpscQueue>>("boost_spsc");
  compare<Consumed<MoodycamelQueue>>("moodycamel_token");
  compare<Consumed<MutexQueue>>("mutex_deque");
}

}  // namespace
}  // namespace tracebus::bench

int main(int argc, char** argv) {
  tracebus::bench::compare_all();
  return tracebus::bench::run_with_ratios(argc, argv, "Paced/boost_spsc/5/iterations:1/real_time");
}
