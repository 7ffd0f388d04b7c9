// SPDX-License-Identifier: Apache-2.0
//
// CallbackCounts: what became of the events for one callback. It outlives the callback: of those
// that were queued when its subscription ended, some are settled afterwards.
#ifndef TRACEBUS_BUS_CALLBACK_COUNTS_H_
#define TRACEBUS_BUS_CALLBACK_COUNTS_H_

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "tracebus/bus/stats.h"
#include "tracebus/core/counter.h"
#include "tracebus/core/ids.h"

namespace tracebus {
inline namespace v1 {

// Thread safety: count_delivered belongs to the thread that delivers, the rest to any.
class CallbackCounts {
 public:
  CallbackCounts(SubscriptionId id, std::string_view name) : id_(id), name_(name) {}
  CallbackCounts(const CallbackCounts&) = delete;
  CallbackCounts& operator=(const CallbackCounts&) = delete;

  void count_delivered() noexcept { delivered_.add(1); }
  void count_lost(DropReason reason, std::uint64_t events) noexcept { drops_.add(reason, events); }
  // Inside a catch clause: keeps what the exception says.
  void note_error() noexcept;

  SubscriptionStats stats() const;

 private:
  const SubscriptionId id_;
  const std::string name_;
  Counter delivered_;
  DropCounters drops_;
  mutable std::mutex error_mutex_;
  std::string last_error_;  // under error_mutex_
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_CALLBACK_COUNTS_H_
