// SPDX-License-Identifier: Apache-2.0
//
// Litmus tests: small programs whose possible ends are known from the literature. As in jcstress,
// each end is listed as acceptable (it must be found) or forbidden (it must not), with the reason.
#ifndef TRACEBUS_TESTS_MODEL_LITMUS_H_
#define TRACEBUS_TESTS_MODEL_LITMUS_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tracebus/tests/model/explorer.h"

namespace tracebus::inline v1::model {

enum class Verdict { kAcceptable, kForbidden };

struct Expected {
  std::string outcome;
  Verdict verdict;
  std::string reason;
};

// The outcomes found are exactly those that are acceptable.
inline void expect_outcomes(const Scenario& program, const std::vector<Expected>& expected) {
  const Report report = explore(program);
  ASSERT_TRUE(report.passed()) << report.describe();
  std::set<std::string> listed;
  for (const Expected& end : expected) {
    listed.insert(end.outcome);
    EXPECT_EQ(report.outcomes.contains(end.outcome), end.verdict == Verdict::kAcceptable)
        << end.outcome << ": " << end.reason;
  }
  for (const auto& [outcome, times] : report.outcomes) {
    EXPECT_TRUE(listed.contains(outcome)) << outcome << " is in nobody's list";
  }
}

}  // namespace tracebus::inline v1::model

#endif  // TRACEBUS_TESTS_MODEL_LITMUS_H_
