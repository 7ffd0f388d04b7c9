// SPDX-License-Identifier: Apache-2.0
//
// What one bus costs the threads that emit more than another: processor time of bursts of emits,
// which go into the two in turns, in an order drawn anew for each pair, so that drift hits both
// alike. Reported over a dozen pairs of buses, as where memory comes to lie decides more than
// anything else.
#ifndef TRACEBUS_BENCH_BURST_PAIRS_H_
#define TRACEBUS_BENCH_BURST_PAIRS_H_

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>

#include "tracebus/bus/trace_event_bus.h"

namespace tracebus::bench {

// Rings that do not grow: a larger one costs more cache lines, and would hide all else.
inline constexpr std::size_t kBurstRingBytes = std::size_t{1} << 20;

using BurstEmit = EmitResult (*)(Producer& producer, std::int64_t number);
// The comparison event.
EmitResult emit_comparison_event(Producer& producer, std::int64_t number);

// The logarithm of what emits into the second bus cost more than into the first.
double log_ratio_of(Producer& one, Producer& other, std::mt19937_64& random,
                    BurstEmit emit = emit_comparison_event);

// Of a pair of buses that it makes: their logarithm as above, and what was lost is added to lost.
using BurstPair = std::function<double(std::mt19937_64& random, std::uint64_t& lost)>;

// Draws pairs, and counts ratio, the geometric mean; low and high, its 95 % confidence interval: if
// 1 lies within, producers do not notice; and what was lost, under that name.
void report_pairs(benchmark::State& state, const char* lost_name, const BurstPair& pair);

// A program's main.
int run_pairs(int argc, char** argv);

}  // namespace tracebus::bench

#endif  // TRACEBUS_BENCH_BURST_PAIRS_H_
