// SPDX-License-Identifier: Apache-2.0
//
// Rules about the shape of one file.
#ifndef TRACEBUS_TESTS_TIDY_LAYOUT_RULES_H_
#define TRACEBUS_TESTS_TIDY_LAYOUT_RULES_H_

#include <cstddef>

#include "tracebus/tests/tidy/source_text.h"
#include "tracebus/tests/tidy/violation.h"

namespace tracebus::tidy {

inline constexpr std::size_t kLineColumnsMax = 100;
inline constexpr std::size_t kHeaderLinesMax = 300;
inline constexpr std::size_t kSourceLinesMax = 500;
inline constexpr std::size_t kFunctionLinesMax = 70;

// The SPDX line comes first; in a script it comes second, after #!.
Violations check_license_line(const SourceText& source);
Violations check_line_lengths(const SourceText& source);
Violations check_file_length(const SourceText& source);
// Counted from the line where the body opens to the line where it closes, both included.
Violations check_function_lengths(const SourceText& source);
// TRACEBUS_CORE_RING_H_ for core/ring.h, and nothing before or after the guarded part.
Violations check_include_guard(const SourceText& source);

}  // namespace tracebus::tidy

#endif  // TRACEBUS_TESTS_TIDY_LAYOUT_RULES_H_
