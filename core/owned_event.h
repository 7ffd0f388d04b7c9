// SPDX-License-Identifier: Apache-2.0
//
// OwnedEvent: an event that outlives its batch.
#ifndef TRACEBUS_CORE_OWNED_EVENT_H_
#define TRACEBUS_CORE_OWNED_EVENT_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include "tracebus/core/clock.h"
#include "tracebus/core/event_view.h"

namespace tracebus {
inline namespace v1 {

// A copy of a record with its time resolved. Movable; a moved-from OwnedEvent may only be assigned
// to or destroyed.
class OwnedEvent {
 public:
  explicit OwnedEvent(const EventView& view)
      : words_(new std::uint64_t[view.size_bytes() / 8]),
        context_(new ViewContext{view.context().instance, nullptr, view.context().content}) {
    std::memcpy(words_.get(), view.record(), view.size_bytes());
    if (view.context().clock != nullptr) {
      // A given time stays as it is, beside the moment of emit.
      auto& ticks = reinterpret_cast<RecordHeader*>(words_.get())->ticks;
      ticks = static_cast<std::uint64_t>(view.context().clock->to_unix_ns(ticks));
    }
  }

  EventView view() const noexcept {
    return EventView(reinterpret_cast<const char*>(words_.get()), *context_);
  }
  std::size_t size_bytes() const noexcept { return view().size_bytes(); }

 private:
  std::unique_ptr<std::uint64_t[]> words_;
  std::unique_ptr<const ViewContext> context_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_OWNED_EVENT_H_
