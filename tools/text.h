// SPDX-License-Identifier: Apache-2.0
//
// Numbers and texts as people read them on a terminal.
#ifndef TRACEBUS_TOOLS_TEXT_H_
#define TRACEBUS_TOOLS_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "tracebus/core/emit_result.h"

namespace tracebus {
inline namespace v1 {

std::string grouped(std::uint64_t number);                     // 1,234,567
std::string fixed(double number, int digits);                  // 3.14
std::string short_number(double number);                       // 0.5, 64, 1e+09
std::string percent(std::uint64_t part, std::uint64_t whole);  // 35.0 %
// "full 12, evicted 3"; "-" if there are none.
std::string drops_text(const DropCounts& drops);

// Text from files and command lines, with what could move the cursor escaped.
std::string visible(std::string_view text);
// The same of a SPEC, with *** in the place of names, passwords and queries of its addresses.
std::string visible_spec(std::string_view spec);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_TEXT_H_
