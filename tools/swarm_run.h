// SPDX-License-Identifier: Apache-2.0
//
// SwarmRun: one simulated run under way, which emits its events one a step.
//
// An emitter has the hot way to emit, and nothing else is asked of it: a Producer, or a test's own.
//   EmitResult emit(EventType, const EventIds&, const Name&, const Name&, const Attributes&...);
#ifndef TRACEBUS_TOOLS_SWARM_RUN_H_
#define TRACEBUS_TOOLS_SWARM_RUN_H_

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "tracebus/core/attr.h"
#include "tracebus/core/emit_result.h"
#include "tracebus/core/event_type.h"
#include "tracebus/core/ids.h"
#include "tracebus/core/name.h"
#include "tracebus/tools/swarm_plan.h"
#include "tracebus/tools/swarm_world.h"

namespace tracebus {
inline namespace v1 {

// Thread safety: one thread at a time; handing it to another needs the usual acquire and release.
// The events depend on the seed and the number of the run alone, not on who takes the steps.
class SwarmRun {
 public:
  explicit SwarmRun(const SwarmWorld& world) noexcept : world_(&world) {}
  SwarmRun(const SwarmRun&) = delete;
  SwarmRun& operator=(const SwarmRun&) = delete;

  void begin(std::uint64_t number);
  bool is_idle() const noexcept { return next_ == end_; }
  // Whether the last step left an agent waiting for a model or a tool, or was the last of all.
  bool is_waiting() const noexcept { return is_waiting_; }
  void go_on() noexcept { is_waiting_ = false; }
  SwarmShape shape() const noexcept { return shape_; }
  const SwarmPlan& plan() const noexcept { return plan_; }

  // The role that begins a turn with the next step, from 0; the number of roles if none does.
  std::uint32_t role_to_start() const noexcept {
    return next_->type == kAgentStart ? actors_[next_->actor].role : world_->tables.agents.size();
  }

  // Emits the next event. REQUIRES: !is_idle().
  template <class Emitter>
  EmitResult step(Emitter& emitter);

 private:
  static constexpr double kPartsOfMs = 10;

  struct Actor {
    std::string_view name() const noexcept { return {text, bytes}; }

    char text[14];
    std::uint8_t bytes;
    bool has_called;  // so what it sends now repeats what it sent before
    std::uint32_t role;
    const SwarmModel* model;
    std::uint32_t input;
    std::uint32_t output;
    std::uint32_t cached;
    std::uint32_t deltas;  // emitted, of the call under way
    std::uint32_t turn_output;
    SpanId span;
    SpanId inner_span;  // of the call or tool under way
  };

  void cast(Actor& actor, std::size_t others) noexcept;
  void begin_call(Actor& actor, std::uint8_t attempt) noexcept;

  EventIds ids_of(const Actor& actor, const SpanId& span, const SpanId& parent) const noexcept {
    return {run_ids_[plan_.scope_of(index_of(actor))], trace_id_, span, parent};
  }
  EventIds agent_ids(const Actor& actor) const noexcept {
    return ids_of(actor, actor.span, scope_spans_[plan_.scope_of(index_of(actor))]);
  }
  EventIds inner_ids(const Actor& actor) const noexcept {
    return ids_of(actor, actor.inner_span, actor.span);
  }
  std::size_t index_of(const Actor& actor) const noexcept {
    return static_cast<std::size_t>(&actor - actors_.data());
  }
  template <class Id>
  void draw(Id& id) noexcept;

  template <class Emitter>
  EmitResult emit(Emitter& emitter, const SwarmStep& step);
  template <class Emitter>
  EmitResult emit_pattern(Emitter& emitter, const SwarmStep& step);
  template <class Emitter>
  EmitResult emit_agent(Emitter& emitter, const SwarmStep& step, Actor& actor);
  template <class Emitter>
  EmitResult emit_call(Emitter& emitter, const SwarmStep& step, Actor& actor);
  template <class Emitter>
  EmitResult emit_tool(Emitter& emitter, const SwarmStep& step, Actor& actor);
  template <class Emitter>
  EmitResult emit_choice(Emitter& emitter, const SwarmStep& step, const Actor& actor);
  template <class Emitter>
  EmitResult emit_compression(Emitter& emitter, const Actor& actor);
  // Within the actor's call or tool, with content under kKey where content is wanted.
  template <KeyLiteral kKey, class Emitter, class... Attributes>
  EmitResult emit_inner(Emitter& emitter, EventType type, const Actor& actor,
                        const Attributes&... attributes);

  const SwarmStep* next_ = nullptr;
  const SwarmStep* end_ = nullptr;
  const SwarmWorld* const world_;
  SwarmRandom random_;
  bool is_waiting_ = false;
  SwarmShape shape_{};
  NameHandle pattern_;
  TraceId trace_id_;
  std::array<RunId, SwarmPlan::kScopesMax> run_ids_;
  std::array<SpanId, SwarmPlan::kScopesMax> scope_spans_;
  SwarmPlan plan_;
  std::array<Actor, SwarmPlan::kActorsMax> actors_{};
};

template <class Emitter>
EmitResult SwarmRun::step(Emitter& emitter) {
  const SwarmStep& step = *next_;
  if (world_->options.deltas && step.type == kLlmCallEnd) {
    Actor& actor = actors_[step.actor];
    if ((actor.deltas + 1) * kSwarmTokensPerDelta <= actor.output) {
      return emit_inner<"content">(emitter, kLlmToken, actor, attr<"index">(actor.deltas++),
                                   attr<"tokens">(kSwarmTokensPerDelta));
    }
  }
  ++next_;
  is_waiting_ = step.type == kLlmCallStart || step.type == kToolStart || next_ == end_;
  return emit(emitter, step);
}

template <class Emitter>
EmitResult SwarmRun::emit(Emitter& emitter, const SwarmStep& step) {
  switch (step.type.number()) {
    case kPatternStart.number():
    case kPatternEnd.number():
      return emit_pattern(emitter, step);
    case kAgentStart.number():
    case kAgentEnd.number():
      return emit_agent(emitter, step, actors_[step.actor]);
    case kLlmCallStart.number():
    case kLlmCallEnd.number():
    case kLlmCallError.number():
    case kCostRecord.number():
      return emit_call(emitter, step, actors_[step.actor]);
    case kToolStart.number():
    case kToolEnd.number():
    case kToolError.number():
      return emit_tool(emitter, step, actors_[step.actor]);
    case kRoutingDecision.number():
    case kHandoff.number():
      return emit_choice(emitter, step, actors_[step.actor]);
    case kCompression.number():
      return emit_compression(emitter, actors_[step.actor]);
  }
  return EmitResult::kUnwanted;
}

// Not said by an agent: its name is empty, as in the seed's traces.
template <class Emitter>
EmitResult SwarmRun::emit_pattern(Emitter& emitter, const SwarmStep& step) {
  const std::uint8_t parent = plan_.scope(step.actor).parent;
  const EventIds ids = {run_ids_[step.actor], trace_id_, scope_spans_[step.actor],
                        parent == SwarmScope::kNobody ? SpanId{} : actors_[parent].span};
  if (step.type == kPatternStart) {
    return emitter.emit(kPatternStart, ids, "", pattern_, attr<"agents">(step.detail));
  }
  return emitter.emit(kPatternEnd, ids, "", pattern_,
                      attr<"duration_ms">(swarm_rounded(step.duration_ms, kPartsOfMs)),
                      attr<"status">(kSwarmStatuses[step.detail]));
}

template <class Emitter>
EmitResult SwarmRun::emit_agent(Emitter& emitter, const SwarmStep& step, Actor& actor) {
  if (step.type == kAgentStart) {
    draw(actor.span);
    actor.turn_output = 0;
    return emitter.emit(kAgentStart, agent_ids(actor), actor.name(), pattern_);
  }
  return emitter.emit(kAgentEnd, agent_ids(actor), actor.name(), pattern_,
                      attr<"duration_ms">(swarm_rounded(step.duration_ms, kPartsOfMs)),
                      attr<"output_tokens">(actor.turn_output),
                      attr<"status">(kSwarmStatuses[step.detail]));
}

template <class Emitter>
EmitResult SwarmRun::emit_call(Emitter& emitter, const SwarmStep& step, Actor& actor) {
  const double duration_ms = swarm_rounded(step.duration_ms, kPartsOfMs);
  switch (step.type.number()) {
    case kLlmCallStart.number():
      begin_call(actor, step.detail);
      return emit_inner<"prompt">(emitter, kLlmCallStart, actor,
                                  attr<"provider">(actor.model->provider),
                                  attr<"model">(actor.model->name), attr<"attempt">(step.detail));
    case kLlmCallEnd.number():
      actor.turn_output += actor.output;
      return emit_inner<"response">(
          emitter, kLlmCallEnd, actor, attr<"model">(actor.model->name),
          attr<"input_tokens">(actor.input), attr<"output_tokens">(actor.output),
          attr<"cached_tokens">(actor.cached), attr<"duration_ms">(duration_ms));
    case kLlmCallError.number():
      return emitter.emit(kLlmCallError, inner_ids(actor), actor.name(), pattern_,
                          attr<"model">(actor.model->name),
                          attr<"error">(kSwarmFailures[step.detail & ~SwarmStep::kRetried]),
                          attr<"duration_ms">(duration_ms),
                          attr<"retried">((step.detail & SwarmStep::kRetried) != 0));
    default:
      return emitter.emit(
          kCostRecord, inner_ids(actor), actor.name(), pattern_, attr<"model">(actor.model->name),
          attr<"input_tokens">(actor.input), attr<"output_tokens">(actor.output),
          attr<"cached_tokens">(actor.cached),
          attr<"cost_usd">(swarm_cost_usd(*actor.model, actor.input, actor.output, actor.cached)));
  }
}

template <class Emitter>
EmitResult SwarmRun::emit_tool(Emitter& emitter, const SwarmStep& step, Actor& actor) {
  const std::string_view tool = kSwarmTools[step.detail];
  if (step.type == kToolStart) {
    draw(actor.inner_span);
    return emit_inner<"arguments">(emitter, kToolStart, actor, attr<"tool">(tool));
  }
  const double duration_ms = swarm_rounded(step.duration_ms, kPartsOfMs);
  if (step.type == kToolEnd) {
    return emit_inner<"result">(emitter, kToolEnd, actor, attr<"tool">(tool),
                                attr<"duration_ms">(duration_ms));
  }
  return emitter.emit(kToolError, inner_ids(actor), actor.name(), pattern_, attr<"tool">(tool),
                      attr<"error">("tool failed"), attr<"duration_ms">(duration_ms));
}

template <class Emitter>
EmitResult SwarmRun::emit_choice(Emitter& emitter, const SwarmStep& step, const Actor& actor) {
  const std::string_view chosen = actors_[step.other].name();
  if (step.type == kRoutingDecision) {
    return emitter.emit(kRoutingDecision, agent_ids(actor), actor.name(), pattern_,
                        attr<"selected">(chosen), attr<"candidates">(step.detail));
  }
  return emitter.emit(kHandoff, agent_ids(actor), actor.name(), pattern_,
                      attr<"from">(actor.name()), attr<"to">(chosen),
                      attr<"reason">(kSwarmReasons[step.detail % 4]),
                      attr<"protocol">(kSwarmProtocols[step.detail / 4]));
}

template <class Emitter>
EmitResult SwarmRun::emit_compression(Emitter& emitter, const Actor& actor) {
  const std::uint32_t original = 100 * random_.below(100) + 1000;
  const std::uint32_t percent = 20 + random_.below(51);
  return emitter.emit(kCompression, agent_ids(actor), actor.name(), pattern_,
                      attr<"original_tokens">(original),
                      attr<"compressed_tokens">(original - original / 100 * percent),
                      attr<"savings_pct">(percent / 100.0));
}

template <KeyLiteral kKey, class Emitter, class... Attributes>
EmitResult SwarmRun::emit_inner(Emitter& emitter, EventType type, const Actor& actor,
                                const Attributes&... attributes) {
  if (!world_->options.content) {
    return emitter.emit(type, inner_ids(actor), actor.name(), pattern_, attributes...);
  }
  const std::string_view content =
      type == kLlmToken ? world_->tables.draw_delta(random_) : world_->tables.draw_content(random_);
  return emitter.emit(type, inner_ids(actor), actor.name(), pattern_, attributes...,
                      attr<kKey>(content));
}

template <class Id>
void SwarmRun::draw(Id& id) noexcept {
  static_assert(sizeof id.bytes % sizeof(std::uint64_t) == 0);
  for (std::size_t at = 0; at < sizeof id.bytes; at += sizeof(std::uint64_t)) {
    const std::uint64_t bits = random_.next();
    std::memcpy(&id.bytes[at], &bits, sizeof bits);
  }
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_SWARM_RUN_H_
