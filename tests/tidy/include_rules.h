// SPDX-License-Identifier: Apache-2.0
//
// Rules about who includes whom: a folder includes only what stands below it, and public headers
// bring nearly no third party along.
#ifndef TRACEBUS_TESTS_TIDY_INCLUDE_RULES_H_
#define TRACEBUS_TESTS_TIDY_INCLUDE_RULES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "tracebus/tests/tidy/source_text.h"
#include "tracebus/tests/tidy/violation.h"

namespace tracebus::tidy {

struct Include {
  std::size_t line;  // from 1
  std::string spelling;
  bool angled;
};
std::vector<Include> includes_of(const SourceText& source);

// Our own headers are spelled "tracebus/core/ring.h".
Violations check_include_spelling(const SourceText& source);

// core <- bus, readers, render; core, render <- exporters; core, bus, render <- trace; all of these
// <- config, studio <- tools, bench, tests. trace/replay* includes readers, too.
Violations check_layers(const SourceText& source);

// A header of core/ or bus/ includes the standard library, the system, and of third parties only
// absl/status. Exempt: core/proto, a target of its own, and folders named internal.
Violations check_public_header(const SourceText& source);

// event.h, producer.h and span.h are included by every instrumented file, so they reach no third
// party at all, not even through other headers of ours.
Violations check_instrumentation_headers(const std::vector<SourceText>& tree);

}  // namespace tracebus::tidy

#endif  // TRACEBUS_TESTS_TIDY_INCLUDE_RULES_H_
