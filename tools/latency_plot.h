// SPDX-License-Identifier: Apache-2.0
//
// Draws how long emits took: for each exporter a panel in which the share of emits that took longer
// stands over the time, both on log axes, without and with the exporter.
#ifndef TRACEBUS_TOOLS_LATENCY_PLOT_H_
#define TRACEBUS_TOOLS_LATENCY_PLOT_H_

#include <string>
#include <vector>

#include "tracebus/tools/measured_spec.h"

namespace tracebus {
inline namespace v1 {

// An SVG document. A panel of which nothing was measured says so.
std::string latency_plot(const std::vector<MeasuredSpec>& measured);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_LATENCY_PLOT_H_
