// SPDX-License-Identifier: Apache-2.0
//
// DemoSummary: what the demo's own subscription counts.
#ifndef TRACEBUS_TOOLS_DEMO_SUMMARY_H_
#define TRACEBUS_TOOLS_DEMO_SUMMARY_H_

#include <array>
#include <cstdint>

#include "tracebus/core/counter.h"
#include "tracebus/core/event_type.h"
#include "tracebus/core/event_view.h"

namespace tracebus {
inline namespace v1 {

// Thread safety: one thread adds, any thread reads.
class DemoSummary {
 public:
  void add(const EventView& event) noexcept;

  std::uint64_t events(EventType type) const noexcept { return by_type_[type.number()].get(); }
  std::uint64_t events() const noexcept;
  std::uint64_t input_tokens() const noexcept { return input_.get(); }
  std::uint64_t output_tokens() const noexcept { return output_.get(); }
  std::uint64_t cached_tokens() const noexcept { return cached_.get(); }
  double cost_usd() const noexcept { return static_cast<double>(cost_nano_usd_.get()) / 1e9; }
  std::uint64_t errors() const noexcept { return events(kLlmCallError) + events(kToolError); }

 private:
  std::array<Counter, kVocabularyTypes + 1> by_type_;
  Counter input_;
  Counter output_;
  Counter cached_;
  Counter cost_nano_usd_;  // whole numbers, so that their sum does not depend on the order
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_DEMO_SUMMARY_H_
