// SPDX-License-Identifier: Apache-2.0
//
// AgentTraffic: what a graph of agents is made of, before anything is folded: who acted, whom they
// handed off to and called, in one pass over the events.
//
// An actor is an agent within a pattern. Who called an agent is the agent of the span around its
// own, through spans of others (patterns, chains, tools); a span with nothing above it was called
// by the user. Where that cannot be told, because ids are missing or the span is not among the
// events, nothing is said.
//
// Thread safety: none.
#ifndef TRACEBUS_STUDIO_AGENT_TRAFFIC_H_
#define TRACEBUS_STUDIO_AGENT_TRAFFIC_H_

#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "tracebus/core/value.h"
#include "tracebus/studio/name_table.h"
#include "tracebus/studio/number_map.h"
#include "tracebus/studio/span_query.h"
#include "tracebus/studio/span_table.h"

namespace tracebus {
inline namespace v1 {

struct TrafficFigures {
  std::uint64_t events = 0;
  std::uint64_t calls = 0;         // of models; of a tool, its own
  std::uint64_t errors = 0;        // spans that failed, and `error` events
  std::uint64_t open = 0;          // spans that have not ended
  std::uint64_t recent_calls = 0;  // of `calls`, those of the time asked for
  std::uint64_t outcomes = 0;      // spans that ended, and `error` events: what errors are part of
  std::int64_t cost_nanos = 0;
  std::int64_t tokens = 0;

  void add(const TrafficFigures& other) noexcept;
};

class AgentTraffic {
 public:
  static constexpr std::uint32_t kUser = 0xFFFFFFFF;  // in the place of an actor

  // How it went, and whether in the time asked for.
  struct Outcome {
    bool has_failed;
    bool is_recent;
  };
  struct Actor {
    std::uint32_t pattern;  // numbers of names
    std::uint32_t agent;
    TrafficFigures figures;
  };
  struct Call {  // of a model or a tool
    std::uint32_t actor;
    std::uint32_t name;
    bool is_tool;
    Outcome outcome;
  };
  struct AgentCall {
    std::uint32_t from, to;  // actors; from may be kUser
    Outcome outcome;
  };
  struct HandOff {
    std::uint32_t from, to;
    std::uint32_t reason;  // number of a text
    Outcome outcome;
  };

  // What happened at recent_ns (since 1970) or later is recent. REQUIRES: the table outlives it,
  // and nobody appends meanwhile.
  AgentTraffic(const SpanTable& table, const SpanQuery& query, std::int64_t recent_ns);

  // When it began and ended; first_ns() > last_ns() where no event has a time.
  std::int64_t first_ns() const noexcept { return first_ns_; }
  std::int64_t last_ns() const noexcept { return last_ns_; }

  const std::vector<Actor>& actors() const noexcept { return actors_; }
  const std::vector<Call>& calls() const noexcept { return calls_; }
  const std::vector<AgentCall>& agent_calls() const noexcept { return agent_calls_; }
  const std::vector<HandOff>& hand_offs() const noexcept { return hand_offs_; }
  // By the number of the name; shorter than there are names where the rest is unused.
  const std::vector<TrafficFigures>& models() const noexcept { return models_; }
  const std::vector<TrafficFigures>& tools() const noexcept { return tools_; }

  std::string_view agent_text(std::uint32_t agent) const noexcept;
  std::string_view pattern_text(std::uint32_t pattern) const noexcept;
  std::string_view model_text(std::uint32_t model) const noexcept;
  std::string_view tool_text(std::uint32_t tool) const noexcept;
  std::string_view reason_text(std::uint32_t reason) const noexcept {
    return reasons_.text(reason);
  }

 private:
  struct Above {
    std::uint64_t parent = 0;     // key of the span above; 0: there is none
    std::uint32_t actor = kUser;  // kUser: the span is no agent's
  };
  struct Begun {
    std::uint64_t parent;
    std::uint32_t actor;
    Outcome outcome;
  };

  void add(const SpanRow& at);
  void note_time(const SpanRow& at) noexcept;
  Outcome outcome_of(const SpanRow& at) const noexcept;
  void add_call(const SpanRow& at, std::uint32_t actor, const TrafficFigures& figures);
  void add_span(const SpanRow& at, std::uint32_t actor);
  void add_hand_off(const SpanRow& at);
  void find_callers();
  std::uint32_t actor_of(std::uint32_t pattern, std::uint32_t agent);
  std::uint32_t agent_called(std::string_view name);
  std::uint32_t reason_called(std::string_view text);

  const SpanTable& table_;
  const std::uint32_t hand_off_type_;
  const std::int64_t recent_ns_;
  std::int64_t first_ns_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t last_ns_ = std::numeric_limits<std::int64_t>::min();
  std::vector<Actor> actors_;
  NumberMap<std::uint32_t> actor_numbers_;  // by pattern and agent
  std::uint32_t last_actor_ = 0;            // that was asked for
  std::vector<Call> calls_;
  std::vector<AgentCall> agent_calls_;
  std::vector<HandOff> hand_offs_;
  std::vector<TrafficFigures> models_, tools_;
  NumberMap<Above> spans_;    // what may stand around an agent's span
  std::vector<Begun> begun_;  // agents' spans
  NameTable strangers_;       // agents that only hand-offs name: numbers behind those of the table
  NameTable reasons_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_AGENT_TRAFFIC_H_
