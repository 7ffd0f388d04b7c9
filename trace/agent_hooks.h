// SPDX-License-Identifier: Apache-2.0
//
// AgentHooks: how a type of agents gets its hooks. Derive from it, and run by it:
//
//   class Analyst : public AgentHooks<Analyst> {
//    public:
//     std::string run(std::string_view task) {
//       return run_hooked({.agent = "analyst", .input = task, .system_prompt = "Be brief.",
//                          .call = {.model = "gpt-4o"}},
//                         [&](const AgentPrompt& prompt) { return llm_.ask(prompt.messages()); });
//     }
//   };
//   Analyst analyst;
//   analyst.set_trace_bus(bus).set_cost_tracker(tracker);
//   attach_hooks(debate, {.bus = &bus, .costs = &tracker});  // or all agents of a pattern
//
// Where nothing is attached a run takes one branch more than the call itself. trace/hooks.md has
// the events.
// Thread safety: the setters none; run_hooked any thread, if what is attached allows that.
#ifndef TRACEBUS_TRACE_AGENT_HOOKS_H_
#define TRACEBUS_TRACE_AGENT_HOOKS_H_

#include <concepts>
#include <string>
#include <type_traits>
#include <utility>

#include "tracebus/trace/agent_run.h"
#include "tracebus/trace/hook_set.h"

namespace tracebus {
inline namespace v1 {

// A run with as many calls of models and tools as body makes: body takes the AgentRun& and returns
// the answer. What body throws is noted, ends the span and is thrown on.
template <class Body>
  requires std::invocable<Body&, AgentRun&> std::string run_hooked(const HookSet& hooks,
                                                                   const AgentTask& task,
                                                                   Body&& body) {
    AgentRun run(hooks, task);
    try {
      return run.finish(std::string(internal::text_of(std::invoke(body, run))));
    } catch (...) {
      run.fail();
      throw;
    }
  }

// A run that is one call of a model: ask takes the AgentPrompt and returns what the model answered
// (ModelAnswer).
template <class Ask>
  requires std::invocable<Ask&, const AgentPrompt&> std::string run_hooked(const HookSet& hooks,
                                                                           const AgentTask& task,
                                                                           Ask&& ask) {
    if (hooks.empty()) {
      const AgentPrompt prompt = {.system_prompt = task.system_prompt, .input = task.input};
      return std::string(internal::text_of(std::invoke(ask, prompt)));
    }
    return run_hooked(hooks, task, [&](AgentRun& run) -> std::string {
      const AgentPrompt prompt = run.prompt();
      const auto messages = prompt.messages();
      const auto answer =
          run.call_model({task.call, messages}, [&] { return std::invoke(ask, prompt); });
      return std::string(internal::text_of(answer));
    });
  }

template <class Self>
class AgentHooks : public HookSetters<Self> {
 protected:
  // As the functions above, with what is attached.
  template <class Body>
  std::string run_hooked(const AgentTask& task, Body&& body) const {
    return tracebus::run_hooked(this->hooks(), task, std::forward<Body>(body));
  }
};

// What hooks can be attached to.
template <class T>
concept Hookable = requires(T& hookable, const HookSet& hooks) {
  hookable.set_hooks(hooks);
};
// What consists of others: visit_agents calls what it is given with each agent, or pattern, of it.
template <class T>
concept HasAgents = requires(T& pattern) {
  pattern.visit_agents([](auto&) {});
};

// Attaches hooks to a pattern, to all its agents, and to the agents of patterns within it; or to
// one agent. What hooks leave out stays as it is.
template <class T>
  requires Hookable<T> || HasAgents<T>
void attach_hooks(T& pattern, const HookSet& hooks) {
  if constexpr (Hookable<T>) pattern.set_hooks(hooks);
  if constexpr (HasAgents<T>) {
    pattern.visit_agents([&hooks](auto& agent) { attach_hooks(agent, hooks); });
  }
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_AGENT_HOOKS_H_
