// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/alert_monitor.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "tracebus/core/hash.h"
#include "tracebus/core/limits.h"

namespace tracebus {
inline namespace v1 {
namespace {

absl::Status check(const AlertRule& rule) {
  const auto refused = [&](const std::string& why) {
    return absl::InvalidArgumentError("alert rule \"" + rule.name + "\": " + why);
  };
  if (rule.name.empty() || rule.name.size() > kNameBytesMax) {
    return refused("give a name of 1 to " + std::to_string(kNameBytesMax) + " bytes");
  }
  if (rule.metric_name.empty() || rule.metric_name.size() > kNameBytesMax) {
    return refused("give a metric_name of 1 to " + std::to_string(kNameBytesMax) + " bytes");
  }
  if (std::isnan(rule.threshold)) return refused("its threshold is not a number");
  if (!(rule.cooldown_s >= 0)) return refused("its cooldown_s is negative, or not a number");
  return absl::OkStatus();
}

// What an event says of such a metric.
std::optional<double> value_of(const EventView& event, std::string_view metric) {
  const std::string_view type = event.event_type();
  if (!metric.starts_with(type)) return std::nullopt;
  metric.remove_prefix(type.size());
  if (metric.empty()) return 1.0;
  if (metric.front() != '.') return std::nullopt;
  const auto value = event.find(metric.substr(1));
  if (!value || !value->is_number()) return std::nullopt;
  return value->to_double();
}

std::uint64_t bit_of(std::string_view event_type) noexcept {
  return std::uint64_t{1} << (hash_bytes(event_type) % 64);
}

}  // namespace

bool AlertMonitor::may_watch(std::string_view event_type) const noexcept {
  // Relaxed: of a rule that was registered before the event was emitted we see the bit, as the
  // event came to us by the bus. Of any other the order is open, and what it says is under the
  // mutex.
  return (watched_types_.load(std::memory_order_relaxed) & bit_of(event_type)) != 0;
}

// A metric is a type alone, or a type, a dot and an attribute; both may have dots in them.
void AlertMonitor::note_watched() noexcept {
  std::uint64_t bits = 0;
  for (const Rule& known : rules_) {
    const std::string_view metric = known.rule.metric_name;
    bits |= bit_of(metric);
    for (std::size_t dot = metric.find('.'); dot != metric.npos; dot = metric.find('.', dot + 1)) {
      bits |= bit_of(metric.substr(0, dot));
    }
  }
  watched_types_.store(bits, std::memory_order_relaxed);  // as may_watch says
}

absl::Status AlertMonitor::register_rule(AlertRule rule) {
  if (absl::Status status = check(rule); !status.ok()) return status;
  const std::lock_guard lock(mutex_);
  const auto same = std::ranges::find(
      rules_, rule.name, [](const Rule& known) -> const std::string& { return known.rule.name; });
  if (same != rules_.end()) {
    *same = {std::move(rule), std::nullopt};
    note_watched();
    return absl::OkStatus();
  }
  if (rules_.size() == kRulesMax) {
    return absl::ResourceExhaustedError("alert rule \"" + rule.name + "\": there are " +
                                        std::to_string(kRulesMax) + " rules already");
  }
  rules_.push_back({std::move(rule), std::nullopt});
  note_watched();
  return absl::OkStatus();
}

bool AlertMonitor::unregister_rule(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const std::size_t erased =
      std::erase_if(rules_, [&](const Rule& known) { return known.rule.name == name; });
  note_watched();
  return erased != 0;
}

std::vector<AlertRule> AlertMonitor::rules() const {
  const std::lock_guard lock(mutex_);
  std::vector<AlertRule> all;
  for (const Rule& known : rules_) all.push_back(known.rule);
  return all;
}

absl::Status AlertMonitor::register_callback(AlertCallback callback) {
  if (!callback) return absl::InvalidArgumentError("an alert callback is empty");
  const std::lock_guard lock(mutex_);
  if (callbacks_->size() == kCallbacksMax) {
    return absl::ResourceExhaustedError("there are " + std::to_string(kCallbacksMax) +
                                        " alert callbacks already");
  }
  Callbacks changed = *callbacks_;
  changed.push_back(std::move(callback));
  callbacks_ = std::make_shared<const Callbacks>(std::move(changed));
  return absl::OkStatus();
}

void AlertMonitor::clear_callbacks() {
  auto none = std::make_shared<const Callbacks>();
  // Swapped, so that what callbacks hold is destroyed outside the lock.
  const std::lock_guard lock(mutex_);
  callbacks_.swap(none);
}

void AlertMonitor::clear() {
  clear_callbacks();
  const std::lock_guard lock(mutex_);
  rules_.clear();
  note_watched();
}

std::uint64_t AlertMonitor::now_ns() const noexcept {
  return clock_ != nullptr ? clock_->monotonic_ns() : Clock::monotonic_ns();
}

Timestamp AlertMonitor::wall_time() const noexcept {
  return clock_ != nullptr ? Timestamp::from_unix_ns(clock_->unix_ns()) : Timestamp::now();
}

void AlertMonitor::fire(Rule& rule, double value, std::vector<Alert>& fired) {
  if (!is_met(rule.rule.comparator, value, rule.rule.threshold)) return;
  const std::uint64_t now = now_ns();
  // Another thread's reading of the clock may be later than ours.
  if (rule.fired_ns && (now < *rule.fired_ns ||
                        static_cast<double>(now - *rule.fired_ns) < rule.rule.cooldown_s * 1e9)) {
    ++stats_.cooled_down;
    return;
  }
  rule.fired_ns = now;
  ++stats_.fired;
  fired.push_back({rule.rule.name, rule.rule.metric_name, value, rule.rule.threshold,
                   rule.rule.severity, wall_time()});
}

void AlertMonitor::call_back(const std::vector<Alert>& fired) {
  if (fired.empty()) return;
  std::shared_ptr<const Callbacks> callbacks;
  {
    const std::lock_guard lock(mutex_);
    callbacks = callbacks_;
  }
  std::uint64_t failures = 0;
  for (const Alert& alert : fired) {
    for (const AlertCallback& callback : *callbacks) {
      try {
        callback(alert);
      } catch (...) {
        ++failures;
      }
    }
  }
  const std::lock_guard lock(mutex_);
  stats_.callback_failures += failures;
}

std::vector<Alert> AlertMonitor::evaluate(std::string_view metric_name, double value) {
  std::vector<Alert> fired;
  {
    const std::lock_guard lock(mutex_);
    for (Rule& rule : rules_) {
      if (rule.rule.metric_name == metric_name) fire(rule, value, fired);
    }
  }
  call_back(fired);
  return fired;
}

std::vector<Alert> AlertMonitor::evaluate(const Metrics& metrics) {
  std::vector<std::string> names;
  for (AlertRule& rule : rules()) names.push_back(std::move(rule.metric_name));
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::vector<Alert> fired;
  for (const std::string& name : names) {
    const std::optional<double> value = metrics.value_of(name);
    if (!value) continue;
    for (Alert& alert : evaluate(name, *value)) fired.push_back(std::move(alert));
  }
  return fired;
}

std::vector<Alert> AlertMonitor::evaluate(const EventView& event) {
  std::vector<Alert> fired;
  if (!may_watch(event.event_type())) return fired;
  {
    const std::lock_guard lock(mutex_);
    for (Rule& rule : rules_) {
      if (const auto value = value_of(event, rule.rule.metric_name)) fire(rule, *value, fired);
    }
  }
  call_back(fired);
  return fired;
}

absl::StatusOr<ScopedSubscription> AlertMonitor::watch(TraceEventBus& bus, const Filter& filter,
                                                       const CallbackOptions& options) {
  auto id = bus.subscribe_filter(
      filter, [this](const EventView& event) { evaluate(event); }, options);
  if (!id.ok()) return id.status();
  return ScopedSubscription(bus, *id);
}

AlertStats AlertMonitor::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

}  // namespace v1
}  // namespace tracebus
