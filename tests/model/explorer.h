// SPDX-License-Identifier: Apache-2.0
//
// Explorer: runs a scenario through all of its executions, or through many random ones.
#ifndef TRACEBUS_TESTS_MODEL_EXPLORER_H_
#define TRACEBUS_TESTS_MODEL_EXPLORER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "tracebus/tests/model/execution.h"
#include "tracebus/tests/model/site.h"

namespace tracebus::inline v1::model {

using Scenario = Execution::Scenario;

struct Options {
  std::uint64_t executions_max = 2'000'000;
  std::uint32_t steps_max = 1'000;        // per execution
  bool prunes = true;                     // leave an execution at a state that was seen before
  std::optional<Mutation> mutation = {};  // one memory order to weaken
  std::uint64_t random_executions = 0;    // if not 0: so many random walks instead of all
  std::uint64_t seed = 1;                 // of the first random walk; the next takes seed + 1
  std::optional<std::string> decisions = {};  // if set: the one execution that a failure reported
};

struct Report {
  bool complete = false;  // every execution was explored, or pruned as equal to one that was
  std::uint64_t executions = 0;
  std::uint64_t states = 0;
  std::uint64_t steps_max = 0;
  std::optional<Failure> failure;  // of the first execution that failed; it is the last
  std::uint64_t failed_seed = 0;   // of that execution, if it was random
  std::map<std::string, std::uint64_t> outcomes;
  std::set<Site> sites;

  bool passed() const { return complete && !failure; }
  // For the failure message of a test.
  std::string describe() const;
};

Report explore(const Scenario& scenario, const Options& options = {});

}  // namespace tracebus::inline v1::model

#endif  // TRACEBUS_TESTS_MODEL_EXPLORER_H_
