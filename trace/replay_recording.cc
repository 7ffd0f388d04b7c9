// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/replay_recording.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "tracebus/readers/jsonl_reader.h"

namespace tracebus {
inline namespace v1 {
namespace {

// The seed's Recorder says the pattern of a run on its first line only.
class PatternCarrier {
 public:
  void fill(const TraceEvent& event, RecordedEntry& entry) {
    const bool recorder = std::ranges::any_of(
        event.payload, [](const Attribute& attribute) { return attribute.key == "messages_in"; });
    if (!recorder) return;
    if (entry.event_type == "pattern_start") {
      patterns_[entry.run_id] = entry.pattern_type;
    } else if (entry.event_type == "pattern_end") {
      patterns_.erase(entry.run_id);
    } else if (entry.pattern_type.empty()) {
      const auto pattern = patterns_.find(entry.run_id);
      if (pattern != patterns_.end()) entry.pattern_type = pattern->second;
    }
  }

 private:
  std::unordered_map<std::string, std::string> patterns_;  // by run
};

absl::Status nothing_read(const std::string& name, const ReadAccount& account) {
  std::string message =
      "'" + name + "' holds no recorded events, but " + std::to_string(account.bad_lines) + " bad ";
  message += account.bad_lines == 1 ? "line" : "lines";
  if (!account.problems.empty()) {
    const ReadProblem& first = account.problems.front();
    message += "; line " + std::to_string(first.line) + ": " + first.message;
  }
  return absl::InvalidArgumentError(message +
                                    "; give a JSONL file that a recorder or exporter wrote");
}

}  // namespace

absl::StatusOr<Recording> load_recording(const std::string& path) {
  auto reader = open_jsonl(path);
  if (!reader.ok()) return reader.status();
  return load_recording(**reader, path);
}

absl::StatusOr<Recording> load_recording(EventReader& reader, const std::string& name) {
  Recording recording;
  PatternCarrier pattern;
  std::vector<ReadProblem> too_large;
  while (const TraceEvent* const event = reader.next()) {
    absl::StatusOr<RecordedEntry> entry = entry_of(*event);
    if (!entry.ok()) {
      const ReadAccount& so_far = reader.account();
      too_large.push_back({so_far.lines, 0, std::string(entry.status().message())});
      continue;
    }
    pattern.fill(*event, *entry);
    recording.entries.push_back(*std::move(entry));
  }
  recording.account = reader.account();
  for (ReadProblem& problem : too_large) {
    recording.account.add_problem(std::move(problem));
    --recording.account.events;
  }
  if (recording.entries.empty() && recording.account.bad_lines != 0) {
    return nothing_read(name, recording.account);
  }
  return recording;
}

}  // namespace v1
}  // namespace tracebus
