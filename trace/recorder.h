// SPDX-License-Identifier: Apache-2.0
//
// Recorder: a run of agents, recorded by hand, as the seed's Recorder does.
//
//   Recorder recorder;
//   recorder.start("pipeline");
//   recorder.record_llm_call({.agent_name = "extractor",
//                             .messages = {{"user", "Tesla Q3 2025 earnings..."}},
//                             .response = "Revenue: $25.2B",
//                             .model = "claude-haiku-3-5-20241022",
//                             .input_tokens = 180,
//                             .output_tokens = 42,
//                             .cost_usd = 0.00006});
//   recorder.end("Revenue beat consensus by 2%");
//   recorder.save("traces/run.jsonl");
//
// BusRecording (recording_bus.h) records what happens on a bus instead; load_recording
// (replay_recording.h) reads either back.
// Thread safety: every method may be called from any thread. Entries stand in the order of the
// calls.
#ifndef TRACEBUS_TRACE_RECORDER_H_
#define TRACEBUS_TRACE_RECORDER_H_

#include <absl/status/status.h>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/exporters/file_system.h"
#include "tracebus/trace/recorded_entry.h"
#include "tracebus/trace/recording_line.h"

namespace tracebus {
inline namespace v1 {

struct RecorderOptions {
  // Where the entries are emitted as events too, as the seed does; null: nowhere. Outlives the
  // recorder. What was said is of the content class there (see AttributeKey::is_content).
  TraceEventBus* bus = nullptr;
  // Of the entries and the events: of the run that is recorded. Empty: they carry none.
  std::string run_id = {};
  // Of all entries (RecordedEntry::size_bytes). What would exceed it is refused.
  std::size_t bytes_max = std::size_t{64} << 20;
  FileSystem* file_system = nullptr;  // null: the process's own
};

// What is left out is not in the recording either. Metadata that has a key of its own for a figure,
// as "model", overrides it.
struct RecordedLlmCall {
  std::string_view agent_name = {};
  std::vector<RecordedMessage> messages = {};
  std::string_view response = {};
  Payload metadata = {};  // first, in its order; then what follows
  std::string_view model = {};
  std::optional<std::int64_t> input_tokens = {};
  std::optional<std::int64_t> output_tokens = {};
  std::optional<double> cost_usd = {};
  std::optional<double> duration_ms = {};
  std::string_view stop_reason = {};
  std::optional<std::string_view> error = {};  // the call failed, with these words
};

struct RecordedToolCall {
  std::string_view agent_name = {};
  std::string_view tool_name = {};
  std::string_view arguments = {};  // JSON, or whatever the tool takes
  std::string_view result = {};
  Payload metadata = {};
  std::optional<double> duration_ms = {};
  std::optional<std::string_view> error = {};
};

class Recorder {
 public:
  explicit Recorder(RecorderOptions options = {});
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // A recorder may record several runs, one after the other. FailedPrecondition while one is open.
  absl::Status start(std::string_view pattern_name);
  // FailedPrecondition when no run is open; InvalidArgument for a cost or duration that is negative
  // or no number, negative tokens, and metadata nested deeper than 64 levels; ResourceExhausted
  // beyond bytes_max. Nothing is recorded then.
  absl::Status record_llm_call(const RecordedLlmCall& call);
  absl::Status record_tool_call(const RecordedToolCall& call);
  // The duration is of the steady clock, so never negative.
  absl::Status end(std::string_view final_output);

  std::vector<RecordedEntry> entries() const;
  std::vector<RecordedEntry> llm_calls() const;
  NanoDollars total_cost() const;
  std::uint64_t refused() const;  // entries that were not recorded

  // Replaces the file at once: after a crash there is the old one or the new one, whole. Makes
  // missing folders. The file is for its owner alone (0600): it holds what people said. Errors name
  // the path and what to do; InvalidArgument for what is there and no file, a link too.
  absl::Status save(const std::string& path,
                    RecordingFormat format = RecordingFormat::kRecorder) const;

 private:
  absl::Status check_open(std::string_view action) const;
  absl::Status add(RecordedEntry entry, std::vector<Attribute> metadata);
  void emit(const RecordedEntry& entry) const;

  const RecorderOptions options_;
  mutable std::mutex mutex_;  // guards everything below
  std::vector<RecordedEntry> entries_;
  std::size_t bytes_ = 0;
  std::uint64_t refused_ = 0;
  bool is_open_ = false;
  std::string pattern_;
  std::uint64_t started_ns_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_RECORDER_H_
