// SPDX-License-Identifier: Apache-2.0
//
// CallbackEntry: one subscribed callback, for the shared worker or for the dispatcher.
#ifndef TRACEBUS_BUS_CALLBACK_ENTRY_H_
#define TRACEBUS_BUS_CALLBACK_ENTRY_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "tracebus/bus/callback_counts.h"
#include "tracebus/bus/options.h"
#include "tracebus/core/filter.h"
#include "tracebus/core/ids.h"
#include "tracebus/core/limits.h"

namespace tracebus {
inline namespace v1 {

// Thread safety: the thread that delivers calls deliver; every thread may end it and read counters.
class CallbackEntry {
 public:
  CallbackEntry(SubscriptionId id, const Filter& filter, EventCallback callback,
                CallbackOptions options, std::uint64_t since_ticks)
      : sees_content_(options.content), has_predicate_(options.predicate != nullptr),
        callback_(std::move(callback)),
        counts_(std::make_shared<CallbackCounts>(
            id, options.name.empty() ? std::string_view("callback") : options.name)),
        since_ticks_(since_ticks), id_(id), original_filter_(filter), filter_(filter),
        options_(std::move(options)) {}

  const SubscriptionId& id() const noexcept { return id_; }
  const CallbackOptions& options() const noexcept { return options_; }
  const CompiledFilter& filter() const noexcept { return filter_; }
  const Filter& original_filter() const noexcept { return original_filter_; }
  const EventCallback& callback() const noexcept { return callback_; }
  std::uint64_t since_ticks() const noexcept { return since_ticks_; }

  bool sees_content() const noexcept { return sees_content_; }

  // Whether a queued event was emitted after the callback was subscribed. Each dispatcher says when
  // that was on the clock of the events that it queues, before it queues the first of them.
  void set_since_unix_ns(std::uint32_t shard, std::int64_t ns) noexcept {
    since_unix_ns_[shard].store(ns, std::memory_order_relaxed);  // published with the queue
  }
  void lower_since_unix_ns(std::uint32_t shard, std::int64_t ns) noexcept {
    // Relaxed: own store.
    if (ns < since_unix_ns_[shard].load(std::memory_order_relaxed)) set_since_unix_ns(shard, ns);
  }
  bool has_since(std::uint32_t shard) const noexcept {
    return since_unix_ns_[shard].load(std::memory_order_relaxed) != 0;  // own store
  }
  bool began_before(const EventView& queued, std::uint32_t shard) const noexcept {
    const std::int64_t since = since_unix_ns_[shard].load(std::memory_order_relaxed);  // as set
    return queued.emitted_ticks() >= static_cast<std::uint64_t>(since);
  }

  // Calls the callback with an event that its filter matches, and counts what came of it.
  void deliver(const EventView& event) noexcept;
  void count_lost(DropReason reason, std::uint64_t events) noexcept {
    counts_->count_lost(reason, events);
  }

  // No call begins after this, other than on a thread that is past its look at active().
  // Sequentially consistent with the delivering thread's own mark that it is busy (see Dispatcher
  // and Worker).
  void end() noexcept { active_.store(false); }
  bool active() const noexcept { return active_.load(); }

  SubscriptionStats stats() const { return counts_->stats(); }
  std::shared_ptr<const CallbackCounts> counts() const noexcept { return counts_; }

 private:
  // What an event needs comes first: with thousands of callbacks each line is a cache miss.
  alignas(kCacheLineBytes) std::atomic<bool> active_{true};
  const bool sees_content_;
  const bool has_predicate_;
  const EventCallback callback_;
  const std::shared_ptr<CallbackCounts> counts_;
  const std::uint64_t since_ticks_;
  std::array<std::atomic<std::int64_t>, kDispatchersMax> since_unix_ns_{};
  const SubscriptionId id_;
  const Filter original_filter_;
  const CompiledFilter filter_;
  const CallbackOptions options_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_CALLBACK_ENTRY_H_
