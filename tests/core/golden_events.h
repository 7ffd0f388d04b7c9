// SPDX-License-Identifier: Apache-2.0
//
// The events of the golden record stream, in their order, with the records that carry them.
#ifndef TRACEBUS_TESTS_CORE_GOLDEN_EVENTS_H_
#define TRACEBUS_TESTS_CORE_GOLDEN_EVENTS_H_

#include <vector>

#include "tracebus/core/event.h"
#include "tracebus/tests/core/record_buffer.h"

namespace tracebus::testing {

struct GoldenEvent {
  RecordBuffer record;
  TraceEvent expected;  // what a reader makes of it; all texts are literals
};

// Changing this changes version 1 of the format: add events of a new version to a new list.
std::vector<GoldenEvent> golden_events_v1();

// The two records that core/record_format.md prints byte by byte.
RecordBuffer typed_example();
RecordBuffer friendly_example();

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_CORE_GOLDEN_EVENTS_H_
