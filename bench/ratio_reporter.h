// SPDX-License-Identifier: Apache-2.0
//
// RatioReporter: the usual console report, and after it each benchmark's median as a ratio to the
// floor of the same run. Absolute times drift on shared machines; ratios within a run do not.
#ifndef TRACEBUS_BENCH_RATIO_REPORTER_H_
#define TRACEBUS_BENCH_RATIO_REPORTER_H_

#include <benchmark/benchmark.h>

#include <map>
#include <string>
#include <vector>

namespace tracebus::bench {

class RatioReporter : public benchmark::ConsoleReporter {
 public:
  explicit RatioReporter(std::string floor) : floor_(std::move(floor)) {}

  void ReportRuns(const std::vector<Run>& runs) override;
  void Finalize() override;

 private:
  const std::string floor_;
  std::map<std::string, std::vector<double>> times_ns_;
  std::vector<std::string> order_;
};

// Runs all benchmarks, interleaved and repeated unless flags say otherwise, and prints the
// hand-over latency they ran under. A program's main.
inline constexpr int kRepetitions = 9;
int run_with_ratios(int argc, char** argv, const std::string& floor,
                    int repetitions = kRepetitions);

}  // namespace tracebus::bench

#endif  // TRACEBUS_BENCH_RATIO_REPORTER_H_
