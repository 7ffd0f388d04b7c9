// SPDX-License-Identifier: Apache-2.0
//
// AgentRun: one run of a hooked agent, step by step. AgentHooks (agent_hooks.h) makes it.
//
// The steps in their order, each with what it emits where a bus is attached:
//   construction   agent_start with `input`
//   prompt         reads the attached context
//   call_model     llm_call_start, llm_call_end or _error, then a cost_record; as often as needed
//   call_tool      tool_start, tool_end or _error
//   hand_off       handoff
//   finish         compresses, `compression` if that saved something; writes the context,
//                  `context_update`; agent_end with `output`, duration_ms and duration_seconds,
//                  output_tokens and what the compression did
//   fail           `error`, then agent_end with status error
#ifndef TRACEBUS_TRACE_AGENT_RUN_H_
#define TRACEBUS_TRACE_AGENT_RUN_H_

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "tracebus/trace/hand_off.h"
#include "tracebus/trace/hook_set.h"
#include "tracebus/trace/model_call.h"
#include "tracebus/trace/tracer.h"

namespace tracebus {
inline namespace v1 {

// Borrows its texts until the run has ended.
struct AgentTask {
  std::string_view agent = {};
  std::string_view input = {};
  std::string_view system_prompt = {};
  LlmCall call = {};  // of a run that is one call of a model
};

// What a model is told: the system prompt, behind it what the agents know of each other, and the
// task. Borrows the task's texts.
struct AgentPrompt {
  std::string_view system_prompt = {};
  std::string context = {};
  std::string_view input = {};

  // Without what is empty. Borrows from this.
  std::vector<ModelMessage> messages() const;
};

// What a call of a model may come back as: a text, or anything with a member `text`; `usage`, if
// it has one, is an LlmUsage or an optional one.
template <class T>
concept ModelAnswer = std::convertible_to<const T&, std::string_view> || requires(const T& answer) {
  { answer.text } -> std::convertible_to<std::string_view>;
};

// Thread safety: none: a run is one thread's at a time, or one coroutine's.
class AgentRun {
 public:
  // REQUIRES: hooks, and what they name, outlive the run.
  AgentRun(const HookSet& hooks, const AgentTask& task);
  AgentRun(const AgentRun&) = delete;
  AgentRun& operator=(const AgentRun&) = delete;

  const AgentTask& task() const noexcept { return task_; }
  // For spans of one's own; null where no bus is attached.
  const Tracer* tracer() const noexcept { return tracer_ ? &*tracer_ : nullptr; }
  // Another attribute of the agent's span; nothing without one.
  void set(std::string_view key, const Value& value) noexcept {
    if (span_) span_->set(key, value);
  }

  // Throws what the context's read throws.
  AgentPrompt prompt() const;

  // Calls ask, which may take the ModelCall& to say more of it. Returns what it returns; what it
  // throws is noted and thrown on.
  template <class Ask>
  auto call_model(const ModelRequest& request, Ask&& ask);

  // Calls tool. Arguments and a result that is a text are content of the tool's span.
  template <class Tool>
  auto call_tool(std::string_view name, std::string_view arguments, Tool&& tool);

  // That this agent passes work on. Without a sender, it is this agent.
  void hand_off(const HandOff& to) noexcept;

  // The answer, as it was compressed. Throws what compressor and context throw.
  std::string finish(std::string answer);
  // With the exception that is being handled.
  void fail() noexcept;

 private:
  using Clock = std::chrono::steady_clock;
  struct Savings {
    std::int64_t original_tokens;
    std::int64_t compressed_tokens;
    double share() const noexcept;  // of the original, 0 to 1
  };

  std::optional<Savings> compress(std::string& answer) const;
  void emit(EventType type, const Payload& payload) const noexcept;

  const HookSet& hooks_;
  const AgentTask task_;
  Clock::time_point start_;  // 0 without a bus
  std::optional<Tracer> tracer_;
  std::optional<Span> span_;
};

namespace internal {

template <ModelAnswer T>
std::string_view text_of(const T& answer) {
  if constexpr (std::convertible_to<const T&, std::string_view>) {
    return answer;
  } else {
    return answer.text;
  }
}
template <ModelAnswer T>
std::optional<LlmUsage> usage_of(const T& answer) {
  if constexpr (requires { std::optional<LlmUsage>(answer.usage); }) {
    return answer.usage;
  } else {
    return std::nullopt;
  }
}

}  // namespace internal

template <class Ask>
auto AgentRun::call_model(const ModelRequest& request, Ask&& ask) {
  ModelCall call(hooks_, tracer(), task_.agent, request);
  const auto answer = [&] {
    if constexpr (std::invocable<Ask&, ModelCall&>) {
      return std::invoke(ask, call);
    } else {
      return std::invoke(ask);
    }
  };
  static_assert(ModelAnswer<decltype(answer())>, "ask returns a text, or something with one");
  try {
    auto answered = answer();
    call.answered(internal::text_of(answered), internal::usage_of(answered));
    return answered;
  } catch (...) {
    call.failed();
    throw;
  }
}

template <class Tool>
auto AgentRun::call_tool(std::string_view name, std::string_view arguments, Tool&& tool) {
  using Result = std::invoke_result_t<Tool&>;
  if (!tracer_) return std::invoke(tool);
  auto span = tracer_->tool(name, {{"tool_name", name}, {"tool.arguments", arguments}});
  try {
    if constexpr (std::is_void_v<Result>) {
      std::invoke(tool);
    } else {
      auto result = std::invoke(tool);
      if constexpr (std::convertible_to<const Result&, std::string_view>) {
        span.set(attr<"tool.result">(std::string_view(result)));
      }
      return result;
    }
  } catch (...) {
    span.set_current_error();
    throw;
  }
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_AGENT_RUN_H_
