// SPDX-License-Identifier: Apache-2.0
//
// HeadSampler: decides when a trace begins whether it is recorded, and hands the decision on.
//
// A root is decided by its trace id (core/sampling_threshold.h) and writes the threshold to its
// tracestate as OpenTelemetry does, as member "ot" with the part "th:..."; explicit randomness, the
// part "rv:...", is taken instead of the id's. Everybody else follows the parent, and passes its
// tracestate on unchanged.
// Thread safety: immutable once made.
#ifndef TRACEBUS_TRACE_HEAD_SAMPLER_H_
#define TRACEBUS_TRACE_HEAD_SAMPLER_H_

#include <absl/status/statusor.h>

#include "tracebus/core/ids.h"
#include "tracebus/core/sampling_threshold.h"
#include "tracebus/trace/context.h"
#include "tracebus/trace/span_context.h"
#include "tracebus/trace/trace_state.h"

namespace tracebus {
inline namespace v1 {

struct HeadSamplerOptions {
  double share = 1.0;  // of the traces that begin here; 0 to 1
  // Whether spans with a parent follow it. Otherwise they are decided as roots are, which gives the
  // same answer wherever the share is the same.
  bool parent_based = true;
};

class HeadSampler {
 public:
  struct Decision {
    bool sampled = true;
    TraceState trace_state = {};  // to hand on
  };

  HeadSampler() noexcept = default;  // records everything
  // InvalidArgument for a share that is none.
  static absl::StatusOr<HeadSampler> create(const HeadSamplerOptions& options);

  // Whether decide would say what is known already: what the parent's context says.
  bool follows(const Context& parent) const noexcept { return parent_based_ && parent.has_span(); }
  // For a span of the trace. parent: invalid for a root. trace_state: of the parent, or what the
  // root was given.
  Decision decide(const SpanContext& parent, const TraceId& trace_id,
                  const TraceState& trace_state) const;

 private:
  SamplingThreshold threshold_;
  bool parent_based_ = true;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_HEAD_SAMPLER_H_
