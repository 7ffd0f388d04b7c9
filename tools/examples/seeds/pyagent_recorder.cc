// SPDX-License-Identifier: Apache-2.0
//
// Document 000, "Recorder — Record & Replay". The recording is FILE: pyagent_recorder FILE.
#include <cstdio>
#include <iostream>
#include <string>

#include "tracebus/trace/recorder.h"
#include "tracebus/trace/replay_llm.h"

using namespace tracebus;

namespace {

absl::Status record(const std::string& path) {
  Recorder recorder;
  absl::Status status = recorder.start("pipeline");
  // Record each agent interaction by hand, or all of a bus by BusRecording.
  status.Update(recorder.record_llm_call({
      .agent_name = "extractor",
      .messages = {{"user", "Tesla Q3 2025 earnings..."}},
      .response = "Revenue: $25.2B (+8% YoY), gross margin: 17.1%",
      .model = "claude-haiku-3-5-20241022",
      .input_tokens = 180,
      .output_tokens = 42,
      .cost_usd = 0.00006,
  }));
  status.Update(recorder.record_llm_call({
      .agent_name = "writer",
      .messages = {{"user", "Revenue: $25.2B..."}},
      .response = "Tesla Q3: Revenue beat consensus by 2%...",
      .model = "gpt-4o-mini",
      .input_tokens = 60,
      .output_tokens = 85,
      .cost_usd = 0.00009,
  }));
  status.Update(recorder.end("Tesla Q3: Revenue beat consensus by 2%..."));
  status.Update(recorder.save(path));
  std::printf("Recorded %zu events\n", recorder.entries().size());
  std::printf("Total cost: $%.5f\n", recorder.total_cost().to_dollars());
  return status;
}

absl::Status debug(const std::string& path) {
  const auto recording = load_recording(path);
  if (!recording.ok()) return recording.status();
  for (const RecordedEntry& entry : recording->entries) {
    std::printf("[%s] %s: %s...\n", entry.event_type.c_str(), entry.agent_name.c_str(),
                entry.response.substr(0, 80).c_str());
    const double cost = entry.cost().value_or(NanoDollars()).to_dollars();
    std::printf("  tokens: %d+%d, cost: $%.5f\n", static_cast<int>(entry.input_tokens()),
                static_cast<int>(entry.output_tokens()), cost);
  }
  return absl::OkStatus();
}

// Without a model: what was recorded, at no cost; and what was not is a miss.
absl::Status replay(const std::string& path) {
  const auto replay_llm = ReplayLlm::from_recording(path, "extractor");
  if (!replay_llm.ok()) return replay_llm.status();
  const auto answer = (*replay_llm)->call({{"user", "Tesla Q3 2025 earnings..."}});
  if (!answer.ok()) return answer.status();
  std::printf("Replayed: %s\n", answer->response().c_str());
  const auto again = (*replay_llm)->call({{"user", "Tesla Q3 2025 earnings..."}});
  std::printf("Once more: %s\n", again.ok() ? "answered" : "a miss");
  return absl::OkStatus();
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  absl::Status status = record(arguments[1]);
  if (status.ok()) status = debug(arguments[1]);
  if (status.ok()) status = replay(arguments[1]);
  if (!status.ok()) std::cerr << status << "\n";
  return status.ok() ? 0 : 1;
}
