// SPDX-License-Identifier: Apache-2.0
//
// Rules about words that do not stand in the tree, wherever they are: code, comment or literal.
#ifndef TRACEBUS_TESTS_TIDY_WORD_RULES_H_
#define TRACEBUS_TESTS_TIDY_WORD_RULES_H_

#include <string_view>

#include "tracebus/tests/tidy/source_text.h"
#include "tracebus/tests/tidy/violation.h"

namespace tracebus::tidy {

// Notes of unfinished work, disabled and skipped tests, using-directives for std, and the one way
// to turn text into markup in a page.
Violations check_words(const SourceText& source);

// Paths of the machine that the file was written on: a home directory, or tree_root, the absolute
// path of this checkout.
Violations check_machine_paths(const SourceText& source, std::string_view tree_root);

}  // namespace tracebus::tidy

#endif  // TRACEBUS_TESTS_TIDY_WORD_RULES_H_
