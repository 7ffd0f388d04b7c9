// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/swarm_world.h"

namespace tracebus {
inline namespace v1 {

SwarmWorld::SwarmWorld(const SwarmOptions& given) : options(given), tables(given.agents) {
  for (std::size_t i = 0; i < kSwarmShapes; ++i) patterns[i] = NameHandle::of(kSwarmShapeNames[i]);
}

}  // namespace v1
}  // namespace tracebus
