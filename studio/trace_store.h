// SPDX-License-Identifier: Apache-2.0
//
// TraceStore: events of files and of live buses in memory, to be asked about.
//
//   TraceStore store;
//   const auto loaded = store.load("traces/production_runs.jsonl");
//   for (const StoredSpan& slow : store.query({.min_duration_ms = 2000})) ...
//
// An event takes about as many bytes as a line of JSON has, or fewer; what it says beyond the
// columns of a query is kept too, and shown by event_json. A store holds options.bytes_max: a file
// that does not fit is refused, and of what is appended the oldest goes.
//
// Thread safety: all functions may be called by any thread. Those that read share a lock, those
// that add take it alone: an append waits for the queries that run, and they for it. One load, add
// or poll goes on at a time; while load reads, queries see what was there before, and what is
// appended meanwhile goes with that.
#ifndef TRACEBUS_STUDIO_TRACE_STORE_H_
#define TRACEBUS_STUDIO_TRACE_STORE_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/core/event_view.h"
#include "tracebus/readers/event_reader.h"
#include "tracebus/studio/agent_graph.h"
#include "tracebus/studio/cost_breakdown.h"
#include "tracebus/studio/dashboard.h"
#include "tracebus/studio/fair_shared_mutex.h"
#include "tracebus/studio/latency_breakdown.h"
#include "tracebus/studio/provider_breakdown.h"
#include "tracebus/studio/run_summary.h"
#include "tracebus/studio/span_query.h"
#include "tracebus/studio/span_table.h"
#include "tracebus/studio/store_summary.h"
#include "tracebus/studio/stored_span.h"
#include "tracebus/trace/trace.h"

namespace tracebus {
inline namespace v1 {

struct TraceStoreOptions {
  std::size_t bytes_max = std::size_t{1} << 30;
  // Of what trace() gives at once; of a larger run the oldest spans are left out, and counted.
  std::size_t trace_bytes_max = std::size_t{256} << 20;
  // A run that is open and silent for so long is called stale. 5 minutes.
  std::int64_t stale_after_ns = 300'000'000'000;
  // Nanoseconds since 1970; null: the system's clock. Called by any thread.
  std::function<std::int64_t()> now_ns = nullptr;
  // What bytes_max is called where a user sets it, for messages.
  std::string bytes_max_name = "bytes_max";
};

struct LoadProgress {
  std::uint64_t bytes = 0;        // read so far
  std::uint64_t bytes_total = 0;  // of the file; 0: not known, as of a pipe
  std::uint64_t spans = 0;        // events so far
};
// Called now and then by the thread that loads; false stops it.
using OnLoadProgress = std::function<bool(const LoadProgress&)>;

struct LoadReport {
  std::uint64_t bytes = 0;
  std::uint64_t spans = 0;       // events
  std::uint64_t runs = 0;        // of the whole store
  std::uint64_t duplicates = 0;  // of events that had come before; among spans, and counted once
  ReadAccount account;           // lines, and which of them were bad, with number and offset
};

struct PollReport {
  std::uint64_t bytes = 0;
  std::uint64_t spans = 0;       // events
  std::uint64_t duplicates = 0;  // as in LoadReport
  std::uint64_t restarts = 0;    // how often the file was cut, or replaced by another, until now
  bool has_more = false;         // more was there than one poll reads
  bool is_pipe = false;          // or a terminal: it ends when its writers are gone
  bool has_ended = false;        // which they are
  ReadAccount account;           // of what was read now; lines and offsets are those of the file
};

class FollowedFile;

class TraceStore {
 public:
  explicit TraceStore(TraceStoreOptions options = {});
  ~TraceStore();
  TraceStore(const TraceStore&) = delete;
  TraceStore& operator=(const TraceStore&) = delete;

  // Reads a file of any format that readers know, in place of all that the store held. Bad lines
  // are counted and listed, and never an error. Errors leave the store as it was: those of
  // open_file_source; ResourceExhausted where the events would not fit; Cancelled by on_progress.
  absl::StatusOr<LoadReport> load(const std::string& path, const OnLoadProgress& on_progress = {});
  // The same beside what the store holds. Errors leave what was read until then.
  absl::StatusOr<LoadReport> add(const std::string& path, const OnLoadProgress& on_progress = {});
  // The same of a reader, from where it stands to its end.
  absl::StatusOr<LoadReport> add(EventReader& reader);

  // From now on, what path has and is appended to it comes in with each poll, beside what the store
  // holds; a file that is cut, and one that takes its name, is read from its beginning. One file at
  // a time: following another lets go of the one before. Of JSON lines only. Errors as
  // FollowedFile::open.
  absl::Status follow(const std::string& path);
  // Reads what was added since, without waiting; at most kPollBytesMax or a little more. What no
  // longer fits is made room for. FailedPrecondition if no file is followed; DataLoss if reading
  // failed, after what was read until then.
  // numbers, if given, is where to add those of the events that came in.
  absl::StatusOr<PollReport> poll(std::vector<std::uint64_t>* numbers = nullptr);
  static constexpr std::uint64_t kPollBytesMax = std::uint64_t{64} << 20;

  // Of a live bus; events without ids belong to no run.
  void append(const EventView& event);
  void append(std::span<const EventView> events, std::vector<std::uint64_t>* numbers = nullptr);
  // Appends all events of bus until the result goes away. REQUIRES: store and bus outlive it.
  // Errors as TraceEventBus::subscribe_filter.
  absl::StatusOr<ScopedSubscription> watch(TraceEventBus& bus, const CallbackOptions& options = {});
  // Forgets all events.
  void clear();

  SpanPage query(const SpanQuery& query = {}) const;
  StoreSummary summary() const;
  // What was paid; the query says of which events.
  CostBreakdown costs(GroupBy by, const SpanQuery& query = {}) const;
  // How long calls of models took, or the spans of another kind that the query asks for.
  std::vector<LatencyGroup> latencies(GroupBy by, const SpanQuery& query = {}) const;
  // How providers of models did, of the events that match.
  ProviderBreakdown providers(const SpanQuery& query = {}) const;
  Dashboard dashboard() const;
  // Shows the table to whoever asks what no function here answers; nothing is appended meanwhile.
  void look(const std::function<void(const SpanTable&)>& at) const;
  // Who called and handed off to whom. NotFound: there is no group to unfold.
  absl::StatusOr<AgentGraph> graph(const SpanQuery& query = {},
                                   const GraphOptions& options = {}) const;
  // The event with that number, alone on a page. NotFound if it was let go of.
  absl::StatusOr<SpanPage> event(std::uint64_t number) const;
  // The event with that number, with all it said, as a line of JSON (json_writer.h); one without
  // a time says 0.0. NotFound if it was let go of.
  absl::StatusOr<std::string> event_json(std::uint64_t number) const;

  // visit with all events of a run, as they were said, in the order of arrival, until it returns
  // false. Nobody appends meanwhile, and events end with the call. NotFound: there is no such run.
  absl::Status each_event(std::string_view run_id,
                          const std::function<bool(const TraceEvent&)>& visit) const;

  RunPage runs(const RunQuery& query = {}) const;
  // run_id: as its source wrote it, or 32 hex digits. NotFound.
  absl::StatusOr<RunSummary> run(std::string_view run_id) const;
  // All spans of a run as one trace, for trees, waterfalls and files (render/). What is open, has
  // no parent, or one that is not there, is told by its TraceTree. NotFound.
  absl::StatusOr<Trace> trace(std::string_view run_id) const;

 private:
  class Loading;
  using VisitEvent = std::function<bool(const TraceEvent&)>;

  // REQUIRES: the caller holds mutex_.
  // with_agent: as SpanTable::event_at.
  void visit_run(std::uint32_t run, bool with_agent, const VisitEvent& visit) const;
  std::int64_t now_ns() const;
  std::unique_ptr<SpanTable> make_table() const;
  // REQUIRES: the caller holds loading_mutex_. bytes: how many were read, at any time.
  absl::StatusOr<LoadReport> add_events(EventReader& reader, const std::uint64_t& bytes,
                                        std::uint64_t bytes_total,
                                        const OnLoadProgress& on_progress);

  const TraceStoreOptions options_;
  std::mutex loading_mutex_;                // held by load, add and poll; taken before mutex_
  std::unique_ptr<FollowedFile> followed_;  // guarded by loading_mutex_
  mutable FairSharedMutex mutex_;
  std::unique_ptr<SpanTable> table_;  // guarded by mutex_
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_TRACE_STORE_H_
