// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/model/explorer.h"

#include <algorithm>
#include <memory>

namespace tracebus::inline v1::model {

namespace {

// Takes the next execution's decisions. False when there is none.
bool prepare_next(Execution& execution, const Options& options, std::uint64_t executions) {
  if (options.random_executions != 0) {
    if (executions == options.random_executions) return false;
    execution.decisions().randomise(options.seed + executions);
    return true;
  }
  if (executions == 0) return true;
  return !options.decisions && execution.decisions().advance();
}

}  // namespace

std::string Report::describe() const {
  std::string text = std::to_string(executions) + " executions, " + std::to_string(states) +
                     " states, at most " + std::to_string(steps_max) + " steps, " +
                     (complete ? "complete" : "not complete") + "\n";
  if (!failure) return text;
  text += failure->message + "\n" + failure->trace;
  text += "to repeat it: Options{.decisions = \"" + failure->decisions + "\"}";
  if (failed_seed != 0) text += ", seed " + std::to_string(failed_seed);
  return text + "\n";
}

Report explore(const Scenario& scenario, const Options& options) {
  const auto execution = std::make_unique<Execution>();
  if (options.decisions) execution->decisions() = Decisions::from_string(*options.decisions);
  if (options.mutation) execution->mutate(&*options.mutation);
  const bool prunes = options.prunes && options.random_executions == 0 && !options.decisions;
  Report report;
  while (report.executions < options.executions_max && !execution->failure()) {
    if (!prepare_next(*execution, options, report.executions)) {
      report.complete = true;
      break;
    }
    execution->execute(scenario, {options.steps_max, prunes});
    ++report.executions;
    report.steps_max = std::max<std::uint64_t>(report.steps_max, execution->steps());
  }
  report.states = execution->states();
  report.failure = execution->failure();
  report.outcomes = execution->outcomes();
  report.sites = execution->sites().all();
  if (report.failure && options.random_executions != 0) {
    report.failed_seed = options.seed + report.executions - 1;
  }
  return report;
}

}  // namespace tracebus::inline v1::model
