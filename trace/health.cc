// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/health.h"

#include <algorithm>
#include <cstdio>

#include "tracebus/core/exception_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr double kDegradedShare = 0.8;  // as the seed has it

CheckedHealth run_check(const std::string& name, const HealthCheck& check) {
  CheckedHealth checked{.name = name, .checked_at = Timestamp::now()};
  try {
    checked.result = check();
  } catch (...) {
    checked.result = {HealthStatus::kUnhealthy, current_exception_text()};
  }
  return checked;
}

// Takes over what is worse.
void worsen(HealthResult& result, HealthStatus status, std::string message) {
  if (status > result.status) result = {status, std::move(message)};
}

}  // namespace

HealthResult health_of_level(double level, double limit) {
  char text[96];
  std::snprintf(text, sizeof text, "%g of %g", level, limit);
  if (level < limit * kDegradedShare) return {HealthStatus::kHealthy, text};
  if (level < limit) return {HealthStatus::kDegraded, text};
  return {HealthStatus::kUnhealthy, text};
}

HealthResult bus_health(const BusStats& stats, const BusHealthLimits& limits) {
  HealthResult worst;
  const auto judge = [&](const std::string& what, std::uint64_t level, std::uint64_t limit) {
    const HealthResult result =
        health_of_level(static_cast<double>(level), static_cast<double>(limit));
    worsen(worst, result.status, what + ": " + result.message);
  };
  judge("bytes of rings", stats.ring_bytes, limits.ring_budget_bytes);
  for (const SubscriptionStats& subscription : stats.subscriptions) {
    judge("bytes queued for " + subscription.name, subscription.queue_bytes,
          limits.queue_bytes_max);
  }
  if (stats.lag_ns > limits.lag_ns) {
    worsen(worst, HealthStatus::kDegraded,
           "the oldest event waits for " + std::to_string(stats.lag_ns) + " ns");
  }
  return worst;
}

absl::Status HealthRegistry::register_check(std::string_view name, HealthCheck check) {
  if (name.empty() || name.size() > kNameBytesMax || !check) {
    return absl::InvalidArgumentError("a health check needs a name of 1 to " +
                                      std::to_string(kNameBytesMax) +
                                      " bytes, and something to call");
  }
  // The one that is replaced goes with check, outside the lock.
  const std::lock_guard lock(mutex_);
  for (auto& [known, held] : checks_) {
    if (known != name) continue;
    held.swap(check);
    return absl::OkStatus();
  }
  if (checks_.size() == kChecksMax) {
    return absl::ResourceExhaustedError("there are " + std::to_string(kChecksMax) +
                                        " health checks already");
  }
  checks_.emplace_back(name, std::move(check));
  return absl::OkStatus();
}

bool HealthRegistry::unregister_check(std::string_view name) {
  const std::lock_guard lock(mutex_);
  return std::erase_if(checks_, [&](const auto& known) { return known.first == name; }) != 0;
}

HealthRegistry::Checks HealthRegistry::checks() const {
  const std::lock_guard lock(mutex_);
  return checks_;
}

std::vector<CheckedHealth> HealthRegistry::run_all() const {
  std::vector<CheckedHealth> all;
  for (const auto& [name, check] : checks()) all.push_back(run_check(name, check));
  return all;
}

std::optional<CheckedHealth> HealthRegistry::run(std::string_view name) const {
  for (const auto& [known, check] : checks()) {
    if (known == name) return run_check(known, check);
  }
  return std::nullopt;
}

HealthStatus HealthRegistry::status() const {
  HealthStatus worst = HealthStatus::kHealthy;
  for (const CheckedHealth& checked : run_all()) worst = std::max(worst, checked.result.status);
  return worst;
}

}  // namespace v1
}  // namespace tracebus
