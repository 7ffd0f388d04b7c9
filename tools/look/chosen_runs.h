// SPDX-License-Identifier: Apache-2.0
//
// ChosenRuns: which runs of the files a command shows, and their traces.
#ifndef TRACEBUS_TOOLS_LOOK_CHOSEN_RUNS_H_
#define TRACEBUS_TOOLS_LOOK_CHOSEN_RUNS_H_

#include <CLI/CLI.hpp>

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>

#include "tracebus/studio/trace_store.h"

namespace tracebus {
inline namespace v1 {

struct ChosenRuns {
  std::string run_id;       // empty: those of the query
  std::uint64_t limit = 0;  // 0: all
  RunQuery query;
};

// --run, --status, --workflow, --since, --until and --limit. REQUIRES: runs outlives app.
void add_chosen_runs(CLI::App& app, ChosenRuns& runs, std::uint64_t limit);

// NotFound where run_id names none, InvalidArgument where it may be several (run_lookup.h): the
// message says how to see those that there are.
absl::StatusOr<RunPage> choose_runs(const TraceStore& store, const ChosenRuns& runs);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_LOOK_CHOSEN_RUNS_H_
