// SPDX-License-Identifier: Apache-2.0
//
// Random traces with orphans, cycles, duplicates, open spans, parents that begin later and hostile
// texts. Each span's name ends with a token that occurs nowhere else.
#ifndef TRACEBUS_TESTS_RENDER_RANDOM_FOREST_H_
#define TRACEBUS_TESTS_RENDER_RANDOM_FOREST_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "tracebus/trace/trace.h"

namespace tracebus::testing {

// What the name of the span at this place of Trace::spans() ends with.
std::string token_of(std::size_t span);

Trace random_forest(std::uint64_t seed);

// TRACEBUS_SEEDS forests (300) from TRACEBUS_FIRST_SEED on, until one fails the test.
void each_forest(const std::function<void(const Trace&)>& check);

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_RENDER_RANDOM_FOREST_H_
