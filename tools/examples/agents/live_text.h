// SPDX-License-Identifier: Apache-2.0
//
// LiveText: prints what models say while they say it, a line for each answer:
//
//   bull: Demand for accelerators still outruns what the foundries can package, so revenue ...
//
// A subscriber of `llm_token` events with content. What others said is printed escaped.
#ifndef TRACEBUS_TOOLS_EXAMPLES_AGENTS_LIVE_TEXT_H_
#define TRACEBUS_TOOLS_EXAMPLES_AGENTS_LIVE_TEXT_H_

#include <absl/status/statusor.h>

#include <cstdio>
#include <string_view>

#include "tracebus/bus/trace_event_bus.h"

namespace tracebus::examples {

// Thread safety: watch and end_line alone; end_line once the bus is shut down or was flushed.
class LiveText {
 public:
  // REQUIRES: the file outlives it.
  explicit LiveText(std::FILE* file) : file_(file) {}

  // Until what it returns goes. REQUIRES: this outlives that.
  absl::StatusOr<ScopedSubscription> watch(TraceEventBus& bus);

  // Ends the line that is begun; false if there is none.
  bool end_line();

 private:
  void take(const EventView& event);
  void print(std::string_view text);

  std::FILE* const file_;
  SpanId span_ = {};  // whose line is begun
  bool has_begun_ = false;
};

}  // namespace tracebus::examples

#endif  // TRACEBUS_TOOLS_EXAMPLES_AGENTS_LIVE_TEXT_H_
