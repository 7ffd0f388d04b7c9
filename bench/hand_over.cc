// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bench/hand_over.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <thread>

#include "tracebus/core/limits.h"

namespace tracebus::bench {
namespace {

double ping_pong_ns() {
  constexpr int kRounds = 100'000;
  struct alignas(kCacheLineBytes) Line {
    std::atomic<int> round{0};
  };
  Line ping;
  Line pong;
  std::thread other([&] {
    for (int round = 1; round <= kRounds; ++round) {
      while (ping.round.load(std::memory_order_acquire) != round) {
      }
      pong.round.store(round, std::memory_order_release);
    }
  });
  const auto begin = std::chrono::steady_clock::now();
  for (int round = 1; round <= kRounds; ++round) {
    ping.round.store(round, std::memory_order_release);
    while (pong.round.load(std::memory_order_acquire) != round) {
    }
  }
  const std::chrono::duration<double, std::nano> elapsed = std::chrono::steady_clock::now() - begin;
  other.join();
  return elapsed.count() / kRounds / 2;
}

}  // namespace

double measure_hand_over_ns() {
  std::array<double, 7> runs;
  for (double& run : runs) run = ping_pong_ns();
  std::ranges::sort(runs);
  return runs[runs.size() / 2];
}

}  // namespace tracebus::bench
