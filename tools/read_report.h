// SPDX-License-Identifier: Apache-2.0
//
// What a command says on standard error of a file that it read.
#ifndef TRACEBUS_TOOLS_READ_REPORT_H_
#define TRACEBUS_TOOLS_READ_REPORT_H_

#include <string>

#include "tracebus/readers/event_reader.h"

namespace tracebus {
inline namespace v1 {

// The first problems, a line each: "run.jsonl:3: not JSON: ...".
void report_problems(const std::string& path, const ReadAccount& account);

// "run.jsonl: 17 events, 1 bad lines, 0 repaired", without a line feed.
std::string account_text(const std::string& path, const ReadAccount& account);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_READ_REPORT_H_
