// SPDX-License-Identifier: Apache-2.0
//
// SwarmPlan: what happens in one simulated run, in the order of its simulated time.
//
//   pipeline    three agents, one after the other                                           35 %
//   supervisor  a classifier hands off to one of three workers, a formatter ends it         30 %
//   debate      two debaters at the same time, two rounds, then a judge                     15 %
//   react       one agent in a loop of 3 to 12 calls, each with a tool                      15 %
//   hierarchy   a supervisor of supervisors: 20 to 60 agents, nested runs side by side       5 %
//
// 1 % of the calls fail, and half of those are tried again; 2 % of the tools fail; 0.2 % of the
// runs stop somewhere and are never heard of again.
#ifndef TRACEBUS_TOOLS_SWARM_PLAN_H_
#define TRACEBUS_TOOLS_SWARM_PLAN_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tracebus/core/event_type.h"
#include "tracebus/tools/swarm_tables.h"

namespace tracebus {
inline namespace v1 {

enum class SwarmShape : std::uint8_t { kPipeline, kSupervisor, kDebate, kReact, kHierarchy };

inline constexpr std::size_t kSwarmShapes = 5;
inline constexpr std::array<std::string_view, kSwarmShapes> kSwarmShapeNames = {
    "pipeline", "supervisor", "debate", "react", "hierarchy"};
inline constexpr std::array<std::uint32_t, kSwarmShapes> kSwarmShapePercents = {35, 30, 15, 15, 5};

SwarmShape draw_swarm_shape(SwarmRandom& random) noexcept;

inline constexpr std::array<std::string_view, 2> kSwarmStatuses = {"success", "failed"};
inline constexpr std::array<std::string_view, 3> kSwarmFailures = {"timeout", "429 rate limited",
                                                                   "invalid response"};
inline constexpr std::array<std::string_view, 6> kSwarmTools = {
    "web_search", "sql_query", "read_file", "http_get", "calculator", "run_code"};
inline constexpr std::array<std::string_view, 4> kSwarmReasons = {"billing", "refund", "technical",
                                                                  "account"};
inline constexpr std::array<std::string_view, 4> kSwarmProtocols = {"http", "grpc", "mcp", "queue"};

// What detail and other say depends on the type:
//   pattern_start    actor: the scope, not an actor; detail: agents
//   pattern_end      actor: the scope; detail: 1 if it failed
//   agent_end        detail: 1 if it failed
//   llm_call_start   detail: attempt, from 1
//   llm_call_error   detail: index in kSwarmFailures, and kRetried
//   tool_*           detail: index in kSwarmTools
//   routing_decision other: who was chosen; detail: of how many
//   handoff          other: to whom; detail: reason + 4 * protocol
struct SwarmStep {
  static constexpr std::uint8_t kRetried = 0x80;

  float at_ms;        // since the run began
  float duration_ms;  // of what ends here
  EventType type;
  std::uint8_t actor;
  std::uint8_t other;
  std::uint8_t detail;
};

// A run, or a run within a run.
struct SwarmScope {
  static constexpr std::uint8_t kNobody = 0xFF;
  std::uint8_t parent = kNobody;  // the actor within whose span it runs
};

// Thread safety: one thread at a time. Once it has grown, build allocates no more.
class SwarmPlan {
 public:
  static constexpr std::size_t kActorsMax = 60;
  static constexpr std::size_t kScopesMax = 6;

  void build(SwarmShape shape, SwarmRandom& random, const SwarmTables& tables);

  std::span<const SwarmStep> steps() const noexcept { return steps_; }
  std::size_t actors() const noexcept { return actors_; }
  std::size_t scopes() const noexcept { return scopes_; }
  const SwarmScope& scope(std::size_t index) const noexcept { return scope_[index]; }
  std::uint8_t scope_of(std::size_t actor) const noexcept { return scope_of_[actor]; }
  bool failed() const noexcept { return failed_; }
  bool abandoned() const noexcept { return abandoned_; }

 private:
  void add(EventType type, std::uint8_t actor, float duration_ms = 0, std::uint8_t detail = 0,
           std::uint8_t other = 0);
  std::uint8_t cast(std::uint8_t scope = 0);
  std::uint8_t begin_scope(std::uint8_t parent, std::uint32_t agents);
  void end_scope(std::uint8_t scope, float since_ms, bool ok);

  bool pipeline();
  bool supervisor();
  bool debate();
  bool react();
  bool hierarchy();
  bool team(std::uint8_t root, std::uint32_t members);

  // Each says whether it went well.
  bool turn(std::uint8_t actor, bool compresses = false);
  bool call(std::uint8_t actor);
  void end_agent(std::uint8_t actor, float since_ms, bool ok);
  void use_tool(std::uint8_t actor);
  void route(std::uint8_t from, std::uint8_t to, std::uint8_t candidates);
  void hand_off(std::uint8_t from, std::uint8_t to);

  // Steps that were added lane by lane, each lane from now_ms_ = fork on, become one sequence.
  class Lanes;
  void merge(std::span<const std::uint32_t> bounds);

  SwarmRandom* random_ = nullptr;  // while build runs
  const SwarmTables* tables_ = nullptr;
  float now_ms_ = 0;

  std::vector<SwarmStep> steps_;
  std::vector<SwarmStep> merged_;
  std::array<SwarmScope, kScopesMax> scope_{};
  std::array<std::uint8_t, kActorsMax> scope_of_{};
  std::uint8_t actors_ = 0;
  std::uint8_t scopes_ = 0;
  bool failed_ = false;
  bool abandoned_ = false;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_SWARM_PLAN_H_
