// SPDX-License-Identifier: Apache-2.0
//
// How long a cache line takes from one core to another: what every figure of a bus depends on.
#ifndef TRACEBUS_BENCH_HAND_OVER_H_
#define TRACEBUS_BENCH_HAND_OVER_H_

namespace tracebus::bench {

// One way, in nanoseconds: the median of several runs of a ping-pong between two threads.
double measure_hand_over_ns();

}  // namespace tracebus::bench

#endif  // TRACEBUS_BENCH_HAND_OVER_H_
