// SPDX-License-Identifier: Apache-2.0
//
// TraceSampler: keeps a share of all traces, by their ids, before one exporter.
//
// The decision is that of core/sampling_threshold.h: the same in every process, for every event of
// a trace, and for the head sampler of trace/. Events without a trace id are passed on.
#ifndef TRACEBUS_EXPORTERS_TRACE_SAMPLER_H_
#define TRACEBUS_EXPORTERS_TRACE_SAMPLER_H_

#include "tracebus/core/processor.h"
#include "tracebus/core/sampling_threshold.h"

namespace tracebus {
inline namespace v1 {

class TraceSampler final : public Processor {
 public:
  explicit TraceSampler(SamplingThreshold threshold) noexcept : threshold_(threshold) {}

  void process(const EventView& event, ProcessorOutput& output) override {
    const TraceId id = event.trace_id();
    if (id.is_none() || threshold_.keeps(id)) return output.pass(event);
    output.sample_out(event);
  }
  bool non_blocking() const noexcept override { return true; }

 private:
  const SamplingThreshold threshold_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_TRACE_SAMPLER_H_
