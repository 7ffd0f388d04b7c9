// SPDX-License-Identifier: Apache-2.0
//
// StoredSpan: an event of a store, as queries show it.
#ifndef TRACEBUS_STUDIO_STORED_SPAN_H_
#define TRACEBUS_STUDIO_STORED_SPAN_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/ids.h"
#include "tracebus/core/span_kind.h"
#include "tracebus/core/timestamp.h"

namespace tracebus {
inline namespace v1 {

// Texts are empty, and optional fields absent, where nobody said them. Views live as long as the
// page, or a copy of it.
struct StoredSpan {
  std::uint64_t number = 0;  // in the order of arrival; with gaps
  std::optional<Timestamp> timestamp;
  std::string_view event_type;
  std::string_view agent_name;
  std::string_view pattern;  // its own, or its run's; so are workflow, session and user
  std::string_view workflow;
  std::string_view model;
  std::string_view provider;
  std::string_view session;
  std::string_view user;
  std::string_view name;      // as the span or its tool is called
  std::string_view run_id;    // as its source wrote it, or 32 hex digits
  std::string_view trace_id;  // the same; empty also where it is ours: see trace
  TraceId trace;
  SpanId span_id;
  SpanId parent_span_id;
  std::string foreign_span_id;  // as its source wrote it; empty where it is ours, or none
  std::string foreign_parent_span_id;
  std::optional<SpanKind> kind;
  SpanStatus status = SpanStatus::kUnset;
  bool is_start = false;
  bool is_open = false;                 // a start whose end was not heard of
  bool is_duplicate = false;            // the same event came before; it counts nothing
  bool is_stale = false;                // open, and its run silent for long
  double duration_ms = 0;               // 0 where there is none
  std::optional<double> cost_estimate;  // dollars
  std::optional<std::int64_t> cost_nanos;
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
  std::int64_t tokens = 0;  // input and output, or the sum that alone was said
  std::int64_t cache_read_tokens = 0;
  std::int64_t cache_write_tokens = 0;
};

// Some of the events that match, and how many do.
class SpanPage {
 public:
  SpanPage() = default;
  SpanPage(std::vector<StoredSpan> spans, std::uint64_t matched, std::shared_ptr<const void> texts)
      : spans_(std::move(spans)), matched_(matched), texts_(std::move(texts)) {}

  std::size_t size() const noexcept { return spans_.size(); }
  bool empty() const noexcept { return spans_.empty(); }
  const StoredSpan& operator[](std::size_t index) const noexcept { return spans_[index]; }
  auto begin() const noexcept { return spans_.begin(); }
  auto end() const noexcept { return spans_.end(); }
  // Of the whole store, whatever offset and limit.
  std::uint64_t matched() const noexcept { return matched_; }

 private:
  std::vector<StoredSpan> spans_;
  std::uint64_t matched_ = 0;
  std::shared_ptr<const void> texts_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_STORED_SPAN_H_
