// SPDX-License-Identifier: Apache-2.0
//
// AlertRule: when a number is worth a word. Alert: the word.
#ifndef TRACEBUS_TRACE_ALERT_RULE_H_
#define TRACEBUS_TRACE_ALERT_RULE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tracebus/core/timestamp.h"

namespace tracebus {
inline namespace v1 {

enum class AlertSeverity : std::uint8_t { kInfo, kWarning, kCritical };
enum class AlertComparator : std::uint8_t { kGt, kLt, kGte, kLte, kEq };

inline constexpr std::array<std::string_view, 3> kAlertSeverityNames = {"info", "warning",
                                                                        "critical"};
inline constexpr std::array<std::string_view, 5> kAlertComparatorNames = {"gt", "lt", "gte", "lte",
                                                                          "eq"};

constexpr std::string_view to_string(AlertSeverity severity) noexcept {
  return kAlertSeverityNames[static_cast<std::size_t>(severity)];
}
constexpr std::string_view to_string(AlertComparator comparator) noexcept {
  return kAlertComparatorNames[static_cast<std::size_t>(comparator)];
}
// By the names above; nothing for others.
constexpr std::optional<AlertComparator> alert_comparator_called(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kAlertComparatorNames.size(); ++i) {
    if (kAlertComparatorNames[i] == name) return static_cast<AlertComparator>(i);
  }
  return std::nullopt;
}
constexpr std::optional<AlertSeverity> alert_severity_called(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kAlertSeverityNames.size(); ++i) {
    if (kAlertSeverityNames[i] == name) return static_cast<AlertSeverity>(i);
  }
  return std::nullopt;
}

// Whether value is beyond the threshold. False for what is no number.
constexpr bool is_met(AlertComparator comparator, double value, double threshold) noexcept {
  switch (comparator) {
    case AlertComparator::kGt:
      return value > threshold;
    case AlertComparator::kLt:
      return value < threshold;
    case AlertComparator::kGte:
      return value >= threshold;
    case AlertComparator::kLte:
      return value <= threshold;
    case AlertComparator::kEq:
      return value == threshold;
  }
  return false;
}

struct AlertRule {
  std::string name = {};
  std::string metric_name = {};
  double threshold = 0;
  AlertComparator comparator = AlertComparator::kGt;
  AlertSeverity severity = AlertSeverity::kWarning;
  double cooldown_s = 300.0;  // how long the rule is silent after it fired; 0: never
};

struct Alert {
  std::string rule_name = {};
  std::string metric_name = {};
  double metric_value = 0;
  double threshold = 0;
  AlertSeverity severity = AlertSeverity::kWarning;
  Timestamp timestamp = {};
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_ALERT_RULE_H_
