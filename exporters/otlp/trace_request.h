// SPDX-License-Identifier: Apache-2.0
//
// TraceRequest: spans that were encoded, as an ExportTraceServiceRequest (opentelemetry-proto,
// collector/trace/v1), which has the bytes of TracesData. The spans stay where they are:
//
//   head                                                spans          tail
//   ResourceSpans{ Resource, ScopeSpans{ Scope,         Span Span ...  schema_url } schema_url }
//
// The requests of logs have the same numbers in the same places, and so have those of metrics.
#ifndef TRACEBUS_EXPORTERS_OTLP_TRACE_REQUEST_H_
#define TRACEBUS_EXPORTERS_OTLP_TRACE_REQUEST_H_

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "tracebus/exporters/encoded_batch.h"
#include "tracebus/exporters/otlp/resource.h"

namespace tracebus {
inline namespace v1 {

// Its three pieces, to be sent one behind the other.
struct TraceRequest {
  std::string head;
  std::string_view spans;  // of the batch
  std::string_view tail;   // of the frame

  std::size_t size_bytes() const noexcept { return head.size() + spans.size() + tail.size(); }
  // A copy in one piece.
  std::string joined() const;
};

// What a receiver takes at once: most servers 4 MiB, whatever they are sent.
struct TraceRequestLimits {
  std::size_t spans_max = 0;  // 0: any number
  std::size_t bytes_max = std::size_t{4} << 20;
};

// Makes requests of one resource. Thread safety: const functions may be called from any number of
// threads.
class TraceRequestFrame {
 public:
  // schema_url: of the names of attributes, as core/profile.h has it; empty for none.
  TraceRequestFrame(const Resource& resource, std::string_view schema_url,
                    TraceRequestLimits limits = {});

  // The units from first to end, which are ScopeSpans.spans each. The request borrows from the
  // batch and from this frame. REQUIRES: first < end <= batch.size().
  TraceRequest request(const EncodedBatch& batch, std::size_t first, std::size_t end) const;
  // One without spans, to see whether a receiver answers.
  TraceRequest empty_request() const { return request(std::string_view()); }

  // The end of the longest request that begins with unit first and is within the limits; first if
  // that unit alone is beyond them. REQUIRES: first < batch.size().
  std::size_t end_of_request(const EncodedBatch& batch, std::size_t first) const noexcept;

  // Calls send(const TraceRequest&, std::size_t spans) for one request after the other, and returns
  // how many spans were left out because each of them alone is beyond the limits.
  template <class Send>
  std::size_t each_request(const EncodedBatch& batch, Send send) const {
    std::size_t left_out = 0;
    for (std::size_t first = 0; first < batch.size();) {
      const std::size_t end = end_of_request(batch, first);
      if (end == first) {
        ++left_out;
        ++first;
        continue;
      }
      send(request(batch, first, end), end - first);
      first = end;
    }
    return left_out;
  }

 private:
  TraceRequest request(std::string_view spans) const;
  std::size_t scope_bytes(std::size_t spans_bytes) const noexcept;
  std::size_t resource_bytes(std::size_t spans_bytes) const noexcept;
  std::size_t request_bytes(std::size_t spans_bytes) const noexcept;
  std::size_t spans_bytes_within(std::size_t bytes) const noexcept;

  std::string resource_;    // ResourceSpans.resource
  std::string scope_;       // ScopeSpans.scope
  std::string schema_url_;  // of either: the field's number is the same
  std::string tail_;
  std::size_t spans_max_;
  std::size_t spans_bytes_max_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_TRACE_REQUEST_H_
