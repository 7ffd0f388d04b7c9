// SPDX-License-Identifier: Apache-2.0
//
// Producers x filters x hostile subscribers x tiny rings and queues, drawn from a seed.
//
// The oracle is the receiver: what it saw, against a log that the producers keep of what emit
// answered, and a naive evaluation of the filters over that log. The library's own counters must
// agree with both (G1 order, G3 account, G4 whole and once).
//
//   TRACEBUS_SEEDS=1000 TRACEBUS_FIRST_SEED=1 bus_property_test
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "tracebus/tests/bus/property_run.h"

namespace tracebus::testing {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

TEST(BusPropertyTest, OrderAccountAndWholenessHoldForEverySeed) {
  const std::uint64_t first = from_environment("TRACEBUS_FIRST_SEED", 1);
  const std::uint64_t seeds = from_environment("TRACEBUS_SEEDS", 1000);
  SeedReport sum;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    const SeedReport report = run_seed(seed);
    for (const std::string& problem : report.problems) {
      ADD_FAILURE() << "TRACEBUS_FIRST_SEED=" << seed << " TRACEBUS_SEEDS=1: " << problem;
    }
    sum.emitted += report.emitted;
    sum.accepted += report.accepted;
    sum.delivered += report.delivered;
    sum.dropped += report.dropped;
    if (HasFailure() && std::getenv("TRACEBUS_KEEP_GOING") == nullptr) break;
  }
  // The seeds must reach both sides of every queue, else they prove little.
  if (seeds >= 100) {
    EXPECT_GT(sum.delivered, sum.emitted / 4);
    EXPECT_GT(sum.dropped, sum.emitted / 100);
  }
  RecordProperty("emitted", std::to_string(sum.emitted));
  RecordProperty("accepted", std::to_string(sum.accepted));
  RecordProperty("delivered", std::to_string(sum.delivered));
  RecordProperty("dropped", std::to_string(sum.dropped));
}

}  // namespace
}  // namespace tracebus::testing
