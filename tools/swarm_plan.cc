// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/swarm_plan.h"

#include <algorithm>
#include <limits>

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::uint32_t kCallFails = SwarmRandom::chance_of(0.01);
constexpr std::uint32_t kCallIsRetried = SwarmRandom::chance_of(0.5);
constexpr std::uint32_t kToolFails = SwarmRandom::chance_of(0.02);
constexpr std::uint32_t kTurnCompresses = SwarmRandom::chance_of(0.25);
constexpr std::uint32_t kRunIsAbandoned = SwarmRandom::chance_of(0.002);

constexpr std::uint8_t kAttemptsMax = 100;
constexpr std::uint8_t kRoutedWorkers = 3;
constexpr float kOverheadMs = 1;         // between two steps of an agent
constexpr float kToolShareOfCall = .3f;  // of a call's latency
constexpr std::uint32_t kTeamsMin = 2;
constexpr std::uint32_t kTeamsMax = SwarmPlan::kScopesMax - 1;

}  // namespace

// Lanes that run at the same time: each begins where the fork was, and the end of the last is the
// end of all.
class SwarmPlan::Lanes {
 public:
  explicit Lanes(SwarmPlan& plan) : plan_(plan), fork_ms_(plan.now_ms_), end_ms_(plan.now_ms_) {
    bounds_[0] = position();
  }
  void end_lane() {
    bounds_[++lanes_] = position();
    end_ms_ = std::max(end_ms_, plan_.now_ms_);
    plan_.now_ms_ = fork_ms_;
  }
  void join() {
    plan_.merge(std::span(bounds_.data(), lanes_ + 1));
    plan_.now_ms_ = end_ms_;
  }

 private:
  std::uint32_t position() const { return static_cast<std::uint32_t>(plan_.steps_.size()); }

  SwarmPlan& plan_;
  const float fork_ms_;
  float end_ms_;
  std::size_t lanes_ = 0;
  std::array<std::uint32_t, kActorsMax + 1> bounds_;
};

SwarmShape draw_swarm_shape(SwarmRandom& random) noexcept {
  std::uint32_t percent = random.below(100);
  std::size_t shape = 0;
  while (percent >= kSwarmShapePercents[shape]) percent -= kSwarmShapePercents[shape++];
  return static_cast<SwarmShape>(shape);
}

void SwarmPlan::build(SwarmShape shape, SwarmRandom& random, const SwarmTables& tables) {
  random_ = &random;
  tables_ = &tables;
  now_ms_ = 0;
  steps_.clear();
  actors_ = 0;
  scopes_ = 0;
  switch (shape) {
    case SwarmShape::kPipeline:
      failed_ = !pipeline();
      break;
    case SwarmShape::kSupervisor:
      failed_ = !supervisor();
      break;
    case SwarmShape::kDebate:
      failed_ = !debate();
      break;
    case SwarmShape::kReact:
      failed_ = !react();
      break;
    case SwarmShape::kHierarchy:
      failed_ = !hierarchy();
      break;
  }
  abandoned_ = random.chance(kRunIsAbandoned);
  if (abandoned_) {
    steps_.resize(1 + random.below(static_cast<std::uint32_t>(steps_.size()) - 1));
    failed_ = false;
  }
}

// --- Shapes ---

bool SwarmPlan::pipeline() {
  constexpr std::uint32_t kAgents = 3;
  const std::uint8_t scope = begin_scope(SwarmScope::kNobody, kAgents);
  for (std::uint32_t i = 0; i < kAgents; ++i) cast();
  bool ok = true;
  for (std::uint8_t actor = 0; actor < kAgents && ok; ++actor) ok = turn(actor);
  end_scope(scope, 0, ok);
  return ok;
}

bool SwarmPlan::supervisor() {
  const std::uint8_t scope = begin_scope(SwarmScope::kNobody, kRoutedWorkers + 2);
  const std::uint8_t classifier = cast();
  const std::uint8_t formatter = cast();
  const std::uint8_t first_worker = cast();
  for (int i = 1; i < kRoutedWorkers; ++i) cast();
  const auto worker = static_cast<std::uint8_t>(first_worker + random_->below(kRoutedWorkers));
  bool ok = turn(classifier);
  if (ok) {
    route(classifier, worker, kRoutedWorkers);
    hand_off(classifier, worker);
    ok = turn(worker) && turn(formatter);
  }
  end_scope(scope, 0, ok);
  return ok;
}

bool SwarmPlan::debate() {
  constexpr std::uint8_t kDebaters = 2;
  const std::uint8_t scope = begin_scope(SwarmScope::kNobody, kDebaters + 1);
  const std::uint8_t judge = cast();
  const std::uint8_t debater = cast();
  cast();
  bool ok = true;
  for (int round = 0; round < 2 && ok; ++round) {
    Lanes lanes(*this);
    for (std::uint8_t i = 0; i < kDebaters; ++i) {
      const auto actor = static_cast<std::uint8_t>(debater + i);
      ok = turn(actor, random_->chance(kTurnCompresses)) && ok;
      lanes.end_lane();
    }
    lanes.join();
  }
  ok = ok && turn(judge);
  end_scope(scope, 0, ok);
  return ok;
}

bool SwarmPlan::react() {
  const std::uint8_t scope = begin_scope(SwarmScope::kNobody, 1);
  const std::uint8_t actor = cast();
  const float since_ms = now_ms_;
  const std::uint32_t loops = 3 + random_->below(10);
  add(kAgentStart, actor);
  bool ok = true;
  for (std::uint32_t i = 0; i < loops && ok; ++i) {
    ok = call(actor);
    if (ok) use_tool(actor);
  }
  end_agent(actor, since_ms, ok);
  end_scope(scope, 0, ok);
  return ok;
}

bool SwarmPlan::hierarchy() {
  const std::uint32_t agents = 20 + random_->below(41);
  const std::uint8_t scope = begin_scope(SwarmScope::kNobody, agents);
  const std::uint8_t root = cast();
  const float since_ms = now_ms_;
  add(kAgentStart, root);
  bool ok = call(root);
  if (ok) {
    const std::uint32_t teams = std::clamp(agents / 12, kTeamsMin, kTeamsMax);
    Lanes lanes(*this);
    for (std::uint32_t i = 0; i < teams; ++i) {
      ok = team(root, (agents - 1 + i) / teams) && ok;
      lanes.end_lane();
    }
    lanes.join();
    ok = call(root) && ok;
  }
  end_agent(root, since_ms, ok);
  end_scope(scope, 0, ok);
  return ok;
}

// A nested run: its lead asks the workers all at once, and sums up.
bool SwarmPlan::team(std::uint8_t root, std::uint32_t members) {
  const auto scope = scopes_;
  const std::uint8_t lead = cast(scope);
  hand_off(root, lead);
  const float since_ms = now_ms_;
  begin_scope(root, members);
  add(kAgentStart, lead);
  bool ok = call(lead);
  if (ok) {
    Lanes lanes(*this);
    for (std::uint32_t i = 1; i < members; ++i) {
      ok = turn(cast(scope)) && ok;
      lanes.end_lane();
    }
    lanes.join();
    ok = call(lead) && ok;
  }
  end_agent(lead, since_ms, ok);
  end_scope(scope, since_ms, ok);
  return ok;
}

// --- Parts of a run ---

void SwarmPlan::add(EventType type, std::uint8_t actor, float duration_ms, std::uint8_t detail,
                    std::uint8_t other) {
  steps_.push_back({now_ms_, duration_ms, type, actor, other, detail});
  now_ms_ += kOverheadMs;
}

std::uint8_t SwarmPlan::cast(std::uint8_t scope) {
  scope_of_[actors_] = scope;
  return actors_++;
}

std::uint8_t SwarmPlan::begin_scope(std::uint8_t parent, std::uint32_t agents) {
  scope_[scopes_].parent = parent;
  add(kPatternStart, scopes_, 0, static_cast<std::uint8_t>(agents));
  return scopes_++;
}

void SwarmPlan::end_scope(std::uint8_t scope, float since_ms, bool ok) {
  add(kPatternEnd, scope, now_ms_ - since_ms, ok ? 0 : 1);
}

bool SwarmPlan::turn(std::uint8_t actor, bool compresses) {
  const float since_ms = now_ms_;
  add(kAgentStart, actor);
  if (compresses) add(kCompression, actor);
  const bool ok = call(actor);
  end_agent(actor, since_ms, ok);
  return ok;
}

void SwarmPlan::end_agent(std::uint8_t actor, float since_ms, bool ok) {
  add(kAgentEnd, actor, now_ms_ - since_ms, ok ? 0 : 1);
}

bool SwarmPlan::call(std::uint8_t actor) {
  for (std::uint8_t attempt = 1;; ++attempt) {
    add(kLlmCallStart, actor, 0, attempt);
    const float latency_ms = tables_->latency_ms.draw(*random_);
    now_ms_ += latency_ms;
    if (!random_->chance(kCallFails)) {
      add(kLlmCallEnd, actor, latency_ms);
      add(kCostRecord, actor);
      return true;
    }
    const auto failure = static_cast<std::uint8_t>(random_->below(kSwarmFailures.size()));
    const bool retried = attempt < kAttemptsMax && random_->chance(kCallIsRetried);
    add(kLlmCallError, actor, latency_ms,
        static_cast<std::uint8_t>(failure | (retried ? SwarmStep::kRetried : 0)));
    if (!retried) return false;
  }
}

void SwarmPlan::use_tool(std::uint8_t actor) {
  const auto tool = static_cast<std::uint8_t>(random_->below(kSwarmTools.size()));
  add(kToolStart, actor, 0, tool);
  const float latency_ms = tables_->latency_ms.draw(*random_) * kToolShareOfCall;
  now_ms_ += latency_ms;
  const bool ok = !random_->chance(kToolFails);
  add(ok ? kToolEnd : kToolError, actor, latency_ms, tool);
}

void SwarmPlan::route(std::uint8_t from, std::uint8_t to, std::uint8_t candidates) {
  add(kRoutingDecision, from, 0, candidates, to);
}

void SwarmPlan::hand_off(std::uint8_t from, std::uint8_t to) {
  add(kHandoff, from, 0, static_cast<std::uint8_t>(random_->below(16)), to);
}

void SwarmPlan::merge(std::span<const std::uint32_t> bounds) {
  constexpr float kNoMore = std::numeric_limits<float>::infinity();
  const std::size_t lanes = bounds.size() - 1;
  std::array<std::uint32_t, kActorsMax> heads;
  std::array<float, kActorsMax> next_ms;
  const auto look = [&](std::size_t lane) {
    next_ms[lane] = heads[lane] == bounds[lane + 1] ? kNoMore : steps_[heads[lane]].at_ms;
  };
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    heads[lane] = bounds[lane];
    look(lane);
  }
  merged_.clear();
  for (std::uint32_t left = bounds.back() - bounds.front(); left != 0; --left) {
    const auto first = std::min_element(next_ms.begin(), next_ms.begin() + lanes);
    const auto lane = static_cast<std::size_t>(first - next_ms.begin());
    merged_.push_back(steps_[heads[lane]++]);
    look(lane);
  }
  std::copy(merged_.begin(), merged_.end(), steps_.begin() + bounds.front());
}

}  // namespace v1
}  // namespace tracebus
