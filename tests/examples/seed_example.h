// SPDX-License-Identifier: Apache-2.0
//
// SeedExample: runs one of the seeds' examples as it stands in tools/examples/seeds.
#ifndef TRACEBUS_TESTS_EXAMPLES_SEED_EXAMPLE_H_
#define TRACEBUS_TESTS_EXAMPLES_SEED_EXAMPLE_H_

#include <gtest/gtest.h>

#include <string>

#include "tracebus/tests/examples/child.h"
#include "tracebus/tests/examples/read_trace.h"

namespace tracebus::testing {

class SeedExample : public ::testing::Test {
 protected:
  // What it printed. Its events are in file().
  std::string run(const std::string& program) {
    Child child({TRACEBUS_EXAMPLES_FOLDER "/" + program, file()});
    EXPECT_EQ(child.wait(), 0) << program;
    return child.printed();
  }
  ReadEvents events_of(const std::string& program) {
    run(program);
    return read_trace({file()});
  }
  std::string tree_of(const std::string& program) { return testing::tree_of(events_of(program)); }
  std::string file() const { return folder_.file("events.jsonl"); }

 private:
  TemporaryFolder folder_;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_EXAMPLES_SEED_EXAMPLE_H_
