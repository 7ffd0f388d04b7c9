// SPDX-License-Identifier: Apache-2.0
#ifndef TRACEBUS_TESTS_TIDY_SOURCE_TREE_H_
#define TRACEBUS_TESTS_TIDY_SOURCE_TREE_H_

#include <string>
#include <vector>

#include "tracebus/tests/tidy/source_text.h"

namespace tracebus::tidy {

// The text files that people write, in the root and in the folders of the house; test data and what
// a build makes are left out. Sorted by path.
std::vector<SourceText> read_source_tree(const std::string& root);

// True for .h and .cc files.
bool is_cplusplus(const SourceText& source);
// True for text that cannot carry a comment, or is prose: JSON and Markdown.
bool carries_no_license_line(const SourceText& source);

}  // namespace tracebus::tidy

#endif  // TRACEBUS_TESTS_TIDY_SOURCE_TREE_H_
