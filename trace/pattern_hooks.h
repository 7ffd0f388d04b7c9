// SPDX-License-Identifier: Apache-2.0
//
// PatternHooks: what AgentHooks is for agents, for patterns of agents:
//
//   class Debate : public PatternHooks<Debate> {
//    public:
//     std::string run(std::string_view question) {
//       return run_hooked({.pattern = "debate", .input = question}, [&](PatternRun& run) {
//         run.set("rounds", 2);
//         return judge_.run(bull_.run(question));
//       });
//     }
//     template <class Visit>
//     void visit_agents(Visit&& visit) { visit(bull_); visit(judge_); }  // for attach_hooks
//   };
#ifndef TRACEBUS_TRACE_PATTERN_HOOKS_H_
#define TRACEBUS_TRACE_PATTERN_HOOKS_H_

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "tracebus/trace/hook_set.h"
#include "tracebus/trace/tracer.h"

namespace tracebus {
inline namespace v1 {

// Borrows its texts until the run has ended.
struct PatternTask {
  std::string_view pattern = {};  // its type, such as "debate"
  std::string_view input = {};
};

// One run of a pattern: pattern_start with `input`; and pattern_end with `output`, duration_ms,
// duration_seconds, token_estimate and output_length (in characters), after an `error` if it
// failed. Agents that run within it on the same thread are its children. Thread safety: none.
class PatternRun {
 public:
  // REQUIRES: hooks, and what they name, outlive the run.
  PatternRun(const HookSet& hooks, const PatternTask& task);
  PatternRun(const PatternRun&) = delete;
  PatternRun& operator=(const PatternRun&) = delete;

  // Another attribute of the pattern's span, such as "rounds"; nothing without one.
  void set(std::string_view key, const Value& value) noexcept {
    if (span_) span_->set(key, value);
  }
  // For spans of one's own; null where no bus is attached.
  const Tracer* tracer() const noexcept { return tracer_ ? &*tracer_ : nullptr; }

  void finish(std::string_view output) noexcept;
  // With the exception that is being handled.
  void fail() noexcept;

 private:
  using Clock = std::chrono::steady_clock;

  Clock::time_point start_;  // 0 without a bus
  std::optional<Tracer> tracer_;
  std::optional<Span> span_;
};

template <class Self>
class PatternHooks : public HookSetters<Self> {
 protected:
  // Calls body with the PatternRun&. What it throws is noted, ends the span and is thrown on.
  template <class Body>
  std::string run_hooked(const PatternTask& task, Body&& body) const {
    PatternRun run(this->hooks(), task);
    try {
      std::string output = std::invoke(body, run);
      run.finish(output);
      return output;
    } catch (...) {
      run.fail();
      throw;
    }
  }
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_PATTERN_HOOKS_H_
