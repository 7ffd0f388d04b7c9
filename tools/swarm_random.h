// SPDX-License-Identifier: Apache-2.0
//
// SwarmRandom: SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators,
// 2014). Eight bytes of state, so that every run has its own, and one seed gives the same run
// everywhere.
#ifndef TRACEBUS_TOOLS_SWARM_RANDOM_H_
#define TRACEBUS_TOOLS_SWARM_RANDOM_H_

#include <cstdint>

namespace tracebus {
inline namespace v1 {

class SwarmRandom {
 public:
  SwarmRandom() noexcept = default;
  // Streams of one seed have nothing in common.
  SwarmRandom(std::uint64_t seed, std::uint64_t stream) noexcept
      : state_(mix(seed) ^ mix(stream * kStep + 1)) {}

  std::uint64_t next() noexcept { return mix(state_ += kStep); }

  // Uniform in [0, bound). Biased by less than bound / 2^32.
  std::uint32_t below(std::uint32_t bound) noexcept {
    return static_cast<std::uint32_t>((next() >> 32) * bound >> 32);
  }

  // True with the probability that chance_of was told.
  bool chance(std::uint32_t odds) noexcept { return next() >> 32 < odds; }
  static constexpr std::uint32_t chance_of(double probability) noexcept {
    return static_cast<std::uint32_t>(probability * 4294967296.0);
  }

 private:
  static constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15;

  static constexpr std::uint64_t mix(std::uint64_t z) noexcept {
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
  }

  std::uint64_t state_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_SWARM_RANDOM_H_
