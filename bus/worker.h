// SPDX-License-Identifier: Apache-2.0
//
// Worker: the thread that takes a subscription's events from its queue to its sink.
//
// The thread owns a share of the subscription, and through it of sink and blocks. So when an
// exporter hangs, shutdown can leave the thread behind: nothing it may still touch goes away.
#ifndef TRACEBUS_BUS_WORKER_H_
#define TRACEBUS_BUS_WORKER_H_

#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "tracebus/bus/queued_subscription.h"

namespace tracebus {
inline namespace v1 {

class Worker {
 public:
  // Starts the thread; QueuedSubscription::ended says when it is done. ResourceExhausted if the
  // system refuses a thread.
  static absl::StatusOr<std::thread> start(std::shared_ptr<QueuedSubscription> subscription,
                                           const ThreadOptions& options);

  // Without a thread: the host calls step, one thread at a time.
  explicit Worker(QueuedSubscription& subscription);
  enum class Step { kWorked, kIdle, kEnded };
  // At most one batch or one flush. kEnded: the worker's work is over, the sink has been shut down.
  Step step();

 private:
  using SteadyClock = std::chrono::steady_clock;

  void run();

  std::uint64_t pending() const noexcept;
  bool batch_due(std::uint64_t pending, bool urgent) noexcept;
  void wait();
  void export_claim();
  void deliver(const char* record, std::uint64_t count);
  const char* find_first(const SubscriptionQueue::Claim& claim) noexcept;
  void hand_over(const CallbackTable* callbacks);
  bool hand_over_before(std::uint64_t rest);
  void apply_predicate(std::int64_t deadline_ns);
  void settle(std::uint64_t events, const SinkResult& result) noexcept;
  void count(std::uint64_t events, const ExportResult& claimed) noexcept;
  bool flush_if_asked();
  void discard_rest();
  void end();

  QueuedSubscription& subscription_;
  std::vector<EventView> views_;  // the batch being built
  std::size_t views_bytes_ = 0;
  const CallbackTable* callbacks_ = nullptr;
  std::uint64_t next_number_ = 1;  // the subscription's own, of the next event handed over
  SteadyClock::time_point
      oldest_since_{};  // when the oldest pending event was first seen; zero: none

  // Where the next event of the slot lies that was claimed from last.
  const Block* slot_block_ = nullptr;
  std::uint64_t slot_number_ = 0;
  std::uint32_t slot_offset_ = 0;
  std::uint64_t bytes_seen_ = 0;  // of all events admitted before it
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_WORKER_H_
