// SPDX-License-Identifier: Apache-2.0
//
// View: what one thread knows at one moment, or what one store hands to whoever acquires it.
//
// clock[t] is how much of thread t happened before: a vector clock. floor[a] is the oldest store
// of atom a that may still be read: what coherence allows. Both only ever grow, so that learning
// from another view is an element-wise maximum.
#ifndef TRACEBUS_TESTS_MODEL_VIEW_H_
#define TRACEBUS_TESTS_MODEL_VIEW_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace tracebus::inline v1::model {

using ThreadId = std::uint32_t;
using AtomId = std::uint32_t;
using StoreIndex = std::uint16_t;  // a place in one atom's modification order

inline constexpr std::size_t kThreadsMax = 5;  // thread 0 sets up and judges, 1..4 are explored
inline constexpr std::size_t kAtomsMax = 64;   // one bit each in a 64-bit mask
inline constexpr std::size_t kStoresMax = 4096;

using Floors = std::array<StoreIndex, kAtomsMax>;

struct View {
  std::array<std::uint32_t, kThreadsMax> clock{};
  Floors floor{};

  void join(const View& other) noexcept {
    for (std::size_t i = 0; i < kThreadsMax; ++i) clock[i] = std::max(clock[i], other.clock[i]);
    join_floors(other.floor);
  }
  void join_floors(const Floors& other) noexcept {
    for (std::size_t i = 0; i < kAtomsMax; ++i) floor[i] = std::max(floor[i], other[i]);
  }
};

// Order-dependent mixing of one more number into a fingerprint.
constexpr std::uint64_t mix(std::uint64_t seed, std::uint64_t number) noexcept {
  std::uint64_t mixed = (seed ^ number) * 0x9E3779B97F4A7C15u;
  mixed ^= mixed >> 29;
  mixed *= 0xBF58476D1CE4E5B9u;
  return mixed ^ (mixed >> 32);
}

inline std::uint64_t fingerprint(const View& view) noexcept {
  std::uint64_t hash = 1;
  for (const std::uint32_t tick : view.clock) hash = mix(hash, tick);
  for (std::size_t i = 0; i < kAtomsMax; i += 4) {
    const auto& floor = view.floor;
    hash = mix(hash, std::uint64_t{floor[i]} | std::uint64_t{floor[i + 1]} << 16 |
                         std::uint64_t{floor[i + 2]} << 32 | std::uint64_t{floor[i + 3]} << 48);
  }
  return hash;
}

}  // namespace tracebus::inline v1::model

#endif  // TRACEBUS_TESTS_MODEL_VIEW_H_
