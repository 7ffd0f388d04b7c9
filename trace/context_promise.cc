// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/context_promise.h"

#include "tracebus/trace/context_node_pool.h"

namespace tracebus {
inline namespace v1 {

ContextPromise::ContextPromise(Context context) { base_.context = std::move(context); }

ContextPromise::~ContextPromise() {
  end_context();
  // A coroutine that was destroyed where it was suspended: its scopes ended just now.
  ContextNodePool::abandon(first_, &base_);
}

}  // namespace v1
}  // namespace tracebus
