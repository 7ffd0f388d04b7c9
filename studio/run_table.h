// SPDX-License-Identifier: Apache-2.0
//
// RunTable: the runs of a store, and which of them an event belongs to.
//
// An event belongs to the run whose id it says; else to the run of its trace, which is one of the
// trace's own name where no event of it said a run. Of events that say neither, those of a file
// belong to the run that began last and has not ended (RunCursor); those of a bus, where runs go on
// side by side, to none. Such a run begins with a pattern, or with an agent outside any, which
// gives it its name; the agents that begin before that one ends are of the same run, and the next
// that begins after it begins another.
// Thread safety: none.
#ifndef TRACEBUS_STUDIO_RUN_TABLE_H_
#define TRACEBUS_STUDIO_RUN_TABLE_H_

#include <absl/container/flat_hash_map.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "tracebus/core/event.h"
#include "tracebus/core/ids.h"
#include "tracebus/studio/name_table.h"
#include "tracebus/studio/span_reading.h"

namespace tracebus {
inline namespace v1 {

// A run's sums are of all events that were heard of, also of those that were let go of since.
struct RunEntry {
  RunId id;
  std::uint32_t id_text = 0;  // number in RunTable::texts
  std::uint32_t pattern = 0;  // these are numbers in the names of their columns
  std::uint32_t workflow = 0;
  std::uint32_t session = 0;
  std::uint32_t user = 0;
  std::uint64_t first_span = 0;
  std::uint64_t last_span = 0;
  std::int64_t first_ns = std::numeric_limits<std::int64_t>::max();  // the earliest start
  std::int64_t last_ns = std::numeric_limits<std::int64_t>::min();   // the latest end
  std::uint64_t events = 0;
  std::uint64_t lost_events = 0;  // let go of
  std::uint64_t agents = 0;       // spans of agents
  std::uint64_t calls = 0;        // of models
  std::uint64_t errors = 0;
  std::uint64_t open_spans = 0;
  std::int64_t cost_nanos = 0;
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
  std::int64_t total_tokens = 0;
  bool has_cost = false;
  bool has_ended = false;  // a root did: its status is the run's
  bool has_failed = false;
  bool has_pattern = false;  // one began or ended in it
};

struct TraceEntry {
  TraceId id;
  std::uint32_t text = 0;  // number in RunTable::texts; 0: the id is ours
  std::uint32_t run = 0;
};

// Which runs of one source are open, the one that began last at the end.
struct RunCursor {
  static constexpr std::size_t kOpenMax = 1024;
  static constexpr std::size_t kAgentsMax = 1024;
  struct Open {
    std::uint32_t run;
    std::uint32_t depth;  // of patterns
    std::int64_t last_ns;
    // Of a run that an agent began: hashes of the names of those that have not ended.
    std::uint64_t first_agent = 0;  // 0: a pattern began it
    std::vector<std::uint64_t> agents = {};
    bool has_ended = false;  // its first agent did: it takes what its others say, and no new ones
  };
  std::vector<Open> open;
  std::uint64_t unnamed = 0;
  std::int64_t stale_after_ns = 300'000'000'000;  // silent for so long: it is not the one any more
};

class RunTable {
 public:
  RunTable() : runs_(1), traces_(1) {}
  RunTable(const RunTable&) = delete;
  RunTable& operator=(const RunTable&) = delete;

  struct Place {
    std::uint32_t run = 0;    // 0: none
    std::uint32_t trace = 0;  // 0: none
    bool own_run = false;     // the event says it
    bool is_agents = false;   // an agent's start began it, outside any pattern
  };
  // cursor: null where events without ids belong to no run.
  Place place_of(const TraceEvent& event, const SpanTypeInfo& type, RunCursor* cursor,
                 NameTable& texts);

  const std::vector<RunEntry>& runs() const noexcept { return runs_; }
  RunEntry& run(std::uint32_t number) noexcept { return runs_[number]; }
  const TraceEntry& trace(std::uint32_t number) const noexcept { return traces_[number]; }
  std::uint32_t traces() const noexcept { return static_cast<std::uint32_t>(traces_.size()); }
  // Enter what another table had, and return the new number.
  std::uint32_t keep_run(const RunEntry& entry, std::string_view text, NameTable& texts);
  std::uint32_t keep_trace(const TraceId& id, std::uint32_t run, std::string_view text,
                           NameTable& texts);
  // The run of that text: as its source wrote it, or 32 hex digits. 0: there is none.
  std::uint32_t find(std::string_view text) const noexcept;
  std::uint32_t find_trace(std::string_view text) const noexcept;
  std::size_t bytes() const noexcept;

 private:
  struct IdHash {
    template <class Id>
    std::size_t operator()(const Id& id) const noexcept;
  };

  std::uint32_t run_called(const RunId& id, std::string_view text, NameTable& texts);
  std::uint32_t trace_of(const TraceEvent& event, NameTable& texts);
  std::uint32_t open_run(const TraceEvent& event, const SpanTypeInfo& type, RunCursor& cursor,
                         NameTable& texts);
  static void follow_agent(const TraceEvent& event, const SpanTypeInfo& type, std::uint32_t run,
                           RunCursor& cursor);
  void follow(const TraceEvent& event, const SpanTypeInfo& type, std::uint32_t run,
              RunCursor& cursor);

  std::vector<RunEntry> runs_;      // 0 stands for events without a run
  std::vector<TraceEntry> traces_;  // 0 is none
  absl::flat_hash_map<RunId, std::uint32_t, IdHash> run_numbers_;
  absl::flat_hash_map<TraceId, std::uint32_t, IdHash> trace_numbers_;
  std::uint32_t last_run_ = 0;  // most events belong where the one before does
  std::uint32_t last_trace_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_RUN_TABLE_H_
