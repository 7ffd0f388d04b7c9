// SPDX-License-Identifier: Apache-2.0
//
// What a consumer does once it finds its queue dry: the discipline of the bus's own dispatcher for
// all, or polling on, as the alternative that lost.
#ifndef TRACEBUS_BENCH_PEERS_WAIT_H_
#define TRACEBUS_BENCH_PEERS_WAIT_H_

#include <sys/prctl.h>
#include <time.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tracebus::bench {

// Leaves the cache lines to the producers for 10 us.
struct StayAway {
  static void begin() noexcept { prctl(PR_SET_TIMERSLACK, 1); }
  static void once_dry() noexcept {
    const timespec away{.tv_sec = 0, .tv_nsec = 10'000};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &away, nullptr);
  }
};

struct PollHot {
  static void begin() noexcept {}
  static void once_dry() noexcept {
#if defined(__x86_64__)
    _mm_pause();
#endif
  }
};

}  // namespace tracebus::bench

#endif  // TRACEBUS_BENCH_PEERS_WAIT_H_
