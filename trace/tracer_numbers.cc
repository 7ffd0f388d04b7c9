// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/tracer_numbers.h"

#include <array>
#include <atomic>

#include "tracebus/core/limits.h"

namespace tracebus {
inline namespace v1 {
namespace {

// By number. Pages of it that nobody needed take no memory.
constinit std::array<std::atomic<const Tracer*>, kTracersMax + 1> g_tracers{};
constinit std::atomic<std::uint32_t> g_last{0};

}  // namespace

std::uint16_t TracerNumbers::enter(const Tracer& tracer) noexcept {
  // Relaxed: it only deals out numbers, and stays where there are no more.
  std::uint32_t last = g_last.load(std::memory_order_relaxed);
  do {
    if (last == kTracersMax) return 0;
  } while (!g_last.compare_exchange_weak(last, last + 1, std::memory_order_relaxed));
  g_tracers[last + 1].store(&tracer, std::memory_order_release);  // pairs with find
  return static_cast<std::uint16_t>(last + 1);
}

void TracerNumbers::leave(std::uint16_t number) noexcept {
  g_tracers[number].store(nullptr, std::memory_order_release);  // pairs with find
}

const Tracer* TracerNumbers::find(std::uint16_t number) noexcept {
  return g_tracers[number].load(std::memory_order_acquire);  // pairs with enter and leave
}

}  // namespace v1
}  // namespace tracebus
