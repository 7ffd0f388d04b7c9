// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/callback_counts.h"

#include "tracebus/core/exception_text.h"

namespace tracebus {
inline namespace v1 {

SubscriptionStats CallbackCounts::stats() const {
  SubscriptionStats stats;
  stats.id = id_;
  stats.name = name_;
  stats.delivered = delivered_.get();
  stats.dropped = drops_.get();
  // A callback's events are judged and settled in one step: none is ever in between.
  stats.matched = stats.delivered + total(stats.dropped);
  const std::lock_guard lock(error_mutex_);
  stats.last_error = last_error_;
  return stats;
}

// The dispatcher waits for nobody: an error that is being read is not replaced.
void CallbackCounts::note_error() noexcept {
  const std::unique_lock lock(error_mutex_, std::try_to_lock);
  if (lock.owns_lock()) last_error_ = current_exception_text();
}

}  // namespace v1
}  // namespace tracebus
