// SPDX-License-Identifier: Apache-2.0
//
// EventRecord: an event that never was on a bus, as a view, for what reads views.
#ifndef TRACEBUS_STUDIO_EVENT_RECORD_H_
#define TRACEBUS_STUDIO_EVENT_RECORD_H_

#include <cstdint>
#include <vector>

#include "tracebus/core/event_view.h"
#include "tracebus/core/record_writer.h"

namespace tracebus {
inline namespace v1 {

class EventRecord {
 public:
  // False: it is larger than a record may be (limits.h), and view() is what it was before.
  bool write(const TraceEvent& event) {
    const FriendlyRecord record(event, EventType::find(event.event_type), true);
    if (record.size() == 0) return false;
    words_.resize(record.size() / sizeof words_[0]);
    record.write(reinterpret_cast<char*>(words_.data()), {.sequence = 0, .producer = 0});
    return true;
  }
  // Until the next write. REQUIRES: a write returned true.
  EventView view() const noexcept {
    return EventView(reinterpret_cast<const char*>(words_.data()), context_);
  }

 private:
  std::vector<std::uint64_t> words_;
  const ViewContext context_ = {.instance = 0, .clock = nullptr, .content = true};
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_EVENT_RECORD_H_
