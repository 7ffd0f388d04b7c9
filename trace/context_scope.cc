// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <memory>
#include <utility>

#include "tracebus/trace/context.h"
#include "tracebus/trace/context_node_pool.h"

namespace tracebus {
inline namespace v1 {
namespace {

// Static destructors may still ask for the current context.
union Root {
  constexpr Root() noexcept : context() {}
  ~Root() {}
  Context context;
};
constinit const Root g_root;

}  // namespace

constinit thread_local ContextNode* t_context_node = nullptr;

namespace internal {
constinit const Context& root_context = g_root.context;
}  // namespace internal

ContextScope::ContextScope(const Context& context) : node_(attached(context)) {}

ContextScope::ContextScope(Context&& context) : node_(attached(std::move(context))) {}

void ContextScope::end() noexcept { detach(std::exchange(node_, nullptr)); }

// Where it is not the first of the running chain.
void ContextScope::end_elsewhere(ContextNode* node) noexcept {
  // Release pairs with is_ended. Acquire pairs with the release of a chain that ended, whose node
  // is deleted here.
  const auto before = node->state.exchange(ContextNode::State::kEnded, std::memory_order_acq_rel);
  if (before == ContextNode::State::kOrphaned) delete node;
}

}  // namespace v1
}  // namespace tracebus
