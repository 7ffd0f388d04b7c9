// SPDX-License-Identifier: Apache-2.0
//
// LogContext: keys and values on every line that is logged within a scope.
//
//   const LogContext bound({{"agent_name", "alpha"}, {"task_id", "t-1"}});
//   log.info("step completed");  // with "extra": {"agent_name": "alpha", "task_id": "t-1"}
//
// They are part of the current context: a coroutine that derives its promise from ContextPromise
// carries its own along, and a thread has those of the context that was attached to it. They are no
// attributes of spans; ContextFields::metadata is.
#ifndef TRACEBUS_TRACE_LOG_CONTEXT_H_
#define TRACEBUS_TRACE_LOG_CONTEXT_H_

#include "tracebus/trace/context.h"

namespace tracebus {
inline namespace v1 {

// Scopes nest: keys are added, and of one key the inner value counts. Thread safety and order of
// ends: as ContextScope.
class [[nodiscard]] LogContext {
 public:
  explicit LogContext(const Payload& fields)
      : scope_(Context::current().with({.log_fields = fields})) {}

  // Ends it before its time; nothing the second time.
  void end() noexcept { scope_.end(); }

 private:
  ContextScope scope_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_LOG_CONTEXT_H_
