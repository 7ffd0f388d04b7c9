// SPDX-License-Identifier: Apache-2.0
//
// What does this exporter cost my agents?
//
//   const auto overhead = tracebus::measure_exporter_overhead(
//       [] { return std::make_unique<MyExporter>(); }, {.threads = 4, .rate = 50'000});
//   if (!overhead.ok()) ...
//   overhead->with.emits.quantile_ns(0.99) - overhead->without.emits.quantile_ns(0.99)
//
// Two buses with the same options are made, one with the exporter and one without. They take turns
// of about a tenth of a second, each pair in an order drawn at random, so that whatever the machine
// does besides hits both alike; the first pair is the warm-up. In a turn the threads emit, then the
// bus is flushed, so that nothing of one turn is left to disturb the next.
//
// Limits. An emit is timed by itself: what it begins late, because the one before it took long, is
// not in its time. Where processors are fewer than threads, the exporter's work shows in the emits
// as the scheduler lets it; that is part of what it costs. Memory of the process is that of all its
// threads, so measure in a process that does nothing else.
#ifndef TRACEBUS_MEASURE_MEASURE_EXPORTER_OVERHEAD_H_
#define TRACEBUS_MEASURE_MEASURE_EXPORTER_OVERHEAD_H_

#include <absl/status/statusor.h>

#include <functional>
#include <memory>

#include "tracebus/core/exporter.h"
#include "tracebus/measure/exporter_overhead.h"
#include "tracebus/measure/overhead_options.h"

namespace tracebus {
inline namespace v1 {

// Makes the exporter to measure, or says why it cannot.
using MeasuredExporter = std::function<absl::StatusOr<std::unique_ptr<Exporter>>()>;

// Calls make once. Takes options.seconds, two turns more, and what the flushes take. The exporter
// is shut down at the end.
//
// InvalidArgument for options out of range or a maker that gives no exporter; what make returned
// where it failed, and what it threw as Unknown; ResourceExhausted where the system refuses threads
// or rings. A failing exporter is no error: see ExporterOverhead::exporter_status. Thread safety:
// one measurement at a time, or they disturb each other; not from inside a callback or exporter.
absl::StatusOr<ExporterOverhead> measure_exporter_overhead(const MeasuredExporter& make,
                                                           const OverheadOptions& options = {});

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_MEASURE_MEASURE_EXPORTER_OVERHEAD_H_
