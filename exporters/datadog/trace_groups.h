// SPDX-License-Identifier: Apache-2.0
//
// TraceGroups: the spans of a batch, those of one trace together: an agent takes an array of spans
// for a whole trace. Traces are in the order of their first spans, and the spans of each in that of
// the batch.
//
// Thread safety: one thread at a time.
#ifndef TRACEBUS_EXPORTERS_DATADOG_TRACE_GROUPS_H_
#define TRACEBUS_EXPORTERS_DATADOG_TRACE_GROUPS_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <unordered_map>
#include <vector>

#include "tracebus/core/exporter.h"
#include "tracebus/core/ids.h"

namespace tracebus {
inline namespace v1 {

class TraceGroups {
 public:
  struct Span {
    std::uint32_t event;  // of the batch
    std::uint32_t trace;  // 0, 1, ...
  };

  // In the place of the batch before.
  void group(const Batch& batch);

  const std::vector<Span>& spans() const noexcept { return spans_; }
  // Events that are not the end of a span.
  std::size_t others() const noexcept { return others_; }
  // Spans that Datadog cannot express: the low half of their trace's id is zero.
  std::size_t without_id() const noexcept { return without_id_; }

 private:
  struct IdHash {
    std::size_t operator()(const TraceId& id) const noexcept {
      std::uint64_t words[2];
      std::memcpy(words, id.bytes.data(), sizeof words);
      return static_cast<std::size_t>((words[0] ^ words[1]) * 0x9E3779B97F4A7C15);
    }
  };

  void add(std::uint32_t event, const TraceId& id);
  void sort();

  std::vector<Span> spans_;
  std::vector<Span> unsorted_;
  std::vector<std::size_t> sizes_;  // of the traces; then where the next span of each goes
  std::unordered_map<TraceId, std::uint32_t, IdHash> traces_;
  TraceId last_id_;
  std::uint32_t last_trace_ = 0;
  std::size_t others_ = 0;
  std::size_t without_id_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_DATADOG_TRACE_GROUPS_H_
