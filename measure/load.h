// SPDX-License-Identifier: Apache-2.0
//
// Load: the events that are emitted to measure with: the end of a model call of one of so many
// agents, with its ids, model, tokens, cost, and a text of a given size. All is made beforehand.
//
// Thread safety: many threads may read it.
#ifndef TRACEBUS_MEASURE_LOAD_H_
#define TRACEBUS_MEASURE_LOAD_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tracebus/bus/producer.h"
#include "tracebus/core/ids.h"

namespace tracebus {
inline namespace v1 {

class Load {
 public:
  struct Agent {
    std::string name;
    EventIds ids;
  };

  Load(std::size_t agents, std::size_t text_bytes);

  // number: any; it chooses the agent.
  const Agent& agent(std::uint32_t number) const noexcept {
    return agents_[static_cast<std::size_t>(std::uint64_t{number} * agents_.size() >> 32)];
  }

  EmitResult emit(Producer& producer, const Agent& agent, std::int64_t tokens) const noexcept;

 private:
  std::vector<Agent> agents_;
  const std::string text_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_MEASURE_LOAD_H_
