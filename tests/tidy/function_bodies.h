// SPDX-License-Identifier: Apache-2.0
//
// Finds the bodies of functions by their braces, well enough to measure them.
#ifndef TRACEBUS_TESTS_TIDY_FUNCTION_BODIES_H_
#define TRACEBUS_TESTS_TIDY_FUNCTION_BODIES_H_

#include <cstddef>
#include <vector>

#include "tracebus/tests/tidy/source_text.h"

namespace tracebus::tidy {

struct FunctionBody {
  std::size_t open_line;  // from 1
  std::size_t close_line;
};

// The bodies that open at namespace or class level, in the order in which they close. A lambda is
// a part of the function that it stands in; the members of a local class are parts of it, too.
std::vector<FunctionBody> function_bodies(const SourceText& source);

}  // namespace tracebus::tidy

#endif  // TRACEBUS_TESTS_TIDY_FUNCTION_BODIES_H_
