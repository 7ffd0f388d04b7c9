// SPDX-License-Identifier: Apache-2.0
//
// PropertySubscription: one subscription of a seed: drawn, subscribed, and judged at the end.
#ifndef TRACEBUS_TESTS_BUS_PROPERTY_SUBSCRIPTION_H_
#define TRACEBUS_TESTS_BUS_PROPERTY_SUBSCRIPTION_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/tests/bus/property_filter.h"
#include "tracebus/tests/bus/property_receiver.h"

namespace tracebus::testing {

// What became of every attempt of one of the test's producers: number n lies at n - 1. One thread
// writes, or several one after another; `done` may be read at any time.
struct ProducerLog {
  std::vector<EmitResult> results;
  mutable std::atomic<std::uint32_t> begun{0};
  mutable std::atomic<std::uint32_t> done{0};
};
using ProducerLogs = std::vector<ProducerLog>;

enum class Kind : std::uint8_t { kDispatcher, kSharedWorker, kOwnWorker, kExporter };
enum class Habit : std::uint8_t { kGood, kThrowing, kSlow, kPartial, kHanging };

struct SubscriptionPlan {
  Kind kind = Kind::kDispatcher;
  Habit habit = Habit::kGood;
  bool content = false;
  bool predicate = false;
  bool echoes = false;
  RandomFilter filter;
  ExporterOptions options;  // of exporters and own workers

  std::string to_string() const;
};

SubscriptionPlan random_plan(PropertyRandom& random, bool content_allowed,
                             std::uint32_t dispatchers);
// What the plan's predicate lets pass.
bool predicate_keeps(const EventShape& shape) noexcept;

class PropertySubscription {
 public:
  // echo: emits one event, for the subscriptions that emit from inside a callback.
  PropertySubscription(std::uint64_t seed, SubscriptionPlan plan);

  void subscribe(TraceEventBus& bus, const ProducerLogs& logs, std::function<void()> echo);
  // No event may be seen after it.
  void unsubscribe(TraceEventBus& bus);
  void release() {  // the exporter that hangs
    released_->store(true);
    released_->notify_all();
  }

  // Judges by what the receiver saw. REQUIRES: nothing is under way any more.
  // whole: subscribed before the first event, and still.
  void judge(const BusStats& stats, const ProducerLogs& logs, bool whole,
             std::uint64_t lost_at_exit);
  std::vector<std::string> problems() const;
  const SubscriptionPlan& plan() const { return plan_; }

 private:
  void on_event(const EventView& event);
  void check_seen(const ProducerLogs& logs);
  void check_counts(const SubscriptionStats& stats);
  void check_reports(const SubscriptionStats& stats);
  void check_matched(const SubscriptionStats& stats, const ProducerLogs& logs, bool whole,
                     std::uint64_t lost_at_exit);
  std::unique_ptr<Exporter> make_exporter();
  bool wants(const EventShape& shape) const;

  const std::uint64_t seed_;
  const SubscriptionPlan plan_;
  const std::shared_ptr<Receiver> receiver_;
  const std::shared_ptr<std::atomic<bool>> released_ = std::make_shared<std::atomic<bool>>(false);
  struct OverflowLog {
    std::mutex mutex;
    std::vector<OverflowReport> reports;
  };
  const std::shared_ptr<OverflowLog> overflow_log_ = std::make_shared<OverflowLog>();
  SubscriptionId id_;
  std::function<void()> echo_;
  std::uint64_t calls_ = 0;                    // of the callback
  std::vector<std::uint32_t> done_before_;     // by producer: attempts over before subscribe
  std::vector<std::uint32_t> begun_at_start_;  // by producer: attempts begun when it returned
  bool unsubscribed_ = false;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_BUS_PROPERTY_SUBSCRIPTION_H_
