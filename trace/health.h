// SPDX-License-Identifier: Apache-2.0
//
// HealthRegistry: named checks, and what they say together. A bus is one of them.
//
//   HealthRegistry health;
//   health.register_check("bus", [&] { return bus_health(bus.stats()); });
//   health.register_check("disk", [&] { return health_of_level(used_gb, 500); });
//   if (health.status() != HealthStatus::kHealthy) ...
//
// Thread safety: every method may be called from any thread, also by checks, which run on the
// thread that asks, outside of all locks.
#ifndef TRACEBUS_TRACE_HEALTH_H_
#define TRACEBUS_TRACE_HEALTH_H_

#include <absl/status/status.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/bus/stats.h"
#include "tracebus/core/limits.h"
#include "tracebus/core/timestamp.h"

namespace tracebus {
inline namespace v1 {

enum class HealthStatus : std::uint8_t { kHealthy, kDegraded, kUnhealthy };  // the worst last

constexpr std::string_view to_string(HealthStatus status) noexcept {
  constexpr std::array<std::string_view, 3> kNames = {"healthy", "degraded", "unhealthy"};
  return kNames[static_cast<std::size_t>(status)];
}

struct HealthResult {
  HealthStatus status = HealthStatus::kHealthy;
  std::string message = {};
};

// Unhealthy from the limit on, degraded from 80 % of it on; unhealthy for what is no number.
HealthResult health_of_level(double level, double limit);

// Unhealthy where nothing is kept from piling up: a queue is full, or rings hold their whole
// budget. Degraded from 80 % of either on, or where the oldest event is older than a second.
struct BusHealthLimits {
  std::uint64_t queue_bytes_max = kQueueBytesDefault;    // of each subscription
  std::uint64_t ring_budget_bytes = kRingBudgetDefault;  // as BusOptions says
  std::uint64_t lag_ns = 1'000'000'000;
};
HealthResult bus_health(const BusStats& stats, const BusHealthLimits& limits = {});

// What it throws is unhealthy, with its words.
using HealthCheck = std::function<HealthResult()>;

struct CheckedHealth {
  std::string name = {};
  HealthResult result = {};
  Timestamp checked_at = {};
};

class HealthRegistry {
 public:
  static constexpr std::size_t kChecksMax = 256;

  HealthRegistry() = default;
  HealthRegistry(const HealthRegistry&) = delete;
  HealthRegistry& operator=(const HealthRegistry&) = delete;

  // One of the same name is replaced. InvalidArgument for an empty or too long name, and for no
  // check; ResourceExhausted beyond kChecksMax.
  absl::Status register_check(std::string_view name, HealthCheck check);
  bool unregister_check(std::string_view name);  // false: there was none

  std::vector<CheckedHealth> run_all() const;  // in the order of registration
  std::optional<CheckedHealth> run(std::string_view name) const;
  // The worst of all; healthy without any.
  HealthStatus status() const;

 private:
  using Checks = std::vector<std::pair<std::string, HealthCheck>>;
  Checks checks() const;

  mutable std::mutex mutex_;
  Checks checks_;  // under the mutex
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_HEALTH_H_
