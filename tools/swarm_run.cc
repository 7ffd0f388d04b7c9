// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/swarm_run.h"

#include <charconv>

namespace tracebus {
inline namespace v1 {
namespace {

constexpr int kDrawsForNewRole = 4;  // per actor; then a role plays twice in a run

}  // namespace

void SwarmRun::begin(std::uint64_t number) {
  random_ = SwarmRandom(world_->options.seed, number);
  shape_ = draw_swarm_shape(random_);
  pattern_ = world_->patterns[static_cast<std::size_t>(shape_)];
  plan_.build(shape_, random_, world_->tables);
  draw(trace_id_);
  for (std::size_t i = 0; i < plan_.scopes(); ++i) {
    draw(run_ids_[i]);
    draw(scope_spans_[i]);
  }
  for (std::size_t i = 0; i < plan_.actors(); ++i) cast(actors_[i], i);
  next_ = plan_.steps().data();
  end_ = next_ + plan_.steps().size();
}

void SwarmRun::cast(Actor& actor, std::size_t others) noexcept {
  const auto is_taken = [&](std::uint32_t role) {
    for (std::size_t i = 0; i < others; ++i) {
      if (actors_[i].role == role) return true;
    }
    return false;
  };
  const ZipfTable& roles = world_->tables.agents;
  actor = Actor{};
  actor.role = roles.draw(random_);
  for (int i = 1; i < kDrawsForNewRole && is_taken(actor.role); ++i)
    actor.role = roles.draw(random_);
  constexpr std::string_view kPrefix = "role-";
  std::memcpy(actor.text, kPrefix.data(), kPrefix.size());
  const auto end =
      std::to_chars(actor.text + kPrefix.size(), actor.text + sizeof actor.text, actor.role + 1);
  actor.bytes = static_cast<std::uint8_t>(end.ptr - actor.text);
  actor.model = &world_->tables.draw_model(random_);
}

void SwarmRun::begin_call(Actor& actor, std::uint8_t attempt) noexcept {
  const SwarmTables& tables = world_->tables;
  draw(actor.inner_span);
  actor.deltas = 0;
  if (attempt == 1) {
    actor.input = 1 + static_cast<std::uint32_t>(tables.input_tokens.draw(random_));
  }
  actor.output = 1 + static_cast<std::uint32_t>(tables.output_tokens.draw(random_));
  // Up to 80 % of a prompt that was sent before is cached.
  actor.cached = actor.has_called ? actor.input * random_.below(81) / 100 : 0;
  actor.has_called = true;
}

}  // namespace v1
}  // namespace tracebus
