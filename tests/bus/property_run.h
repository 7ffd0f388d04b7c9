// SPDX-License-Identifier: Apache-2.0
//
// One seed of the property test: a bus, its producers and its subscriptions, all drawn from it.
#ifndef TRACEBUS_TESTS_BUS_PROPERTY_RUN_H_
#define TRACEBUS_TESTS_BUS_PROPERTY_RUN_H_

#include <cstdint>
#include <string>
#include <vector>

namespace tracebus::testing {

struct SeedReport {
  std::vector<std::string> problems;  // none: the seed held
  std::uint64_t emitted = 0;
  std::uint64_t accepted = 0;
  std::uint64_t delivered = 0;
  std::uint64_t dropped = 0;
};

SeedReport run_seed(std::uint64_t seed);

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_BUS_PROPERTY_RUN_H_
