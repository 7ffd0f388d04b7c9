// SPDX-License-Identifier: Apache-2.0
//
// ContextNodePool: a thread's spare nodes, and what must happen to its chain when it ends.
#ifndef TRACEBUS_TRACE_CONTEXT_NODE_POOL_H_
#define TRACEBUS_TRACE_CONTEXT_NODE_POOL_H_

#include <cstddef>

#include "tracebus/trace/context.h"

namespace tracebus {
inline namespace v1 {

// Thread safety: each thread has its own. A node may be given by another thread than took it.
class ContextNodePool {
 public:
  static constexpr std::size_t kSparesMax = 32;

  static ContextNode* take();                    // attached, with any ids and no values
  static void give(ContextNode* node) noexcept;  // REQUIRES: it is in no chain, and no scope's

  // Takes the nodes off whose scopes ended, until one stays.
  static void drop_ended(ContextNode*& first) noexcept {
    while (first != nullptr && first->is_ended()) [[unlikely]] {
        ContextNode* const node = first;
        first = node->below;
        give(node);
      }
  }
  // Ends a chain: gives the nodes above `end` whose scopes ended, and leaves the others to theirs.
  static void abandon(ContextNode* first, const ContextNode* end) noexcept;

 private:
  struct Spares;
  class AtThreadExit;
  static thread_local Spares t_spares;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_CONTEXT_NODE_POOL_H_
