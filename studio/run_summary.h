// SPDX-License-Identifier: Apache-2.0
//
// RunSummary: one run in a list of runs, and what lists of them are asked for by.
#ifndef TRACEBUS_STUDIO_RUN_SUMMARY_H_
#define TRACEBUS_STUDIO_RUN_SUMMARY_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/timestamp.h"
#include "tracebus/studio/span_table.h"

namespace tracebus {
inline namespace v1 {

enum class RunStatus : std::uint8_t {
  kUnknown,    // calls without a span around them: nobody said
  kOpen,       // some span has not ended
  kStale,      // open, and silent for long
  kSucceeded,  // ended, and did not say that it failed
  kFailed,
};
// "unknown", "open", "stale", "success", "failed".
std::string_view to_string(RunStatus status) noexcept;

// Sums are of all events that were heard of, also of those that the store let go of since.
struct RunSummary {
  std::string run_id;
  std::string workflow;  // the pattern, where no workflow was said; empty: neither was
  std::string pattern;
  std::string session;
  std::string user;
  RunStatus status = RunStatus::kUnknown;
  std::optional<Timestamp> start, end;  // of the first and the last span; absent without times
  double duration_s = 0;
  std::uint64_t steps = 0;  // spans of agents; calls of models where there are none
  std::uint64_t calls = 0;  // of models
  std::uint64_t errors = 0;
  std::uint64_t events = 0;
  std::uint64_t lost_events = 0;  // that the store let go of
  std::uint64_t open_spans = 0;
  std::optional<double> cost_usd;  // absent: nobody said a cost
  std::int64_t cost_nanos = 0;
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
  std::int64_t tokens = 0;
};

// All of it must hold; empty texts ask for nothing.
struct RunQuery {
  std::optional<RunStatus> status = {};
  std::string workflow = {};  // as in the summary
  std::string pattern = {};
  std::string session = {};
  std::string user = {};
  std::optional<std::int64_t> from_ns = {};   // of the run's end; this one is in
  std::optional<std::int64_t> until_ns = {};  // of the run's start; this one is out
  std::size_t offset = 0;
  std::size_t limit = std::numeric_limits<std::size_t>::max();
};

struct RunPage {
  std::vector<RunSummary> runs;  // the one that began last first
  std::uint64_t matched = 0;     // whatever offset and limit
};

RunStatus status_of(const RunEntry& run, std::int64_t now_ns, std::int64_t stale_after_ns) noexcept;
RunSummary run_summary(const SpanTable& table, const RunEntry& run, std::int64_t now_ns,
                       std::int64_t stale_after_ns);
// Keeps the runs that began last of those that are offered. REQUIRES: they stay where they are.
class LatestRuns {
 public:
  explicit LatestRuns(std::size_t wanted) : wanted_(wanted) {}
  void offer(const RunEntry& run);
  // The one that began last first.
  std::vector<const RunEntry*> take();

 private:
  // Beside the run, which lies far away: of a million runs most are looked at once.
  struct Candidate {
    std::int64_t start_ns;  // 0: no event has a time
    std::uint64_t first_span;
    const RunEntry* run;

    bool operator<(const Candidate& other) const noexcept {
      return start_ns != other.start_ns ? start_ns > other.start_ns : first_span > other.first_span;
    }
  };

  void cut();

  const std::size_t wanted_;
  std::vector<Candidate> kept_;
  bool is_cut_ = false;
  Candidate worst_{};
};

RunPage select_runs(const SpanTable& table, const RunQuery& query, std::int64_t now_ns,
                    std::int64_t stale_after_ns);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_RUN_SUMMARY_H_
