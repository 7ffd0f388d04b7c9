// SPDX-License-Identifier: Apache-2.0
//
// The test of the tests: every memory order of a checked file, weakened in turn, must make one of
// the scenarios fail. An order that nobody misses is either not needed or not tested.
#ifndef TRACEBUS_TESTS_MODEL_MUTANTS_H_
#define TRACEBUS_TESTS_MODEL_MUTANTS_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/tests/model/explorer.h"

namespace tracebus::inline v1::model {

struct NamedScenario {
  std::string name;
  Scenario scenario;
  std::set<Site> sites = {};  // filled in by expect_all_mutants_caught
};

// The name of the first scenario that fails under the mutation and how it fails, or nothing. Those
// that never come to its site cannot.
inline std::string caught_by(const std::vector<NamedScenario>& scenarios,
                             const Mutation& mutation) {
  for (const NamedScenario& named : scenarios) {
    if (!named.sites.contains(mutation.site)) continue;
    const Report report = explore(named.scenario, {.mutation = mutation});
    EXPECT_TRUE(report.failure || report.complete) << named.name << ": " << report.describe();
    if (report.failure) return named.name + ": " + report.failure->message;
  }
  return "";
}

// A mutant that no scenario can catch, because of what the checker does not cover (see model.md).
struct Exemption {
  std::string function;
  Operation operation;
  std::memory_order from;
  std::memory_order to;

  bool covers(const Mutation& mutation) const {
    return function == mutation.site.function && operation == mutation.site.operation &&
           from == mutation.site.order && to == mutation.to;
  }
};

// REQUIRES: all scenarios pass unmutated. Returns the number of mutants, so that a test notices
// when a site disappears from the scenarios' view. An exemption that is not needed is a failure,
// too.
inline std::size_t expect_all_mutants_caught(std::vector<NamedScenario> scenarios,
                                             std::string_view file,
                                             const std::vector<Exemption>& exemptions = {}) {
  std::set<Site> sites;
  for (NamedScenario& named : scenarios) {
    const Report report = explore(named.scenario);
    EXPECT_TRUE(report.passed()) << named.name << ": " << report.describe();
    named.sites = report.sites;
    sites.insert(report.sites.begin(), report.sites.end());
  }
  const std::vector<Mutation> mutations = mutations_of(sites, file);
  for (const Mutation& mutation : mutations) {
    const std::string catcher = caught_by(scenarios, mutation);
    const bool exempt = std::any_of(exemptions.begin(), exemptions.end(), [&](const auto& one) {
      return one.covers(mutation);
    });
    EXPECT_EQ(catcher.empty(), exempt) << (exempt ? "caught after all: " : "nobody misses ")
                                       << mutation.describe();
    std::printf("%s\n    %s\n", mutation.describe().c_str(), catcher.c_str());
  }
  return mutations.size();
}

}  // namespace tracebus::inline v1::model

#endif  // TRACEBUS_TESTS_MODEL_MUTANTS_H_
