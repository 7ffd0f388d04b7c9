// SPDX-License-Identifier: Apache-2.0
//
// TracePayload: the body of a request to a Datadog agent: an array of traces, each an array of
// spans. It is whole after every span.
//
// Thread safety: one thread at a time.
#ifndef TRACEBUS_EXPORTERS_DATADOG_TRACE_PAYLOAD_H_
#define TRACEBUS_EXPORTERS_DATADOG_TRACE_PAYLOAD_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tracebus/exporters/datadog/msgpack_writer.h"

namespace tracebus {
inline namespace v1 {

class TracePayload {
 public:
  void clear() {
    bytes_.clear();
    counts_ = {};
    bytes_.begin_array();
  }

  // Has write(MsgpackWriter&) write a span of the trace; those of one trace come one after another.
  // False, and all is as before, if it became longer than bytes_max. REQUIRES: clear came first.
  template <class Write>
  bool add(std::uint32_t trace, std::size_t bytes_max, Write write) {
    const std::size_t end = bytes_.size();
    const Counts before = counts_;
    if (counts_.traces == 0 || trace != counts_.trace) {
      counts_ = {counts_.spans, counts_.traces + 1, trace, bytes_.begin_array(), 0};
    }
    write(bytes_);
    if (bytes_.size() > bytes_max) {
      bytes_.truncate(end);
      counts_ = before;
      return false;
    }
    ++counts_.spans;
    bytes_.set_count(counts_.trace_at, ++counts_.spans_of_trace);
    bytes_.set_count(0, counts_.traces);
    return true;
  }

  std::string_view view() const noexcept { return bytes_.view(); }
  std::size_t size_bytes() const noexcept { return bytes_.size(); }
  std::uint32_t spans() const noexcept { return counts_.spans; }
  std::uint32_t traces() const noexcept { return counts_.traces; }

 private:
  struct Counts {
    std::uint32_t spans = 0;
    std::uint32_t traces = 0;
    // Of the last trace.
    std::uint32_t trace = 0;
    std::size_t trace_at = 0;
    std::uint32_t spans_of_trace = 0;
  };

  MsgpackWriter bytes_;
  Counts counts_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_DATADOG_TRACE_PAYLOAD_H_
