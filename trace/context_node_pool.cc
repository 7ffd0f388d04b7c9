// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/context_node_pool.h"

#include <memory>
#include <utility>

namespace tracebus {
inline namespace v1 {

// Constant-initialised and trivially destructible, so that the hot way asks no guard.
struct ContextNodePool::Spares {
  ContextNode* first = nullptr;
  std::size_t count = 0;
  bool at_thread_exit = false;  // the thread will call AtThreadExit
  bool closed = false;          // it did; thread-exit hooks that come later keep no spares
};

#if defined(__GNUC__) && defined(__linux__)
[[gnu::tls_model("initial-exec")]]
#endif
constinit thread_local ContextNodePool::Spares ContextNodePool::t_spares;

class ContextNodePool::AtThreadExit {
 public:
  ~AtThreadExit() {
    t_spares.closed = true;
    abandon(std::exchange(t_context_node, nullptr), nullptr);
    while (t_spares.first != nullptr) {
      delete std::exchange(t_spares.first, t_spares.first->below);
    }
  }
  void arm() noexcept { t_spares.at_thread_exit = true; }
};

ContextNode* ContextNodePool::take() {
  Spares& spares = t_spares;
  if (spares.first != nullptr) [[likely]] {
    --spares.count;
    ContextNode* const node = std::exchange(spares.first, spares.first->below);
    return node;
  }
  auto node = std::make_unique<ContextNode>();
  if (!spares.at_thread_exit) {
    thread_local AtThreadExit at_thread_exit;
    at_thread_exit.arm();
  }
  return node.release();
}

void ContextNodePool::give(ContextNode* node) noexcept {
  Spares& spares = t_spares;
  // A thread that took none has no hook at its end that would free them.
  if (spares.count == kSparesMax || spares.closed || !spares.at_thread_exit) [[unlikely]] {
    delete node;
    return;
  }
  node->context.drop_values();
  // Relaxed: nobody else has the node.
  node->state.store(ContextNode::State::kAttached, std::memory_order_relaxed);
  node->below = spares.first;
  spares.first = node;
  ++spares.count;
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
