// SPDX-License-Identifier: Apache-2.0
//
// SwarmWorld: what all runs of a swarm share.
#ifndef TRACEBUS_TOOLS_SWARM_WORLD_H_
#define TRACEBUS_TOOLS_SWARM_WORLD_H_

#include <array>
#include <cstdint>

#include "tracebus/core/name.h"
#include "tracebus/tools/swarm_plan.h"
#include "tracebus/tools/swarm_tables.h"

namespace tracebus {
inline namespace v1 {

struct SwarmOptions {
  std::uint32_t agents = 100'000;  // distinct names: role-1, role-2, ...
  std::uint64_t seed = 1;
  std::uint64_t runs_max = 0;  // 0: until stop
  bool deltas = false;         // an llm_token event for each kSwarmTokensPerDelta output tokens
  bool content = false;        // messages, tool arguments and results
};

// Thread safety: immutable once made.
struct SwarmWorld {
  explicit SwarmWorld(const SwarmOptions& given);

  const SwarmOptions options;
  const SwarmTables tables;
  std::array<NameHandle, kSwarmShapes> patterns;
};

inline constexpr std::uint32_t kSwarmTokensPerDelta = 8;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_SWARM_WORLD_H_
