// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/callback_entry.h"

namespace tracebus {
inline namespace v1 {

void CallbackEntry::deliver(const EventView& event) noexcept {
  try {
    if (has_predicate_ && !options_.predicate(event))
      return count_lost(DropReason::kPredicate, 1);
    callback_(event);
    counts_->count_delivered();
  } catch (...) {
    count_lost(DropReason::kExportFailed, 1);
    counts_->note_error();
  }
}

}  // namespace v1
}  // namespace tracebus
