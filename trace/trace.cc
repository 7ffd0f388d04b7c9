// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/trace.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace tracebus {
inline namespace v1 {

Trace::Trace() : Trace(What(), {}) {}

Trace::Trace(What what, TraceTree::Spans spans)
    : what_(std::make_shared<const What>(std::move(what))),
      spans_(std::make_shared<const TraceTree::Spans>(std::move(spans))) {}

std::string_view Trace::service_name() const noexcept {
  for (const auto& span : *spans_) {
    const std::optional<ValueView> name = span->find("service.name");
    if (name && name->type() == ValueType::kString) return name->as_string();
  }
  return {};
}

const TraceSpan* Trace::get_root_span() const noexcept {
  const auto root = std::ranges::find_if(
      *spans_, [](const auto& span) { return span->parent_span_id().is_none(); });
  return root == spans_->end() ? nullptr : root->get();
}

std::int64_t Trace::start_ns() const noexcept {
  if (empty()) return 0;
  return (*std::ranges::min_element(*spans_, {}, [](const auto& s) { return s->start_ns(); }))
      ->start_ns();
}

std::int64_t Trace::end_ns() const noexcept {
  if (empty()) return 0;
  return (*std::ranges::max_element(*spans_, {}, [](const auto& s) { return s->end_ns(); }))
      ->end_ns();
}

std::int64_t Trace::duration_ns() const noexcept {
  std::int64_t duration = 0;
  if (__builtin_sub_overflow(end_ns(), start_ns(), &duration)) {
    return std::numeric_limits<std::int64_t>::max();
  }
  return duration;
}

}  // namespace v1
}  // namespace tracebus
