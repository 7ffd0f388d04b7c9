// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/sink.h"

#include "tracebus/core/exception_text.h"

namespace tracebus {
inline namespace v1 {

SinkResult CallbackSink::deliver(const Batch& batch, const CallbackTable* callbacks,
                                 const ExportContext&) {
  for (const EventView& queued : batch) {
    callbacks->for_each({queued.record(), plain_}, {queued.record(), with_content_},
                        [&](CallbackEntry& entry, const EventView& event) {
                          if (entry.began_before(event, callbacks->shard())) call(entry, event);
                        });
  }
  return {};
}

void CallbackSink::call(CallbackEntry& entry, const EventView& event) noexcept {
  mark_.call(entry, [&](bool active) {
    if (active) {
      entry.deliver(event);
    } else {
      entry.count_lost(DropReason::kUnsubscribed, 1);
    }
  });
}

SinkResult OneCallbackSink::deliver(const Batch& batch, const CallbackTable*,
                                    const ExportContext&) {
  SinkResult result;
  for (const EventView& event : batch) {
    if (ended_.load()) {
      ++result.unsubscribed;
      continue;
    }
    try {
      callback_(event);
    } catch (...) {
      last_error_ = current_exception_text();
      ++result.exported.failed;
    }
  }
  return result;
}

}  // namespace v1
}  // namespace tracebus
