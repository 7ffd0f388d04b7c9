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

using Nanoseconds = std::chrono::duration<double, std::nano>;

constexpr int kRounds = 50'000;
constexpr int kStop = -1;
// On a busy machine the two threads may share a processor, and then a round takes a time slice.
constexpr int kRoundsALook = 16;
constexpr std::chrono::milliseconds kLongest{100};

struct alignas(kCacheLineBytes) Line {
  std::atomic<int> round{0};
};

void answer(const Line& ping, Line& pong) {
  int answered = 0;
  for (;;) {
    const int round = ping.round.load(std::memory_order_acquire);
    if (round == kStop) return;
    if (round != answered) pong.round.store(answered = round, std::memory_order_release);
  }
}

double ping_pong_ns() {
  Line ping;
  Line pong;
  std::thread other([&] { answer(ping, pong); });
  const auto begin = std::chrono::steady_clock::now();
  Nanoseconds elapsed{0};
  int round = 0;
  while (round < kRounds && elapsed < kLongest) {
    for (int i = 0; i < kRoundsALook; ++i) {
      ping.round.store(++round, std::memory_order_release);
      while (pong.round.load(std::memory_order_acquire) != round) {
      }
    }
    elapsed = std::chrono::steady_clock::now() - begin;
  }
  ping.round.store(kStop, std::memory_order_release);
  other.join();
  return elapsed.count() / round / 2;
}

}  // namespace

double measure_hand_over_ns() {
  std::array<double, 7> runs;
  for (double& run : runs) run = ping_pong_ns();
  std::ranges::sort(runs);
  return runs[runs.size() / 2];
}

}  // namespace tracebus::bench
