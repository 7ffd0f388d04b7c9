// SPDX-License-Identifier: Apache-2.0
//
// recording_writer FILE ours|events|recorder|studio: three agents call their model for ever, each
// in a run of its own, and a bus records them into FILE. Made to be killed. Nothing is dropped: the
// agents wait where the recorder's queue is full.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "tracebus/trace/recording_bus.h"

namespace {

using namespace tracebus;

struct NamedFormat {
  std::string_view name;
  std::optional<RecordingFormat> format;
};
constexpr NamedFormat kFormats[] = {{"ours", {}},
                                    {"events", RecordingFormat::kEvents},
                                    {"recorder", RecordingFormat::kRecorder},
                                    {"studio", RecordingFormat::kStudio}};

void emit(TraceEventBus& bus, std::string_view type, const std::string& run, Payload payload) {
  const std::string agent = "agent of " + run;
  const TraceEvent event = {.event_type = type,
                            .agent_name = agent,
                            .payload = std::move(payload),
                            .foreign_ids = {.run_id = run}};
  while (bus.emit(event) != EmitResult::kAccepted) std::this_thread::yield();
}

[[noreturn]] void be_agent(TraceEventBus& bus, const std::string& run) {
  emit(bus, "pattern_start", run, {{"pattern_type", "loop"}});
  for (std::int64_t n = 0;; ++n) {
    const std::string question = run + " asks " + std::to_string(n);
    emit(bus, "llm_call_start", run, {{"messages", std::string_view(question)}, {"n", n}});
    const std::string answer = std::to_string(n) + " answers " + run;
    emit(bus, "llm_call_end", run, {{"response", std::string_view(answer)}, {"n", n}});
  }
}

int record(const std::string& path, std::optional<RecordingFormat> format) {
  TraceEventBus bus;
  BusRecordingOptions options;
  options.recording.format = format;
  options.exporter.overflow = Overflow::kBlock;
  options.exporter.block_timeout_ms = 3'600'000;
  const auto recording = BusRecording::start(bus, path, options);
  if (!recording.ok()) return 3;
  std::vector<std::thread> agents;
  for (const char* const run : {"run a", "run b", "run c"}) {
    agents.emplace_back([&bus, run] { be_agent(bus, run); });
  }
  for (std::thread& agent : agents) agent.join();
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  for (const NamedFormat& known : kFormats) {
    if (count == 3 && known.name == arguments[2]) return record(arguments[1], known.format);
  }
  return 2;
}
