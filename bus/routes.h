// SPDX-License-Identifier: Apache-2.0
//
// Routes: who wants what, as one immutable snapshot that the control plane makes and the dispatcher
// adopts. RoutesMailbox: how it gets there without either waiting.
#ifndef TRACEBUS_BUS_ROUTES_H_
#define TRACEBUS_BUS_ROUTES_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "tracebus/bus/callback_list.h"
#include "tracebus/bus/callback_table.h"
#include "tracebus/bus/queued_subscription.h"

namespace tracebus {
inline namespace v1 {

struct Routes {
  CallbackList::Snapshot direct;  // called by the dispatcher itself
  std::vector<std::shared_ptr<QueuedSubscription>> queued;
  // Removed, with workers that may not know: the dispatcher may never have seen the subscription.
  std::vector<std::shared_ptr<QueuedSubscription>> leaving;
  // The callbacks that share a worker, and that worker's subscription; both null if there are none.
  std::shared_ptr<const CallbackTable> callbacks;
  std::shared_ptr<QueuedSubscription> callback_queue;
};

// Holds the newest snapshot that was not taken yet. A snapshot is complete, so one that is replaced
// before anybody took it is not missed.
// Thread safety: one thread at a time posts (under the control plane's mutex), one takes.
class RoutesMailbox {
 public:
  RoutesMailbox() = default;
  RoutesMailbox(const RoutesMailbox&) = delete;
  RoutesMailbox& operator=(const RoutesMailbox&) = delete;
  ~RoutesMailbox() { delete newest_.load(std::memory_order_relaxed); }  // alone by now

  void post(std::unique_ptr<const Routes> routes) noexcept {
    // Release pairs with take: the snapshot is complete. Acquire: what was not taken is ours again.
    delete newest_.exchange(routes.release(), std::memory_order_acq_rel);
  }
  std::unique_ptr<const Routes> take() noexcept {
    if (empty()) return nullptr;
    return std::unique_ptr<const Routes>(
        newest_.exchange(nullptr, std::memory_order_acq_rel));  // pairs with post
  }
  bool empty() const noexcept {
    return newest_.load(std::memory_order_relaxed) ==
           nullptr;  // ordered by a ring's tail or a wake
  }

 private:
  std::atomic<const Routes*> newest_{nullptr};
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_ROUTES_H_
