// SPDX-License-Identifier: Apache-2.0
//
// MeasuredSpec: an exporter of the command line, and what it cost.
#ifndef TRACEBUS_TOOLS_MEASURED_SPEC_H_
#define TRACEBUS_TOOLS_MEASURED_SPEC_H_

#include <string>

#include "tracebus/measure/exporter_overhead.h"

namespace tracebus {
inline namespace v1 {

struct MeasuredSpec {
  std::string spec;
  ExporterOverhead overhead;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_MEASURED_SPEC_H_
