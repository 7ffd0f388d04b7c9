// SPDX-License-Identifier: Apache-2.0
//
// How the tracebus command ends.
#ifndef TRACEBUS_TOOLS_EXIT_STATUS_H_
#define TRACEBUS_TOOLS_EXIT_STATUS_H_

#include <cstddef>

#include "tracebus/core/emit_result.h"

namespace tracebus {
inline namespace v1 {

inline constexpr int kExitOk = 0;
// It went on to the end, but some input was bad, or some events were lost by failure.
inline constexpr int kExitIncomplete = 1;
// Nothing was begun, or an input could not be read: the message says why.
inline constexpr int kExitUnusable = 2;

// Whether events were lost by failure, rather than to a limit.
constexpr bool lost_by_failure(const DropCounts& drops) noexcept {
  return drops[static_cast<std::size_t>(DropReason::kExportFailed)] != 0 ||
         drops[static_cast<std::size_t>(DropReason::kRejectedRemote)] != 0 ||
         drops[static_cast<std::size_t>(DropReason::kAbandoned)] != 0;
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_EXIT_STATUS_H_
