// SPDX-License-Identifier: Apache-2.0
#include "tracebus/measure/measure_exporter_overhead.h"

#include "tracebus/measure/overhead_comparison.h"

namespace tracebus {
inline namespace v1 {

absl::StatusOr<ExporterOverhead> measure_exporter_overhead(const MeasuredExporter& make,
                                                           const OverheadOptions& options) {
  if (absl::Status valid = validate(options); !valid.ok()) return valid;
  OverheadComparison comparison(options);
  if (absl::Status prepared = comparison.prepare(make); !prepared.ok()) return prepared;
  return comparison.run();
}

}  // namespace v1
}  // namespace tracebus
