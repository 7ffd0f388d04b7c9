// SPDX-License-Identifier: Apache-2.0
//
// How the tracebus command ends.
#ifndef TRACEBUS_TOOLS_EXIT_STATUS_H_
#define TRACEBUS_TOOLS_EXIT_STATUS_H_

namespace tracebus {
inline namespace v1 {

inline constexpr int kExitOk = 0;
// It went on to the end, but some input was bad, or some events were lost by failure.
inline constexpr int kExitIncomplete = 1;
// Nothing was begun, or an input could not be read: the message says why.
inline constexpr int kExitUnusable = 2;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_EXIT_STATUS_H_
