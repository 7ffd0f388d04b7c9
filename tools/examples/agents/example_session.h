// SPDX-License-Identifier: Apache-2.0
//
// ExampleSession: a bus with all that watches it, and an endpoint, for one run of an example.
#ifndef TRACEBUS_TOOLS_EXAMPLES_AGENTS_EXAMPLE_SESSION_H_
#define TRACEBUS_TOOLS_EXAMPLES_AGENTS_EXAMPLE_SESSION_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/core/exporter.h"
#include "tracebus/tools/examples/agents/chat.h"
#include "tracebus/tools/examples/agents/examples.h"
#include "tracebus/tools/examples/agents/replay_endpoint.h"
#include "tracebus/trace/cost_tracker.h"
#include "tracebus/trace/recording_bus.h"
#include "tracebus/trace/trace_collector.h"

namespace tracebus::examples {

struct ExampleOptions {
  std::string url = {};      // empty: our own endpoint, with a recording
  std::string api_key = {};  // for url alone
  std::string model = {};
  bool stream = false;                                            // answers come in pieces
  std::chrono::milliseconds timeout = std::chrono::seconds(120);  // of a call
  std::string recording = {};  // a file; empty: the example's own
  ReplayEndpointOptions replay = {};
  std::string record = {};  // a file to record into; empty: none
  std::string prices = {};  // a file; empty: the examples' own
};

struct ExampleOutcome {
  std::string answer;
  std::string error;    // why there is none; empty if all went well
  Trace trace;          // empty if nothing was seen
  NanoDollars cost;     // as the tracker counted it
  absl::Status closed;  // of bus and recording
  BusStats stats;
};

// Our endpoint, with the recording that options name, or the example's own. Errors as of what could
// not be had, also for a recording without calls of models.
absl::StatusOr<std::unique_ptr<ReplayEndpoint>> serve_recording(const Example& example,
                                                                const ExampleOptions& options);

// Thread safety: none.
class ExampleSession {
 public:
  // Errors as of what could not be had: the prices, the endpoint, the recording, an exporter.
  absl::Status start(const Example& example, const ExampleOptions& options,
                     std::vector<std::unique_ptr<Exporter>> exporters);
  // REQUIRES: start was OK. Once.
  ExampleOutcome run(const Example& example, const ExampleOptions& options);

  TraceEventBus& bus() noexcept { return bus_; }

 private:
  absl::Status start_client(const ExampleOptions& options);
  absl::Status close();

  TraceEventBus bus_;
  std::optional<CostTracker> costs_;  // from start on
  TraceCollector collector_;
  ScopedSubscription collecting_;
  std::unique_ptr<BusRecording> recording_;
  std::unique_ptr<ReplayEndpoint> endpoint_;
  std::unique_ptr<ChatClient> client_;
};

}  // namespace tracebus::examples

#endif  // TRACEBUS_TOOLS_EXAMPLES_AGENTS_EXAMPLE_SESSION_H_
