// SPDX-License-Identifier: Apache-2.0
//
// SpanNotes: what few spans have: a status message, events and links.
#ifndef TRACEBUS_TRACE_SPAN_NOTES_H_
#define TRACEBUS_TRACE_SPAN_NOTES_H_

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/value.h"
#include "tracebus/trace/span_attribute.h"
#include "tracebus/trace/span_context.h"

namespace tracebus {
inline namespace v1 {

// Owns its texts, encoded. At most kSpanEventsMax events and kSpanLinksMax links, each with at most
// kSpanAttributesMax attributes, and kSpanBytesMax of all; what is beyond that is counted.
// Thread safety: none.
class SpanNotes {
 public:
  // ticks: of Clock, at the event; begin_ticks: of the span.
  void add_event(std::string_view name, std::int64_t offset_ns, SpanAttributeList attributes);
  void add_link(const SpanContext& to, SpanAttributeList attributes);

  void set_status_message(std::string_view text);
  std::string_view status_message() const noexcept { return status_message_; }

  // The exception that was noted last, kept so that it is told from one noted later.
  std::exception_ptr exception;
  std::string error_type;  // of the first exception that was noted
  bool has_exception = false;

  // As records carry them: {"name", "offset_ns", "attributes"}, and {"trace_id", "span_id",
  // "attributes"}. Borrow from this.
  Value events() const { return array_of(events_); }
  Value links() const { return array_of(links_); }
  bool plain() const noexcept {
    return events_.empty() && links_.empty() && dropped_events == 0 && dropped_links == 0;
  }
  bool has_events() const noexcept { return !events_.empty(); }
  bool has_links() const noexcept { return !links_.empty(); }
  std::uint32_t dropped_events = 0;
  std::uint32_t dropped_links = 0;

 private:
  using Bodies = std::vector<std::string>;  // encoded objects

  bool keep(Bodies& bodies, const Value& note);
  static Value array_of(const Bodies& bodies);

  Bodies events_;
  Bodies links_;
  std::size_t bytes_ = 0;
  std::string status_message_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_SPAN_NOTES_H_
