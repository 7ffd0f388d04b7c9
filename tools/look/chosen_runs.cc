// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/look/chosen_runs.h"

#include "tracebus/tools/command_line.h"
#include "tracebus/tools/look/query_options.h"
#include "tracebus/tools/look/run_lookup.h"
#include "tracebus/tools/text.h"

namespace tracebus {
inline namespace v1 {

void add_chosen_runs(CLI::App& app, ChosenRuns& runs, std::uint64_t limit) {
  app.add_option("--run", runs.run_id,
                 "one run: its id as its source wrote it, or 32 hex digits; as it is shown (#174); "
                 "or how it begins or ends")
      ->type_name("ID");
  const auto take = [&runs](const std::string& text) {
    for (const RunStatus status : {RunStatus::kUnknown, RunStatus::kOpen, RunStatus::kStale,
                                   RunStatus::kSucceeded, RunStatus::kFailed}) {
      if (text == to_string(status)) runs.query.status = status;
    }
    if (runs.query.status) return;
    throw CLI::ValidationError(
        "--status", "'" + visible(text) + "' is none of success, failed, open, stale, unknown");
  };
  app.add_option_function<std::string>("--status", take, "success, failed, open, stale, unknown")
      ->type_name("STATUS");
  app.add_option("--workflow", runs.query.workflow, "the workflow, or the pattern of runs without")
      ->type_name("TEXT");
  add_time_filters(app, runs.query.from_ns, runs.query.until_ns);
  runs.limit = limit;
  add_number(app, "--limit", runs.limit, std::uint64_t{0}, std::uint64_t{1'000'000'000},
             "how many runs, the latest first; 0: all (" + std::to_string(limit) + ")");
}

absl::StatusOr<RunPage> choose_runs(const TraceStore& store, const ChosenRuns& runs) {
  if (runs.run_id.empty()) {
    RunQuery query = runs.query;
    if (runs.limit != 0) query.limit = runs.limit;
    return store.runs(query);
  }
  const absl::StatusOr<std::string> id = run_called(store, runs.run_id);
  if (!id.ok()) {
    const bool is_none = absl::IsNotFound(id.status());
    return absl::Status(id.status().code(),
                        "--run: " + std::string(id.status().message()) +
                            (is_none ? " in the files: tracebus show --limit 0 FILE lists them"
                                     : ""));
  }
  absl::StatusOr<RunSummary> run = store.run(*id);
  if (!run.ok()) return run.status();
  return RunPage{{*std::move(run)}, 1};
}

}  // namespace v1
}  // namespace tracebus
