// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bench/ratio_reporter.h"

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "tracebus/bench/hand_over.h"

namespace tracebus::bench {
namespace {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[values.size() / 2];
}

}  // namespace

void RatioReporter::ReportRuns(const std::vector<Run>& runs) {
  for (const Run& run : runs) {
    if (run.run_type != Run::RT_Iteration || run.error_occurred) continue;
    const std::string name = run.run_name.str();
    if (!times_ns_.contains(name)) order_.push_back(name);
    times_ns_[name].push_back(run.GetAdjustedRealTime());
  }
  ConsoleReporter::ReportRuns(runs);
}

void RatioReporter::Finalize() {
  const double floor = median(times_ns_[floor_]);
  std::printf("\n%-44s %10s %10s %10s %10s\n", "", "median ns", "min", "max", "x floor");
  for (const std::string& name : order_) {
    const std::vector<double>& times = times_ns_[name];
    std::printf("%-44s %10.2f %10.2f %10.2f %10.2f\n", name.c_str(), median(times),
                std::ranges::min(times), std::ranges::max(times),
                floor > 0 ? median(times) / floor : 0.0);
  }
}

int run_with_ratios(int argc, char** argv, const std::string& floor, int repetitions) {
  std::string interleave = "--benchmark_enable_random_interleaving=true";
  std::string repeat = "--benchmark_repetitions=" + std::to_string(repetitions);
  std::string min_time = "--benchmark_min_time=0.05";
  std::vector<char*> arguments = {argv[0], interleave.data(), repeat.data(), min_time.data()};
  arguments.insert(arguments.end(), argv + 1,
                   argv + argc);  // what the caller says comes last and wins
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 1;
  const double hand_over_ns = measure_hand_over_ns();
  benchmark::AddCustomContext("hand_over_ns", std::to_string(hand_over_ns));
  std::printf("cache line hand-over: %.1f ns one way\n", hand_over_ns);
  RatioReporter reporter(floor);
  return benchmark::RunSpecifiedBenchmarks(&reporter) == 0 ? 1 : 0;
}

}  // namespace tracebus::bench
