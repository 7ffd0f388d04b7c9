// SPDX-License-Identifier: Apache-2.0
//
// Replay of what models and tools answered: deterministic, at no cost, for debugging and tests.
//
//   auto llm = ReplayLlm::from_recording("traces/run.jsonl", "extractor");
//   auto answer = (*llm)->call({{"user", "Tesla Q3 2025 earnings..."}});
//   if (answer.ok() && !answer->error()) use(answer->response());
//
// Never anything is asked of a real model: what was not recorded is a miss, which is an error.
// One recording for several agents, tools or runs is loaded once:
//
//   auto source = ReplaySource::load("traces/runs.jsonl");
//   auto bull = (*source)->llm("bull", {.run = "run-174"});
//   auto tools = (*source)->tools("bull", {.run = "run-174"});
//
// Concurrent runs: each replay is of one run, so replays side by side do not take each other's
// answers.
// Thread safety: every method may be called from any thread.
#ifndef TRACEBUS_TRACE_REPLAY_LLM_H_
#define TRACEBUS_TRACE_REPLAY_LLM_H_

#include <absl/status/statusor.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/trace/replay_calls.h"
#include "tracebus/trace/replay_recording.h"

namespace tracebus {
inline namespace v1 {

class ReplayLlm {
 public:
  // agent: whose calls; empty: those of all agents, in their order. Errors as of
  // ReplaySource::load and ReplaySource::llm.
  static absl::StatusOr<std::unique_ptr<ReplayLlm>> from_recording(const std::string& path,
                                                                   std::string_view agent = {},
                                                                   ReplayOptions options = {});
  ReplayLlm(std::string what, ReplayCalls::Calls calls, ReplayOptions options)
      : calls_(std::move(what), std::move(calls), std::move(options)) {}

  // The answer that was recorded; what the call failed with then is in Replayed::error. Errors as
  // of ReplayCalls::next.
  absl::StatusOr<Replayed> call(std::span<const RecordedMessage> messages) {
    return calls_.next({}, messages);
  }
  absl::StatusOr<Replayed> call(const std::vector<RecordedMessage>& messages) {
    return calls_.next({}, messages);
  }
  std::size_t left() const { return calls_.left(); }  // answers not given yet

 private:
  ReplayCalls calls_;
};

class ReplayTools {
 public:
  static absl::StatusOr<std::unique_ptr<ReplayTools>> from_recording(const std::string& path,
                                                                     std::string_view agent = {},
                                                                     ReplayOptions options = {});
  ReplayTools(std::string what, ReplayCalls::Calls calls, ReplayOptions options)
      : calls_(std::move(what), std::move(calls), std::move(options)) {}

  // In sequence, each tool has a sequence of its own.
  absl::StatusOr<Replayed> call(std::string_view tool_name, std::string_view arguments);
  std::size_t left() const { return calls_.left(); }

 private:
  ReplayCalls calls_;
};

// The calls of a recording. Immutable.
class ReplaySource {
 public:
  // Errors as of load_recording.
  static absl::StatusOr<std::shared_ptr<const ReplaySource>> load(const std::string& path);
  // name: for messages.
  ReplaySource(Recording recording, std::string name);

  // NotFound where the recording has no such calls, with the agents and runs that it has;
  // FailedPrecondition where several runs have, and options name none.
  absl::StatusOr<std::unique_ptr<ReplayLlm>> llm(std::string_view agent = {},
                                                 ReplayOptions options = {}) const;
  absl::StatusOr<std::unique_ptr<ReplayTools>> tools(std::string_view agent = {},
                                                     ReplayOptions options = {}) const;

  // In the order in which they began. Those that the recording does not name are run_1, run_2, ...
  std::vector<std::string> runs() const;
  // What could not be read: calls may be missing then.
  const ReadAccount& account() const noexcept { return account_; }

 private:
  struct Chosen;
  absl::StatusOr<Chosen> choose(std::string_view kind, std::string_view agent,
                                const ReplayOptions& options) const;

  const std::string name_;
  const ReadAccount account_;
  ReplayCalls::Calls calls_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_REPLAY_LLM_H_
