// SPDX-License-Identifier: Apache-2.0
//
// GuardResult: what a guard decided.
#ifndef TRACEBUS_TRACE_GUARD_RESULT_H_
#define TRACEBUS_TRACE_GUARD_RESULT_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tracebus {
inline namespace v1 {

class Span;

enum class GuardAction : std::uint8_t { kAllow, kBlock, kRedact, kFlag, kModify };

constexpr std::string_view to_string(GuardAction action) noexcept {
  constexpr std::array<std::string_view, 5> kNames = {"allow", "block", "redact", "flag", "modify"};
  return kNames[static_cast<std::size_t>(action)];
}

// A value of a detail; a text, unless it is given otherwise.
using GuardDetail = std::variant<std::string, bool, std::int64_t, double>;

struct GuardResult {
  std::string policy = {};
  GuardAction action = GuardAction::kAllow;
  bool triggered = false;
  double confidence = 0;  // 0 to 1; what lies beyond is taken as the nearer end, NaN is not said
  std::vector<std::pair<std::string, GuardDetail>> details = {};
  std::string provider = {};
};

// Sets guard.policy, .action, .triggered, .confidence, .provider, and .details as the text of a
// JSON object. Empty ones are left out.
void set_guard_result(Span& span, const GuardResult& result) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_GUARD_RESULT_H_
