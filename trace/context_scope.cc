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

ContextScope::ContextScope(const Context& context) : node_(ContextNodePool::take()) {
  node_->context = context;
  attach();
}

ContextScope::ContextScope(Context&& context) : node_(ContextNodePool::take()) {
  node_->context = std::move(context);
  attach();
}

inline void ContextScope::attach() noexcept {
  ContextNodePool::drop_ended(t_context_node);
  node_->below = t_context_node;
  // A signal handler of this thread sees the node whole.
  std::atomic_signal_fence(std::memory_order_release);  // pairs with the handler's own order
  t_context_node = node_;
}

void ContextScope::end() noexcept {
  ContextNode* const node = std::exchange(node_, nullptr);
  if (node == nullptr) return;
  if (node == t_context_node) [[likely]] {
    t_context_node = node->below;
    std::atomic_signal_fence(std::memory_order_release);  // likewise, before the node is reused
    ContextNodePool::give(node);
    return;
  }
  // Release pairs with is_ended. Acquire pairs with the release of a chain that ended, whose node
  // is deleted here.
  const auto before = node->state.exchange(ContextNode::State::kEnded, std::memory_order_acq_rel);
  if (before == ContextNode::State::kOrphaned) delete node;
}

}  // namespace v1
}  // namespace tracebus
