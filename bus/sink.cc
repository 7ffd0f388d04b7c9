// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/sink.h"

#include "tracebus/core/exception_text.h"

namespace tracebus {
inline namespace v1 {

ExportResult CallbackSink::deliver(const Batch& batch, const CallbackTable* callbacks,
                                   const ExportContext&) {
  for (const EventView& queued : batch) {
    for (const std::shared_ptr<CallbackEntry>& entry : *callbacks) {
      const EventView event(queued.record(), entry->options().content ? with_content_ : plain_);
      if (!entry->began_before(event) || !entry->wants(event)) continue;
      if (entry->active()) {
        entry->deliver(event);
      } else {
        entry->count_lost(DropReason::kUnsubscribed, 1);
      }
    }
  }
  return ExportResult::ok();
}

ExportResult OneCallbackSink::deliver(const Batch& batch, const CallbackTable*,
                                      const ExportContext&) {
  std::uint64_t failed = 0;
  for (const EventView& event : batch) {
    try {
      callback_(event);
    } catch (...) {
      last_error_ = current_exception_text();
      ++failed;
    }
  }
  return ExportResult::failure(failed);
}

}  // namespace v1
}  // namespace tracebus
