// SPDX-License-Identifier: Apache-2.0
//
// What the examples' agents search.
#ifndef TRACEBUS_TOOLS_EXAMPLES_AGENTS_NOTES_H_
#define TRACEBUS_TOOLS_EXAMPLES_AGENTS_NOTES_H_

#include <string_view>

namespace tracebus::examples {

inline constexpr std::string_view kNotes =
    "Revenue of the north region: 412 thousand in the second quarter, 447 thousand in the third.\n"
    "Revenue of the south region: 530 thousand in the second quarter, 538 thousand in the third.\n"
    "Revenue of the west region: 288 thousand in the second quarter, 331 thousand in the third.\n"
    "The west region opened its second shop on 3 August.\n"
    "Staff: 14 in the north, 17 in the south, 11 in the west.\n";

}  // namespace tracebus::examples

#endif  // TRACEBUS_TOOLS_EXAMPLES_AGENTS_NOTES_H_
