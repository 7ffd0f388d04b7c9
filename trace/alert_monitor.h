// SPDX-License-Identifier: Apache-2.0
//
// AlertMonitor: calls back when a metric, or an attribute of an event, is beyond a threshold.
//
//   AlertMonitor alerts;
//   alerts.register_rule({.name = "slow", .metric_name = "agent_run_duration.p99",
//                         .threshold = 2.0});
//   alerts.register_callback([](const Alert& alert) { page(alert.rule_name); });
//   alerts.evaluate("agent_run_duration.p99", 2.5);   // a number of the caller's
//   alerts.evaluate(metrics);                         // all rules, by Metrics::value_of
//   auto watching = alerts.watch(bus);                // metric_name "llm_call_end.duration_ms"
//
// Thread safety: every method may be called from any thread, also by callbacks. Callbacks run on
// the thread that evaluates, outside of all locks, so two may run at once. Events of types that no
// rule is about take no lock.
//
// Promises
//  1. A rule fires at most once in cooldown_s, whoever evaluates it, on whatever thread. One that
//     never fired is not cooling down: it fires from the first moment on.
//  2. A callback that throws is counted, and keeps nothing from the others.
//  3. Memory is bounded: kRulesMax rules with names of at most kNameBytesMax, kCallbacksMax
//     callbacks.
#ifndef TRACEBUS_TRACE_ALERT_MONITOR_H_
#define TRACEBUS_TRACE_ALERT_MONITOR_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/core/clock.h"
#include "tracebus/trace/alert_rule.h"
#include "tracebus/trace/metrics.h"

namespace tracebus {
inline namespace v1 {

using AlertCallback = std::function<void(const Alert&)>;

struct AlertStats {
  std::uint64_t fired = 0;
  std::uint64_t cooled_down = 0;  // thresholds that were met while the rule was silent
  std::uint64_t callback_failures = 0;
};

class AlertMonitor {
 public:
  static constexpr std::size_t kRulesMax = 1024;
  static constexpr std::size_t kCallbacksMax = 64;

  // clock: of cooldowns and timestamps; null: the system's. Outlives this.
  explicit AlertMonitor(const ClockSource* clock = nullptr) noexcept : clock_(clock) {}
  AlertMonitor(const AlertMonitor&) = delete;
  AlertMonitor& operator=(const AlertMonitor&) = delete;

  // One of the same name is replaced, in its place; the new one has never fired. InvalidArgument
  // for an empty or too long name, a threshold that is no number, and a cooldown that is negative
  // or none; ResourceExhausted beyond kRulesMax.
  absl::Status register_rule(AlertRule rule);
  bool unregister_rule(std::string_view name);  // false: there was none
  std::vector<AlertRule> rules() const;         // in the order of registration

  // ResourceExhausted beyond kCallbacksMax, InvalidArgument for an empty one.
  absl::Status register_callback(AlertCallback callback);
  void clear_callbacks();
  void clear();  // rules and callbacks

  // What fired: the rules for this metric whose threshold the value meets.
  std::vector<Alert> evaluate(std::string_view metric_name, double value);
  // The same for every rule whose metric_name Metrics::value_of knows.
  std::vector<Alert> evaluate(const Metrics& metrics);
  // The same for every rule with a metric_name of the event's type, a dot and an attribute that is
  // a number, as "agent_end.duration_ms"; or of the type alone, whose value is 1.
  std::vector<Alert> evaluate(const EventView& event);
  // Evaluates the events that filter lets through, until the result goes away. REQUIRES: this and
  // the bus outlive it. Errors as TraceEventBus::subscribe_filter.
  absl::StatusOr<ScopedSubscription> watch(TraceEventBus& bus, const Filter& filter = Filter(),
                                           const CallbackOptions& options = {});

  AlertStats stats() const;

 private:
  struct Rule {
    AlertRule rule;
    std::optional<std::uint64_t> fired_ns;  // none: never
  };
  using Callbacks = std::vector<AlertCallback>;

  // Whether a rule may be about events of this type: no is certain, and takes no lock.
  bool may_watch(std::string_view event_type) const noexcept;
  // REQUIRES: the mutex is held.
  void note_watched() noexcept;
  std::uint64_t now_ns() const noexcept;
  Timestamp wall_time() const noexcept;
  // REQUIRES: the mutex is held.
  void fire(Rule& rule, double value, std::vector<Alert>& fired);
  void call_back(const std::vector<Alert>& fired);

  const ClockSource* const clock_;
  // A bit for each event type that a rule may be about, by hash. Written under the mutex.
  std::atomic<std::uint64_t> watched_types_{0};
  mutable std::mutex mutex_;
  // Under the mutex.
  std::vector<Rule> rules_;
  std::shared_ptr<const Callbacks> callbacks_ = std::make_shared<const Callbacks>();
  AlertStats stats_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_ALERT_MONITOR_H_
