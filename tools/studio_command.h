// SPDX-License-Identifier: Apache-2.0
//
// What commands that show their events in Studio have in common.
#ifndef TRACEBUS_TOOLS_STUDIO_COMMAND_H_
#define TRACEBUS_TOOLS_STUDIO_COMMAND_H_

#include <string>
#include <string_view>

#include "tracebus/studio/studio.h"

namespace tracebus {
inline namespace v1 {

// Prints the link on standard output, and where OTLP is taken, or why it is not, on standard error.
void tell_studio(std::string_view command, const Studio& studio);

// By xdg-open, without waiting for it; says so where there is none.
void open_browser(const std::string& url);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_STUDIO_COMMAND_H_
