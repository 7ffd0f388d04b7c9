// SPDX-License-Identifier: Apache-2.0
//
// The critical path of a run: the spans that it would have to be shortened by to end sooner.
//
// From the end of a span the way goes back through the child that ended last before it, then, from
// that child's start, through the one that ended last before that, and so on; within each child in
// the same way (as Jaeger's user interface has it). What begins a tree is taken for a child of the
// whole run. A child that ends after its parent counts up to the parent's end; one that overlaps
// what follows it did not hold that up.
//
// Thread safety: pure functions.
#ifndef TRACEBUS_STUDIO_CRITICAL_PATH_H_
#define TRACEBUS_STUDIO_CRITICAL_PATH_H_

#include <cstdint>
#include <vector>

#include "tracebus/trace/trace.h"

namespace tracebus {
inline namespace v1 {

// A byte a node of the tree, 1 for those on the path. Spans that are open count as if they ended
// with the run. In a time of the order of n log n.
std::vector<std::uint8_t> critical_path(const Trace& trace, const TraceTree& tree);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_CRITICAL_PATH_H_
