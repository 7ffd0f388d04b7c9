// SPDX-License-Identifier: Apache-2.0
//
// What a span took itself, without those that it waited for.
//
// Thread safety: pure functions.
#ifndef TRACEBUS_RENDER_SELF_TIME_H_
#define TRACEBUS_RENDER_SELF_TIME_H_

#include <cstddef>
#include <cstdint>

#include "tracebus/trace/trace_tree.h"

namespace tracebus {
inline namespace v1 {

// The duration of the span of node number at, less the time in which any of its children ran, so
// that children side by side count once. Nanoseconds. REQUIRES: at < tree.nodes().size().
std::int64_t self_time_ns(const TraceTree& tree, std::size_t at) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_RENDER_SELF_TIME_H_
