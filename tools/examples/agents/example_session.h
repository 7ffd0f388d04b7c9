// SPDX-License-Identifier: Apache-2.0
//
// ExampleSession: a bus with all that watches it, and an endpoint, for one run of an example.
#ifndef TRACEBUS_TOOLS_EXAMPLES_AGENTS_EXAMPLE_SESSION_H_
#define TRACEBUS_TOOLS_EXAMPLES_AGENTS_EXAMPLE_SESSION_H_

#include <absl/status/status.h>

#include <chrono>
#include <memory>
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
  std::chrono::milliseconds timeout = std::chrono::seconds(120);  // of a call
  std::string recording = {};  // a file; empty: the example's own
  ReplayEndpointOptions replay = {};
  std::string record = {};  // a file to record into; empty: none
};

struct ExampleOutcome {
  std::string answer;
  std::string error;    // why there is none; empty if all went well
  Trace trace;          // empty if nothing was seen
  NanoDollars cost;     // as the tracker counted it
  absl::Status closed;  // of bus and recording
  BusStats stats;
};

// Thread safety: none.
class ExampleSession {
 public:
  ExampleSession();

  // Errors as of what could not be had: the endpoint, the recording, an exporter.
  absl::Status start(const Example& example, const ExampleOptions& options,
                     std::vector<std::unique_ptr<Exporter>> exporters);
  // REQUIRES: start was OK. Once.
  ExampleOutcome run(const Example& example, const ExampleOptions& options);

  TraceEventBus& bus() noexcept { return bus_; }

 private:
  absl::Status start_endpoint(const Example& example, const ExampleOptions& options);
  absl::Status start_client(const ExampleOptions& options);
  absl::Status close();

  TraceEventBus bus_;
  CostTracker costs_;
  TraceCollector collector_;
  ScopedSubscription collecting_;
  std::unique_ptr<BusRecording> recording_;
  std::unique_ptr<ReplayEndpoint> endpoint_;
  std::unique_ptr<ChatClient> client_;
};

}  // namespace tracebus::examples

#endif  // TRACEBUS_TOOLS_EXAMPLES_AGENTS_EXAMPLE_SESSION_H_
