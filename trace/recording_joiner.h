// SPDX-License-Identifier: Apache-2.0
//
// CallJoiner: makes one entry of the start and the end of a call, so that request, response,
// figures and latency stand together; runs are kept apart.
//
//   llm_call_start  --kept-->  llm_call_end / _error  --given on-->  llm_call
//   tool_start      --kept-->  tool_end / _error      --given on-->  tool_call
//   anything else   --given on as it is
//
// Within its run an end belongs to the start with its span or, where one of them has none, to the
// oldest start of its kind and agent. A start whose run ends, or is let go of, is given on as it
// is: nothing is lost but the joining.
// Thread safety: one thread, but for counts.
#ifndef TRACEBUS_TRACE_RECORDING_JOINER_H_
#define TRACEBUS_TRACE_RECORDING_JOINER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tracebus/core/counter.h"
#include "tracebus/core/hash.h"
#include "tracebus/trace/recorded_entry.h"

namespace tracebus {
inline namespace v1 {

struct JoinOptions {
  // Bounds of what is kept of runs that have not ended; beyond them the run that was silent for
  // longest is let go of.
  std::size_t open_runs_max = 4096;
  std::size_t open_bytes_max = std::size_t{16} << 20;
  // Starts are given on at once, and the ends keep their types: the flat lines have both.
  bool pass_starts = false;
  // An entry without a run belongs to the run that began last, as in files of one run after the
  // other. On a bus, where runs go on side by side, that would be a guess.
  bool one_run_at_a_time = false;
};

enum class LetGo : std::uint8_t { kOpenRunsMax, kOpenBytesMax, kEnded };
inline constexpr std::size_t kLetGoReasons = 3;

// Numbers that the joiner raises and any thread reads.
struct JoinCounters {
  Counter open_runs;
  Counter open_bytes;
  Counter joined;                                   // calls
  std::array<Counter, kLetGoReasons> runs_let_go;   // kEnded: ended with calls open
  std::array<Counter, kLetGoReasons> calls_let_go;  // starts that were given on without an end
};

class CallJoiner {
 public:
  // REQUIRES: counters outlive the joiner.
  CallJoiner(const JoinOptions& options, JoinCounters& counters)
      : options_(options), counters_(counters) {}
  CallJoiner(const CallJoiner&) = delete;
  CallJoiner& operator=(const CallJoiner&) = delete;

  // Appends to out what is to be given on.
  void add(RecordedEntry entry, std::vector<RecordedEntry>& out);
  // Gives on all that is kept.
  void finish(std::vector<RecordedEntry>& out);

 private:
  struct Run {
    explicit Run(std::string run_id) : id(std::move(run_id)) {}

    // Of the innermost pattern.
    std::string_view pattern() const noexcept {
      return patterns.empty() ? std::string_view() : std::string_view(patterns.back());
    }

    const std::string id;
    std::vector<std::string> patterns;  // that have begun and not ended, the outermost first
    std::string workflow;
    std::vector<RecordedEntry> open;  // starts, the oldest first
    std::size_t bytes = 0;
  };
  using Runs = std::list<Run>;

  Runs::iterator find(std::string_view id);
  Runs::iterator touch(const std::string& id);
  static void fill(const Run& run, RecordedEntry& entry);
  void begin_pattern(const RecordedEntry& entry);
  void end_pattern(std::string_view id, std::vector<RecordedEntry>& out);
  void end_run(Runs::iterator run, LetGo reason, std::vector<RecordedEntry>& out);
  void keep_bounds(std::vector<RecordedEntry>& out);
  void charge(Run& run, std::size_t bytes);
  void open_call(RecordedEntry entry, std::vector<RecordedEntry>& out);
  RecordedEntry close_call(RecordedEntry end);

  const JoinOptions options_;
  JoinCounters& counters_;
  Runs runs_;  // the one that was silent for longest first
  std::unordered_map<std::string_view, Runs::iterator, TextHash, TextEqual> by_id_;
  std::size_t bytes_ = 0;
  std::string current_;  // the run that began last
  std::uint64_t unnamed_runs_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_RECORDING_JOINER_H_
