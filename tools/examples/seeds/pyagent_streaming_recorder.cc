// SPDX-License-Identifier: Apache-2.0
//
// Document 001, "Recording Traces": a recorder that follows a bus, in Studio's span format. The
// recording is FILE: pyagent_streaming_recorder FILE.
#include <chrono>

#include "tracebus/trace/recording_bus.h"
#include "tracebus/trace/tracer.h"

using namespace tracebus;

namespace {

// The compiled graph of the document: a supervisor with an agent of its own.
void run_graph(const Tracer& tracer) {
  const ContextScope workflow = Context::current().with({.workflow = "main"}).attach();
  auto run = tracer.pattern("supervisor");
  auto agent = tracer.agent("billing_agent");
  {
    auto call = tracer.llm_call({.model = "claude-sonnet-4-20250514", .provider = "anthropic"});
    call.usage({.input_tokens = 180, .output_tokens = 140, .cost = NanoDollars(8'400'000)});
  }
  auto failed = tracer.llm_call({.model = "claude-haiku-3-5-20241022", .provider = "anthropic"});
  failed.set_status(SpanStatus::kFailed, "overloaded");
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  TraceEventBus bus;
  BusRecordingOptions options;
  options.recording.format = RecordingFormat::kStudio;
  const auto recording = BusRecording::start(bus, arguments[1], options);
  if (!recording.ok()) return 3;
  run_graph(Tracer(bus));
  return (*recording)->stop(std::chrono::seconds(20)).ok() ? 0 : 1;
}
