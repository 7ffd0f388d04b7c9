// SPDX-License-Identifier: Apache-2.0
//
// Any bytes loaded as a recording. What was read is written in each of the seed's formats, and
// those lines, our own, come back: as many entries, and from then on the same bytes. Each recorded
// call is replayed once, in sequence and by request, and nothing beyond; all events go onto a bus.
// Begin with tests/data/traces.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/readers/jsonl_reader.h"
#include "tracebus/tests/fuzz/fuzz_input.h"
#include "tracebus/trace/recording_line.h"
#include "tracebus/trace/replay_events.h"
#include "tracebus/trace/replay_llm.h"
#include "tracebus/trace/replay_recording.h"

namespace {

using namespace tracebus;
using testing::require;

constexpr RecordingFormat kFormats[] = {RecordingFormat::kRecorder, RecordingFormat::kEvents,
                                        RecordingFormat::kStudio};

absl::StatusOr<Recording> load(std::string_view text) {
  const auto reader = read_jsonl(text);
  return load_recording(*reader, "fuzzed");
}

std::string lines_of(const std::vector<RecordedEntry>& entries, RecordingFormat format) {
  std::string lines;
  for (const RecordedEntry& entry : entries) {
    append_recording_line(lines, entry, format);
    lines += '\n';
  }
  return lines;
}

void check_formats(const Recording& recording) {
  for (const RecordingFormat format : kFormats) {
    const auto second = load(lines_of(recording.entries, format));
    require(second.ok());
    require(second->entries.size() == recording.entries.size());
    require(second->account.bad_lines == 0);
    const std::string lines = lines_of(second->entries, format);
    const auto third = load(lines);
    require(third.ok());
    require(lines_of(third->entries, format) == lines);
  }
}

// REQUIRES: in sequence, and of one run: then every call is answered but those that never ended.
void replay_in_sequence(ReplayLlm& llm) {
  for (std::size_t left = llm.left(); left > 0; --left) {
    const auto answer = llm.call({{"user", "whatever"}});
    if (!answer.ok()) {
      require(absl::IsDataLoss(answer.status()));
      return;
    }
    require(llm.left() == left - 1);
    (void)answer->error();
  }
  require(absl::IsNotFound(llm.call({{"user", "one more"}}).status()));
}

void replay_by_request(ReplayLlm& llm, const std::vector<RecordedEntry>& entries) {
  for (const RecordedEntry& entry : entries) {
    const auto answer = llm.call(entry.messages);
    if (!answer.ok()) require(!answer.status().message().empty());
  }
}

void check_replay(Recording recording) {
  const std::vector<RecordedEntry> entries = recording.entries;
  const ReplaySource source(std::move(recording), "fuzzed");
  for (const std::string& run : source.runs()) {
    const auto sequence = source.llm({}, {.run = run});
    if (sequence.ok()) replay_in_sequence(**sequence);
    const auto requests = source.llm({}, {.match = ReplayMatch::kByRequest, .run = run});
    if (requests.ok()) replay_by_request(**requests, entries);
    const auto tools = source.tools({}, {.run = run});
    if (tools.ok()) (void)(*tools)->call("search", "{}");
  }
}

class ReplayBus {
 public:
  ReplayBus() {
    CallbackOptions callback;
    callback.run_on = RunOn::kDispatcher;
    require(bus_.subscribe([this](const EventView&) { ++received_; }, callback).ok());
  }
  void check(std::string_view text) {
    received_ = 0;
    const auto reader = read_jsonl(text);
    const auto replayed = replay_events(*reader, bus_, {.speed = 0});
    require(replayed.ok());
    require(replayed->accepted == received_);
    require(replayed->accepted + replayed->refused == replayed->account.events);
  }

 private:
  static BusOptions manual() {
    BusOptions options;
    options.threading = Threading::kManual;
    return options;
  }

  TraceEventBus bus_{manual()};
  std::uint64_t received_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static ReplayBus bus;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  bus.check(text);
  auto recording = load(text);
  if (!recording.ok()) {
    require(!recording.status().message().empty());
    return 0;
  }
  check_formats(*recording);
  (void)recording->total_cost();
  check_replay(*std::move(recording));
  return 0;
}
