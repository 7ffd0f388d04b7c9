// SPDX-License-Identifier: Apache-2.0
//
// The demo's account, as text.
#ifndef TRACEBUS_TOOLS_DEMO_REPORT_H_
#define TRACEBUS_TOOLS_DEMO_REPORT_H_

#include <string>

#include "tracebus/tools/demo.h"

namespace tracebus {
inline namespace v1 {

// Runs by shape, events by type, subscriptions and drops by reason. The last line is
//   emitted=N delivered=N dropped=N
// for the first exporter, or the demo's own subscription if there is none. What the rings rejected
// counts as dropped, so emitted = delivered + dropped.
std::string demo_report(const DemoOptions& options, const DemoSummary& summary,
                        const DemoOutcome& outcome);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_DEMO_REPORT_H_
