// SPDX-License-Identifier: Apache-2.0
//
// What is expected of a scenario with somebody who may sleep: that all of its executions pass, and
// that there are some in which it slept and some in which it did not.
#ifndef TRACEBUS_TESTS_MODEL_EXPLORED_H_
#define TRACEBUS_TESTS_MODEL_EXPLORED_H_

#include <gtest/gtest.h>

#include <cstdio>

#include "tracebus/tests/model/explorer.h"

namespace tracebus::inline v1::model {

inline void explored(const Scenario& scenario) {
  const Report report = explore(scenario);
  EXPECT_TRUE(report.passed()) << report.describe();
  EXPECT_TRUE(report.outcomes.contains("awake"));
  EXPECT_TRUE(report.outcomes.contains("slept"));
  std::printf("%s", report.describe().c_str());
}

}  // namespace tracebus::inline v1::model

#endif  // TRACEBUS_TESTS_MODEL_EXPLORED_H_
