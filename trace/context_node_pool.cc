// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/context_node_pool.h"

#include <memory>
#include <utility>

namespace tracebus {
inline namespace v1 {

constinit thread_local ContextNodePool::Spares ContextNodePool::t_spares;

class ContextNodePool::AtThreadExit {
 public:
  ~AtThreadExit() {
    t_spares.room = 0;
    abandon(std::exchange(t_context_node, nullptr), nullptr);
    while (t_spares.first != nullptr) {
      delete std::exchange(t_spares.first, t_spares.first->below);
    }
  }
  void arm() noexcept {
    t_spares.armed = true;
    t_spares.room = kSparesMax;
  }
};

ContextNode* ContextNodePool::make() {
  auto node = std::make_unique<ContextNode>();
  if (!t_spares.armed) {
    thread_local AtThreadExit at_thread_exit;
    at_thread_exit.arm();
  }
  return node.release();
}

void ContextNodePool::free(ContextNode* node) noexcept { delete node; }

ContextNode* ContextNodePool::first_attached(ContextNode* first) noexcept {
  while (first != nullptr && first->is_ended()) {
    ContextNode* const node = first;
    first = node->below;
    // Relaxed: nobody else has the node.
    node->state.store(ContextNode::State::kAttached, std::memory_order_relaxed);
    give(node);
  }
  return first;
}

void ContextNodePool::abandon(ContextNode* first, const ContextNode* end) noexcept {
  while (first != end) {
    ContextNode* const node = first;
    first = node->below;
    // Acquire pairs with the release of a scope that ended, release with the acquire of one that
    // will.
    const auto before =
        node->state.exchange(ContextNode::State::kOrphaned, std::memory_order_acq_rel);
    if (before == ContextNode::State::kEnded) delete node;
  }
}

}  // namespace v1
}  // namespace tracebus
