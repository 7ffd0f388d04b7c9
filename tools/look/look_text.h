// SPDX-License-Identifier: Apache-2.0
//
// Amounts as the commands that look at traces write them.
//
// Thread safety: pure functions.
#ifndef TRACEBUS_TOOLS_LOOK_LOOK_TEXT_H_
#define TRACEBUS_TOOLS_LOOK_LOOK_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "tracebus/tools/look/terminal.h"

namespace tracebus {
inline namespace v1 {

// "$1,234.50" from a dollar on; "$0.0248" from a cent on; below it as many digits as there are.
// Rounded half up.
std::string dollars_text(std::int64_t nanos);
// "17 spans", "1 span".
std::string counted(std::uint64_t number, std::string_view noun);
std::string grouped_signed(std::int64_t number);
// "run.jsonl — 17 spans from 2 runs", in bold, with its line feed; in several lines where it is
// wider than the terminal. REQUIRES: both are safe to print.
std::string title_text(std::string_view source, std::string_view sums, const Terminal& terminal);
// A sentence with its line feed, in several lines where it is wider than the terminal.
std::string note_text(std::string_view sentence, const Terminal& terminal);
// "12.3" milliseconds; empty for none.
std::string ms_text(double ms);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_LOOK_LOOK_TEXT_H_
