// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/guard_result.h"

#include <algorithm>
#include <cmath>

#include "tracebus/trace/captured_json.h"
#include "tracebus/trace/span.h"

namespace tracebus {
inline namespace v1 {

void set_guard_result(Span& span, const GuardResult& result) noexcept {
  if (!span.is_recording()) return;
  if (!result.policy.empty()) span.set(attr<"guard.policy">(result.policy));
  span.set(attr<"guard.action">(to_string(result.action)));
  span.set(attr<"guard.triggered">(result.triggered));
  if (!std::isnan(result.confidence)) {
    span.set(attr<"guard.confidence">(std::clamp(result.confidence, 0.0, 1.0)));
  }
  if (!result.provider.empty()) span.set(attr<"guard.provider">(result.provider));
  if (result.details.empty()) return;
  try {
    std::string json = "{";
    for (const auto& [key, value] : result.details) {
      if (json.size() > 1) json += ',';
      append_captured_json(json, key);
      json += ':';
      std::visit([&](const auto& detail) { append_captured_json(json, detail); }, value);
    }
    span.set(attr<"guard.details">(json += '}'));
  } catch (...) {  // no memory: without the details
  }
}

}  // namespace v1
}  // namespace tracebus
