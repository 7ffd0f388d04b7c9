// SPDX-License-Identifier: Apache-2.0
//
// What `tracebus bench` prints for people.
#ifndef TRACEBUS_TOOLS_OVERHEAD_TABLE_H_
#define TRACEBUS_TOOLS_OVERHEAD_TABLE_H_

#include <string>

#include "tracebus/measure/overhead_options.h"
#include "tracebus/tools/measured_spec.h"

namespace tracebus {
inline namespace v1 {

// How it was measured, a table of figures without, with, and their difference, and what became of
// the exporter's events.
std::string overhead_table(const MeasuredSpec& measured, const OverheadOptions& options);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_OVERHEAD_TABLE_H_
