// SPDX-License-Identifier: Apache-2.0
//
// Counts allocations: linking allocation_count.cc replaces operator new for the whole program.
#ifndef TRACEBUS_TESTS_CORE_ALLOCATION_COUNT_H_
#define TRACEBUS_TESTS_CORE_ALLOCATION_COUNT_H_

#include <cstddef>

namespace tracebus::testing {

// By the calling thread, so far.
std::size_t allocation_count() noexcept;

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_CORE_ALLOCATION_COUNT_H_
