// SPDX-License-Identifier: Apache-2.0
#include "tracebus/measure/emitter.h"

#include <algorithm>
#include <thread>

#include "tracebus/core/clock.h"
#include "tracebus/measure/pace.h"

namespace tracebus {
inline namespace v1 {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kNapMax(20);  // so that a stop is noticed
constexpr std::int64_t kEmitsForEachEmpty = 16;
// After so much time in emits the thread looks whether the turn is over: 1 to 4 ms by any clock.
constexpr std::uint64_t kTicksAtOnce = std::uint64_t{1} << 22;

bool took_its_way(EmitResult result) noexcept {
  return result == EmitResult::kAccepted || result == EmitResult::kBlockTimeout;
}

}  // namespace

void Emitter::emit(const Turn& turn, const std::atomic<bool>& stopped) noexcept {
  Producer& producer = producers_[static_cast<std::size_t>(turn.side)];
  Pace pace(rate_, turn.begin);
  while (!stopped.load()) {
    const auto now = SteadyClock::now();
    if (now >= turn.end) return;
    const std::uint64_t events = pace.allow(now);
    if (events == 0) {
      std::this_thread::sleep_until(std::min({pace.next(), turn.end, now + kNapMax}));
      continue;
    }
    emit_some(producer, events);
  }
}

void Emitter::emit_some(Producer& producer, std::uint64_t events) noexcept {
  std::uint64_t ticks = 0;
  for (std::uint64_t i = 0; i < events && ticks < kTicksAtOnce; ++i) {
    ticks += time_emit(producer);
    if (tokens_ % kEmitsForEachEmpty == 0) time_nothing();
  }
}

std::uint64_t Emitter::time_emit(Producer& producer) noexcept {
  const Load::Agent& agent = load_.agent(next_number());
  ++tokens_;
  const std::uint64_t begin = Clock::ordered_ticks();
  const EmitResult result = load_.emit(producer, agent, tokens_);
  const std::uint64_t ticks = Clock::ordered_ticks() - begin;
  if (took_its_way(result)) emits_.add(ticks);
  return ticks;
}

void Emitter::time_nothing() noexcept {
  const std::uint64_t begin = Clock::ordered_ticks();
  empties_.add(Clock::ordered_ticks() - begin);
}

// A linear congruential generator (Knuth, MMIX), of which the upper bits are good enough to choose
// by and which costs less than a look at the clock.
std::uint32_t Emitter::next_number() noexcept {
  random_ = random_ * 6364136223846793005u + 1442695040888963407u;
  return static_cast<std::uint32_t>(random_ >> 32);
}

}  // namespace v1
}  // namespace tracebus
