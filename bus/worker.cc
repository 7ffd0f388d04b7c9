// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/worker.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <array>

#include "tracebus/bus/bus_thread.h"
#include "tracebus/bus/deadline.h"
#include "tracebus/core/clock.h"
#include "tracebus/core/exception_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

std::chrono::steady_clock::time_point from_ns(std::int64_t ns) noexcept {
  return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(ns));
}

}  // namespace

absl::StatusOr<std::thread> Worker::start(std::shared_ptr<QueuedSubscription> subscription,
                                          const ThreadOptions& options) {
  // Made here, where it can be said that there is no memory for it.
  const auto worker = std::make_shared<Worker>(*subscription);
  return start_bus_thread({"tb-worker", options},
                          [subscription = std::move(subscription), worker] { worker->run(); });
}

Worker::Worker(QueuedSubscription& subscription)
    : subscription_(subscription),
      due_bytes_(std::min(subscription.options.batch.bytes_max, subscription.bytes_max / 4)) {
  views_.reserve(subscription.options.batch.events_max);
  for (const auto& channel : subscription.channels) intakes_.push_back({channel.get()});
}

void Worker::run() {
  for (Step last = Step::kWorked; last != Step::kEnded; last = step()) {
    if (last == Step::kIdle) wait();
  }
}

Worker::Step Worker::step() {
  const WorkerOrder order = subscription_.order.load();
  if (order == WorkerOrder::kDiscard) {
    const bool last = subscription_.departures.all_left();
    discard_rest();
    if (!last) return Step::kIdle;
    end();
    return Step::kEnded;
  }
  if (flush_asked() && flush_if_due()) return Step::kWorked;
  if (export_if_due(order)) return Step::kWorked;
  if (order == WorkerOrder::kDrain && subscription_.unclaimed() == 0) {
    end();
    return Step::kEnded;
  }
  return Step::kIdle;
}

// One batch, of the channels in turn.
bool Worker::export_if_due(WorkerOrder order) {
  for (std::size_t i = 0; i < intakes_.size(); ++i) {
    Intake& intake = intakes_[next_intake_];
    next_intake_ = (next_intake_ + 1) % intakes_.size();
    // What is published before a flush is asked for is waited for by it.
    const bool urgent = intake.channel->flush_ticket.asked() || intake.channel->room_wait.lasts() ||
                        order == WorkerOrder::kDrain;
    intake.waiting = intake.channel->unclaimed();
    if (!batch_due(intake, urgent)) continue;
    export_claim(intake);
    return true;
  }
  return false;
}

bool Worker::batch_due(Intake& intake, bool urgent) noexcept {
  if (intake.waiting == 0) {
    note_oldest(intake, {});
    return false;
  }
  const BatchLimits& limits = subscription_.options.batch;
  if (urgent || intake.waiting >= limits.events_max) return true;
  // Relaxed: a watermark.
  const std::uint64_t bytes = intake.channel->published_bytes.load(std::memory_order_relaxed);
  if (bytes >= intake.bytes_seen + due_bytes_) return true;
  const auto now = Clock::steady_now();
  if (intake.oldest_since == SteadyClock::time_point{}) note_oldest(intake, now);
  return now - intake.oldest_since >= std::chrono::milliseconds(limits.delay_ms_max);
}

void Worker::note_oldest(Intake& intake, SteadyClock::time_point since) noexcept {
  if (intake.oldest_since == since) return;
  intake.oldest_since = since;
  SteadyClock::time_point oldest{};
  for (const Intake& other : intakes_) {
    if (other.oldest_since == SteadyClock::time_point{}) continue;
    if (oldest == SteadyClock::time_point{} || other.oldest_since < oldest) {
      oldest = other.oldest_since;
    }
  }
  subscription_.oldest_since_ns.store(to_ns(oldest), std::memory_order_relaxed);  // a number
}

void Worker::wait() {
  const BatchLimits& limits = subscription_.options.batch;
  auto deadline = SteadyClock::time_point::max();
  for (Intake& intake : intakes_) {
    intake.waiting = intake.channel->unclaimed();
    if (intake.waiting == 0) continue;
    if (intake.oldest_since == SteadyClock::time_point{}) return;  // they came just now
    deadline =
        std::min(deadline, intake.oldest_since + std::chrono::milliseconds(limits.delay_ms_max));
  }
  // Idle, the next event wakes the worker; else a full batch does, or the age of the oldest event.
  for (Intake& intake : intakes_) {
    const std::uint64_t front = intake.channel->queue.front();
    intake.marks = {front + limits.events_max, intake.bytes_seen + due_bytes_};
    if (intake.waiting == 0) intake.marks = {front + 1, WakeMark::kNever};
  }
  const auto marks_of = [&](std::size_t queue) { return intakes_[queue].marks; };
  const auto is_reached = [](const Intake& intake) {
    const Channel& channel = *intake.channel;
    return channel.queue.published() >= intake.marks.events ||
           channel.published_bytes.load(std::memory_order_relaxed) >=
               intake.marks.bytes ||  // a number
           (channel.room_wait.lasts() && channel.unclaimed() != 0);
  };
  const auto changed = [&] {
    const WorkerOrder order = subscription_.order.load();
    if (order == WorkerOrder::kDiscard ? subscription_.departures.all_left()
                                       : order != WorkerOrder::kRun) {
      return true;
    }
    return (order == WorkerOrder::kRun && flush_asked()) ||
           std::ranges::any_of(intakes_, is_reached);
  };
  subscription_.wake_mark.wait(marks_of, deadline, changed);
}

void Worker::export_claim(Intake& intake) {
  SubscriptionQueue& queue = intake.channel->queue;
  const SubscriptionQueue::Claim claim = queue.claim(subscription_.options.batch.events_max);
  if (claim.block == nullptr) return queue.let_go();  // of what was evicted meanwhile
  note_oldest(intake, {});
  const char* const first = find_first(intake, claim);
  callbacks_ = claim.note;
  deliver(intake, first, claim.count);
  queue.let_go();
}

const char* Worker::find_first(Intake& intake, const SubscriptionQueue::Claim& claim) noexcept {
  // A slot is left half claimed by this worker only: an eviction takes all that is left of it.
  if (claim.skip == 0) {
    intake.block = claim.block;
    intake.offset = claim.offset;
    intake.bytes_seen = claim.slot_bytes;
  }
  return intake.block->data + intake.offset;
}

void Worker::deliver(Intake& intake, const char* record, std::uint64_t count) {
  const char* const begin = record;
  const std::size_t bytes_max = subscription_.options.batch.bytes_max;
  bool lost = false;  // the rest, to a shutdown that gave up on the sink
  for (std::uint64_t i = 0; i < count; ++i) {
    const EventView event(record, subscription_.view_context);
    const std::size_t bytes = event.size_bytes();
    if (!views_.empty() && views_bytes_ + bytes > bytes_max) lost = !hand_over_before(count - i);
    record += bytes;
    if (lost) continue;
    views_.push_back(event);
    views_bytes_ += bytes;
  }
  intake.offset += static_cast<std::uint32_t>(record - begin);
  intake.bytes_seen += static_cast<std::uint64_t>(record - begin);
  if (!views_.empty()) hand_over(callbacks_);
}

// False if what remains of the claim was taken away while the sink had the batch.
bool Worker::hand_over_before(std::uint64_t rest) {
  subscription_.claimed_rest.store(rest);
  hand_over(callbacks_);
  return subscription_.claimed_rest.exchange(0) != 0;
}

void Worker::hand_over(const CallbackTable* callbacks) {
  const auto deadline =
      Clock::steady_now() + std::chrono::milliseconds(subscription_.options.export_timeout_ms);
  const std::int64_t deadline_ns = callbacks == nullptr ? to_ns(deadline) : INT64_MAX;
  subscription_.calls.fetch_add(1);  // unsubscribe waits while this is odd
  if (subscription_.options.predicate) apply_predicate(deadline_ns);
  const std::uint64_t events = views_.size();
  if (events != 0) {
    const Batch batch{views_, next_number_, subscription_.drops.get()};
    next_number_ += events;
    subscription_.fate.begin(events, deadline_ns);
    SinkResult result;
    try {
      result =
          subscription_.sink->deliver(batch, callbacks, {deadline, subscription_.stop.get_token()});
    } catch (...) {
      result = {ExportResult::failure(events)};
      subscription_.note_error(current_exception_text());
    }
    settle(events, result);
  }
  subscription_.calls.fetch_add(1);
  subscription_.progress.notify();
  views_.clear();
  views_bytes_ = 0;
}

// Takes what the subscription's own predicate refuses out of the batch; all of it, if the predicate
// overran the deadline, and so the batch was abandoned.
void Worker::apply_predicate(std::int64_t deadline_ns) {
  std::uint64_t refused = 0;
  std::uint64_t failed = 0;
  subscription_.fate.begin(views_.size(), deadline_ns);
  std::erase_if(views_, [&](const EventView& event) {
    try {
      if (subscription_.options.predicate(event)) return false;
      ++refused;
    } catch (...) {
      ++failed;
      subscription_.note_error(current_exception_text());
    }
    return true;
  });
  if (!subscription_.fate.finish()) return views_.clear();
  subscription_.drops.add(DropReason::kPredicate, refused);
  subscription_.drops.add(DropReason::kExportFailed, failed);
}

void Worker::settle(std::uint64_t events, const SinkResult& result) noexcept {
  subscription_.batches.add(1);
  if (!subscription_.fate.finish()) {
    subscription_.late.add(events);
    return;
  }
  const std::uint64_t unsubscribed = std::min(result.unsubscribed, events);
  if (unsubscribed != 0) subscription_.drops.add(DropReason::kUnsubscribed, unsubscribed);
  count(events - unsubscribed, result.exported);
}

void Worker::count(std::uint64_t events, const ExportResult& claimed) noexcept {
  const ExportResult result = claimed.clamped(events);
  if (result.failed + result.rejected + result.spool_quota != 0 &&
      !subscription_.sink->last_error().empty()) {
    subscription_.note_error(subscription_.sink->last_error());
  }
  if (result.added != 0) {
    subscription_.added.add(result.added);
    // Pairs with QueuedSubscription::stats: who sees an outcome below sees what was added, too.
    std::atomic_thread_fence(std::memory_order_release);
  }
  if (result.failed != 0) subscription_.drops.add(DropReason::kExportFailed, result.failed);
  if (result.rejected != 0) subscription_.drops.add(DropReason::kRejectedRemote, result.rejected);
  if (result.processed != 0) subscription_.drops.add(DropReason::kProcessor, result.processed);
  if (result.sampled_out != 0) {
    subscription_.drops.add(DropReason::kSampledOut, result.sampled_out);
  }
  if (result.spool_quota != 0) {
    subscription_.drops.add(DropReason::kSpoolQuota, result.spool_quota);
  }
  subscription_.delivered.add(events + result.added - result.lost());
}

bool Worker::flush_asked() const noexcept {
  return std::ranges::any_of(
      intakes_, [](const Intake& intake) { return intake.channel->flush_ticket.asked(); });
}

// Flushes the sink once every dispatcher that asks has had its events settled.
bool Worker::flush_if_due() {
  std::array<std::uint64_t, kDispatchersMax> epochs{};
  for (std::size_t i = 0; i < intakes_.size(); ++i) {
    const Channel& channel = *intakes_[i].channel;
    if (!channel.flush_ticket.asked()) continue;
    epochs[i] = channel.flush_ticket.due(channel.queue.front());
    if (epochs[i] == 0) return false;
  }
  const auto deadline =
      Clock::steady_now() + std::chrono::milliseconds(subscription_.options.export_timeout_ms);
  absl::Status status;
  subscription_.calls.fetch_add(1);
  try {
    status = subscription_.sink->flush(deadline);
  } catch (...) {
    status = absl::InternalError(
        absl::StrCat("flush of ", subscription_.name, ": ", current_exception_text()));
  }
  subscription_.calls.fetch_add(1);
  count(0, subscription_.sink->flush_result());
  if (!status.ok()) {
    subscription_.failed_flushes.add(1);
    subscription_.note_error(std::string(status.message()));
  }
  for (std::size_t i = 0; i < intakes_.size(); ++i) {
    if (epochs[i] == 0) continue;
    Channel& channel = *intakes_[i].channel;
    {
      const std::lock_guard lock(subscription_.report_mutex);
      channel.flush_status = status;
    }
    channel.flush_ticket.answer(epochs[i]);
  }
  subscription_.progress.notify();
  return true;
}

void Worker::discard_rest() {
  for (const Intake& intake : intakes_) {
    SubscriptionQueue& queue = intake.channel->queue;
    while (intake.channel->unclaimed() != 0) {
      const SubscriptionQueue::Claim claim = queue.claim(~std::uint64_t{0});
      queue.let_go();
      if (claim.note == nullptr) subscription_.drops.add(DropReason::kUnsubscribed, claim.count);
    }
  }
}

void Worker::end() {
  const auto deadline = from_ns(subscription_.end_deadline_ns.load());
  absl::Status status;
  try {
    status = subscription_.sink->shutdown(deadline);
  } catch (...) {
    status = absl::InternalError(current_exception_text());
  }
  count(0, subscription_.sink->flush_result());
  if (!status.ok()) subscription_.note_error(std::string(status.message()));
  // The dispatcher may hold the last share of what was unsubscribed, and must not pay for its end.
  if (subscription_.order.load() == WorkerOrder::kDiscard) subscription_.sink->dispose();
  subscription_.ended.store(true);
  subscription_.progress.notify();
}

}  // namespace v1
}  // namespace tracebus
