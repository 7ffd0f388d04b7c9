// SPDX-License-Identifier: Apache-2.0
#ifndef TRACEBUS_TESTS_TIDY_MEMORY_ORDER_RULE_H_
#define TRACEBUS_TESTS_TIDY_MEMORY_ORDER_RULE_H_

#include "tracebus/tests/tidy/source_text.h"
#include "tracebus/tests/tidy/violation.h"

namespace tracebus::tidy {

// In core/ and bus/, a memory order other than seq_cst is explained. An acquire or release names
// what it pairs with (the comment says "pairs with ..."), a relaxed says why it may be. The comment
// stands on a line of the statement or just above it. One comment above consecutive statements
// explains all of them; one above the line that opens a block explains its first statements, or all
// of the block if it says "throughout".
Violations check_memory_orders(const SourceText& source);

}  // namespace tracebus::tidy

#endif  // TRACEBUS_TESTS_TIDY_MEMORY_ORDER_RULE_H_
