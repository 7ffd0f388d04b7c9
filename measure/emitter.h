// SPDX-License-Identifier: Apache-2.0
//
// Emitter: one thread's share of a measurement: it emits at its pace and times every emit.
//
// Among them it times calls of nothing, which shows what the timing itself takes.
//
// Thread safety: one thread at a time.
#ifndef TRACEBUS_MEASURE_EMITTER_H_
#define TRACEBUS_MEASURE_EMITTER_H_

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "tracebus/bus/producer.h"
#include "tracebus/core/limits.h"
#include "tracebus/measure/latency_histogram.h"
#include "tracebus/measure/load.h"

namespace tracebus {
inline namespace v1 {

// The two buses that are compared.
enum class Side : std::uint8_t { kWithout, kWith };
inline constexpr std::size_t kSides = 2;

// In cache lines of its own: beside anything that another thread writes it would measure that.
class alignas(2 * kCacheLineBytes) Emitter {
 public:
  struct Turn {
    Side side;
    std::chrono::steady_clock::time_point begin;
    std::chrono::steady_clock::time_point end;
  };

  // rate: events a second; 0: as fast as possible. stream: which agents it draws.
  Emitter(const Load& load, double rate, std::uint64_t stream) noexcept
      : load_(load), rate_(rate), random_(stream) {}

  void use(Side side, Producer producer) noexcept {
    producers_[static_cast<std::size_t>(side)] = std::move(producer);
  }

  // Emits until the turn is over, or `stopped`.
  void emit(const Turn& turn, const std::atomic<bool>& stopped) noexcept;

  // Of the emits that were accepted, or waited for room in vain. One that was refused at once is
  // cheaper than one that was not, and would make a bus that is overrun look fast.
  LatencyHistogram& emits() noexcept { return emits_; }
  LatencyHistogram& empties() noexcept { return empties_; }

 private:
  void emit_some(Producer& producer, std::uint64_t events) noexcept;
  std::uint64_t time_emit(Producer& producer) noexcept;
  void time_nothing() noexcept;
  std::uint32_t next_number() noexcept;

  const Load& load_;
  const double rate_;
  std::uint64_t random_;
  std::int64_t tokens_ = 0;
  std::array<Producer, kSides> producers_;
  LatencyHistogram emits_;
  LatencyHistogram empties_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_MEASURE_EMITTER_H_
