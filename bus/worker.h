// SPDX-License-Identifier: Apache-2.0
//
// Worker: the thread that takes a subscription's events from its channels to its sink. A batch is
// of one channel: those of several dispatchers are not put into order again.
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

  // Where the worker stands in one channel.
  struct Intake {
    Channel* channel;
    std::uint64_t waiting = 0;  // events pending at the last look
    // When the oldest of them was first seen; zero: there is none.
    SteadyClock::time_point oldest_since{};
    // Where the next event of the slot lies that was claimed from last.
    const Block* block = nullptr;
    std::uint32_t offset = 0;
    std::uint64_t bytes_seen = 0;  // of all events admitted before it
    WakeMark::Marks marks = {};    // what the worker waits for
  };

  bool export_if_due(WorkerOrder order);
  bool batch_due(Intake& intake, bool urgent) noexcept;
  void note_oldest(Intake& intake, SteadyClock::time_point since) noexcept;
  void wait();
  void export_claim(Intake& intake);
  void deliver(Intake& intake, const char* record, std::uint64_t count);
  static const char* find_first(Intake& intake, const SubscriptionQueue::Claim& claim) noexcept;
  void hand_over(const CallbackTable* callbacks);
  bool hand_over_before(std::uint64_t rest);
  void apply_predicate(std::int64_t deadline_ns);
  void settle(std::uint64_t events, const SinkResult& result) noexcept;
  void count(std::uint64_t events, const ExportResult& claimed) noexcept;
  bool flush_asked() const noexcept;
  bool flush_if_due();
  void discard_rest();
  void end();

  QueuedSubscription& subscription_;
  // So much is due without delay: a batch, or a quarter of a queue that is hardly more than one. It
  // would be full before its batch is.
  const std::size_t due_bytes_;
  std::vector<EventView> views_;  // the batch being built
  std::size_t views_bytes_ = 0;
  const CallbackTable* callbacks_ = nullptr;
  std::uint64_t next_number_ = 1;  // the subscription's own, of the next event handed over
  std::vector<Intake> intakes_;
  std::size_t next_intake_ = 0;  // whose turn it is
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_WORKER_H_
