// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/datadog/trace_groups.h"

#include <utility>

#include "tracebus/exporters/ended_span.h"

namespace tracebus {
inline namespace v1 {
namespace {

bool has_low_half(const TraceId& id) noexcept {
  std::uint64_t low;
  std::memcpy(&low, &id.bytes[8], sizeof low);
  return low != 0;
}

}  // namespace

void TraceGroups::group(const Batch& batch) {
  unsorted_.clear();
  sizes_.clear();
  traces_.clear();
  last_id_ = {};
  others_ = without_id_ = 0;
  for (std::uint32_t event = 0; event < batch.size(); ++event) {
    const RecordLayout record(batch.events[event].record());
    if (!EndedSpan::of(record).is_span(record)) {
      ++others_;
    } else if (!has_low_half(record.ids->trace_id)) {
      ++without_id_;
    } else {
      add(event, record.ids->trace_id);
    }
  }
  sort();
}

// Mostly it is the trace of the span before.
void TraceGroups::add(std::uint32_t event, const TraceId& id) {
  if (id != last_id_) {
    const auto number = static_cast<std::uint32_t>(sizes_.size());
    const auto [entry, is_new] = traces_.try_emplace(id, number);
    if (is_new) sizes_.push_back(0);
    last_id_ = id;
    last_trace_ = entry->second;
  }
  ++sizes_[last_trace_];
  unsorted_.push_back({event, last_trace_});
}

void TraceGroups::sort() {
  std::size_t begin = 0;
  for (std::size_t& size : sizes_) begin += std::exchange(size, begin);
  spans_.resize(unsorted_.size());
  for (const Span& span : unsorted_) spans_[sizes_[span.trace]++] = span;
}

}  // namespace v1
}  // namespace tracebus
