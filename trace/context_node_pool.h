// SPDX-License-Identifier: Apache-2.0
//
// ContextNodePool: a thread's spare nodes, and what must happen to its chain when it ends.
#ifndef TRACEBUS_TRACE_CONTEXT_NODE_POOL_H_
#define TRACEBUS_TRACE_CONTEXT_NODE_POOL_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "tracebus/trace/context.h"

namespace tracebus {
inline namespace v1 {

// Thread safety: each thread has its own. A node may be given by another thread than took it.
class ContextNodePool {
 public:
  static constexpr std::size_t kSparesMax = 32;

  // A node, attached, with any ids and no values.
  static ContextNode* take() {
    Spares& spares = t_spares;
    if (spares.first == nullptr) [[unlikely]]
      return make();
    ++spares.room;
    return std::exchange(spares.first, spares.first->below);
  }
  // REQUIRES: it is attached, in no chain, and no scope's.
  static void give(ContextNode* node) noexcept {
    Spares& spares = t_spares;
    if (spares.room == 0) [[unlikely]]
      return free(node);
    --spares.room;
    node->context.drop_values();
    node->below = std::exchange(spares.first, node);
  }

  // Takes the nodes off whose scopes ended, until one stays.
  static void drop_ended(ContextNode*& first) noexcept {
    if (first != nullptr && first->is_ended()) [[unlikely]]
      first = first_attached(first);
  }
  // Ends a chain: gives the nodes above `end` whose scopes ended, and leaves the others to theirs.
  static void abandon(ContextNode* first, const ContextNode* end) noexcept;

 private:
  // Constant-initialised and trivially destructible, so that the hot way asks no guard.
  struct Spares {
    ContextNode* first = nullptr;
    // For how many more; none before the thread made one, which lays the hook at its end that frees
    // them, and none once the hook was called.
    std::uint32_t room = 0;
    bool armed = false;
  };
  class AtThreadExit;

  static ContextNode* make();
  static void free(ContextNode* node) noexcept;
  static ContextNode* first_attached(ContextNode* first) noexcept;

#if defined(__GNUC__) && defined(__linux__)
  [[gnu::tls_model("initial-exec")]]
#endif
  static constinit thread_local Spares t_spares;
};

template <class AnyContext>
inline ContextNode* ContextScope::attached(AnyContext&& context) {
  ContextNode* const node = ContextNodePool::take();
  // A spare node's context has no values to drop: the new one is made in its place.
  std::construct_at(&node->context, std::forward<AnyContext>(context));
  ContextNode*& first = t_context_node;
  ContextNodePool::drop_ended(first);
  node->below = first;
  // A signal handler of this thread sees the node whole.
  std::atomic_signal_fence(std::memory_order_release);  // pairs with the handler's own order
  first = node;
  return node;
}

inline void ContextScope::detach(ContextNode* node) noexcept {
  if (node == nullptr) return;
  if (node != t_context_node) [[unlikely]]
    return end_elsewhere(node);
  t_context_node = node->below;
  std::atomic_signal_fence(std::memory_order_release);  // likewise, before the node is reused
  ContextNodePool::give(node);
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_CONTEXT_NODE_POOL_H_
