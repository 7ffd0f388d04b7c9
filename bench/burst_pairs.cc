// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bench/burst_pairs.h"

#include <time.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <thread>
#include <vector>

#include "tracebus/bench/comparison_event.h"
#include "tracebus/bench/hand_over.h"

namespace tracebus::bench {
namespace {

constexpr int kRigs = 12;
constexpr double kStudent = 2.2;  // 95 %, eleven degrees of freedom
constexpr std::int64_t kPairs = 60;
constexpr std::int64_t kWarmUp = 20;
constexpr std::int64_t kBurst = 1000;

double thread_cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// Processor time of one emit of a burst, in ns.
double burst(Producer& producer, BurstEmit emit) {
  const double begin = thread_cpu_ns();
  for (std::int64_t i = 0; i < kBurst; ++i) emit(producer, i);
  return (thread_cpu_ns() - begin) / static_cast<double>(kBurst);
}

struct Interval {
  double mean = 0;
  double low = 0;
  double high = 0;
};

// Of the mean, by Student's distribution for kRigs values.
Interval interval_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  const double count = static_cast<double>(values.size());
  const double mean = sum / count;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double error = std::sqrt(squares / (count - 1) / count);
  return {mean, mean - kStudent * error, mean + kStudent * error};
}

}  // namespace

EmitResult emit_comparison_event(Producer& producer, std::int64_t number) {
  return with_attributes(comparison_event(), number, [&](const auto&... arguments) {
    return producer.emit(kLlmCallEnd, arguments...);
  });
}

double log_ratio_of(Producer& one, Producer& other, std::mt19937_64& random, BurstEmit emit) {
  double sum = 0;
  for (std::int64_t pair = 0; pair < kPairs + kWarmUp; ++pair) {
    const bool one_first = random() % 2 == 0;
    const double first = burst(one_first ? one : other, emit);
    std::this_thread::sleep_for(
        std::chrono::microseconds(500));  // until the dispatchers have caught up
    const double second = burst(one_first ? other : one, emit);
    std::this_thread::sleep_for(std::chrono::microseconds(500));
    if (pair < kWarmUp) continue;  // the rings' pages are touched for the first time
    sum += std::log(one_first ? second / first : first / second);
  }
  return sum / static_cast<double>(kPairs);
}

void report_pairs(benchmark::State& state, const char* lost_name, const BurstPair& pair) {
  std::mt19937_64 random(1);
  std::vector<double> logs;
  std::uint64_t lost = 0;
  for (auto _ : state) {
    for (int rig = 0; rig < kRigs; ++rig) logs.push_back(pair(random, lost));
  }
  const Interval interval = interval_of(logs);
  state.counters["ratio"] = std::exp(interval.mean);
  state.counters["low"] = std::exp(interval.low);
  state.counters["high"] = std::exp(interval.high);
  state.counters[lost_name] = static_cast<double>(lost);
}

int run_pairs(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  std::printf("cache line hand-over: %.1f ns one way\n", measure_hand_over_ns());
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace tracebus::bench
