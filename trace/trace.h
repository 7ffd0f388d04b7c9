// SPDX-License-Identifier: Apache-2.0
//
// Trace: the spans of one trace, as they were at one moment.
//
//   const Trace trace = collector.trace(run.context().ids().trace_id);
//   if (const TraceSpan* root = trace.get_root_span()) use(root->name());
//   for (const TraceNode& node : trace.get_span_tree().nodes()) ...
//
// Thread safety: immutable. A copy costs two reference counts.
#ifndef TRACEBUS_TRACE_TRACE_H_
#define TRACEBUS_TRACE_TRACE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/ids.h"
#include "tracebus/core/owned_event.h"
#include "tracebus/trace/trace_span.h"
#include "tracebus/trace/trace_tree.h"

namespace tracebus {
inline namespace v1 {

class Trace {
 public:
  Trace();  // without spans

  // Of events that carry no trace id, the run's bytes; none if they have no run either.
  TraceId trace_id() const noexcept { return what_->trace_id; }
  // As its source wrote it: a foreign text, or 32 hex digits; empty if it is none.
  std::string_view trace_id_text() const noexcept { return what_->trace_id_text; }
  // What the spans say as service.name; empty if they do not.
  std::string_view service_name() const noexcept;

  // In the order in which they were first heard of. Null is none of them.
  const TraceTree::Spans& spans() const& noexcept { return *spans_; }
  TraceTree::Spans spans() const&& { return *spans_; }  // of a trace that is about to go
  bool empty() const noexcept { return spans_->empty(); }
  // Spans that the collector let go of.
  std::uint64_t lost_spans() const noexcept { return what_->lost_spans; }

  // The first span with no parent; null if there is none. Lives as long as the trace, or a copy.
  const TraceSpan* get_root_span() const noexcept;
  // All spans, in a time of the order of n log n. It may outlive the trace.
  TraceTree get_span_tree() const { return TraceTree(spans_, what_->recorded); }

  // From the first start to the last end, in nanoseconds since 1970; 0 without spans.
  std::int64_t start_ns() const noexcept;
  std::int64_t end_ns() const noexcept;
  std::int64_t duration_ns() const noexcept;  // saturates

 private:
  friend class TraceAssembler;

  struct What {
    TraceId trace_id;
    std::string trace_id_text;
    std::uint64_t lost_spans = 0;
    TraceTree::Recorded recorded;
  };

  Trace(What what, TraceTree::Spans spans);

  std::shared_ptr<const What> what_;
  std::shared_ptr<const TraceTree::Spans> spans_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_TRACE_H_
