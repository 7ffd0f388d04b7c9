// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/bus/property_subscription.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>

#include "tracebus/tests/bus/hostile_exporters.h"

namespace tracebus::testing {
namespace {

// Reads by writing: an attempt that begins after it happens after what came before it here.
std::vector<std::uint32_t> attempts_begun(const ProducerLogs& logs) {
  std::vector<std::uint32_t> numbers;
  for (const ProducerLog& log : logs) numbers.push_back(log.begun.fetch_add(0));
  return numbers;
}

std::vector<std::uint32_t> attempts_done(const ProducerLogs& logs) {
  std::vector<std::uint32_t> numbers;
  for (const ProducerLog& log : logs) numbers.push_back(log.done.load());
  return numbers;
}

std::uint64_t dropped(const SubscriptionStats& stats, DropReason reason) {
  return stats.dropped[static_cast<std::size_t>(reason)];
}

EventShape shape_in(std::uint64_t seed, const EventView& event) {
  const Identity identity = identity_of(event).value_or(Identity{0, 0});
  return shape_of(seed, identity.producer, identity.number);
}

}  // namespace

bool predicate_keeps(const EventShape& shape) noexcept { return shape.value % 3 != 0; }

std::string SubscriptionPlan::to_string() const {
  constexpr const char* kKinds[] = {"dispatcher", "shared", "own", "exporter"};
  constexpr const char* kOverflows[] = {" newest", " oldest", " block"};
  constexpr const char* kHabits[] = {"good", "throwing", "slow", "partial", "hanging"};
  return std::string(kKinds[static_cast<int>(kind)]) + " " + kHabits[static_cast<int>(habit)] +
         (content ? " content" : "") + (predicate ? " predicate" : "") + (echoes ? " echoes" : "") +
         kOverflows[static_cast<int>(options.overflow)] + " queue " +
         std::to_string(options.queue_bytes_max) + " batch " +
         std::to_string(options.batch.events_max) + "/" + std::to_string(options.batch.bytes_max) +
         "/" + std::to_string(options.batch.delay_ms_max) + " filter " + filter.filter.to_string();
}

SubscriptionPlan random_plan(PropertyRandom& random, bool content_allowed,
                             std::uint32_t dispatchers) {
  SubscriptionPlan plan;
  plan.kind = static_cast<Kind>(random.below(4));
  if (plan.kind == Kind::kDispatcher && dispatchers > 1) plan.kind = Kind::kSharedWorker;
  plan.content = content_allowed && random.one_in(3);
  plan.predicate = random.one_in(4);
  plan.echoes = random.one_in(6) && plan.kind != Kind::kExporter;
  plan.filter = random.one_in(4)
                    ? RandomFilter{Filter(), [](const EventShape&, bool) { return true; }}
                    : random_filter(random, content_allowed);
  if (random.one_in(3)) {
    plan.habit = static_cast<Habit>(1 + random.below(plan.kind == Kind::kExporter ? 4 : 2));
  }
  ExporterOptions& options = plan.options;
  options.filter = plan.filter.filter;
  options.content = plan.content;
  options.overflow = random.one_in(2) ? Overflow::kDropOldest : Overflow::kDropNewest;
  // Who waits for an exporter that hangs waits each time as long as may be.
  if (random.one_in(plan.habit == Habit::kHanging ? 32 : 4)) options.overflow = Overflow::kBlock;
  options.block_timeout_ms = 1 + static_cast<std::int64_t>(random.below(4));
  options.queue_bytes_max = dispatchers * kQueueBytesMin << random.below(random.one_in(2) ? 3 : 10);
  options.batch.events_max = random.one_in(3) ? 1 + random.below(8) : 1 + random.below(600);
  options.batch.bytes_max = random.one_in(3) ? 1 + random.below(1000) : std::size_t{1} << 20;
  options.batch.delay_ms_max = static_cast<std::int64_t>(random.below(4));
  if (plan.habit == Habit::kHanging)
    options.export_timeout_ms = 1 + static_cast<int>(random.below(5));
  return plan;
}

PropertySubscription::PropertySubscription(std::uint64_t seed, SubscriptionPlan plan)
    : seed_(seed), plan_(std::move(plan)),
      receiver_(std::make_shared<Receiver>(
          seed, plan_.content, [this](const EventShape& shape) { return wants(shape); })) {}

bool PropertySubscription::wants(const EventShape& shape) const {
  return plan_.filter.matches(shape, plan_.content) && (!plan_.predicate || predicate_keeps(shape));
}

void PropertySubscription::on_event(const EventView& event) {
  receiver_->see(event);
  ++calls_;
  if (plan_.echoes && calls_ % 8 == 0) echo_();
  if (plan_.habit == Habit::kSlow && calls_ % 64 == 0) {
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  if (plan_.habit == Habit::kThrowing && calls_ % 5 == 0) {
    receiver_->count_failed(1);
    throw std::runtime_error("fifth call");
  }
  receiver_->count_kept(1);
}

std::unique_ptr<Exporter> PropertySubscription::make_exporter() {
  const BatchLimits& limits = plan_.options.batch;
  switch (plan_.habit) {
    case Habit::kThrowing:
      return std::make_unique<ThrowingExporter>(receiver_, limits);
    case Habit::kSlow:
      return std::make_unique<SlowExporter>(receiver_, limits);
    case Habit::kPartial:
      return std::make_unique<PartialExporter>(receiver_, limits);
    case Habit::kHanging:
      return std::make_unique<HangingExporter>(receiver_, limits, released_);
    case Habit::kGood:
      break;
  }
  return std::make_unique<ReceivingExporter>(receiver_, limits);
}

void PropertySubscription::subscribe(TraceEventBus& bus, const ProducerLogs& logs,
                                     std::function<void()> echo) {
  echo_ = std::move(echo);
  tracebus::Predicate predicate;
  if (plan_.predicate) {
    predicate = [seed = seed_](const EventView& event) {
      return predicate_keeps(shape_in(seed, event));
    };
  }
  const OverflowCallback on_overflow = [log = overflow_log_](const OverflowReport& report) {
    const std::lock_guard lock(log->mutex);
    log->reports.push_back(report);
  };
  done_before_ = attempts_done(logs);
  absl::StatusOr<SubscriptionId> id;
  if (plan_.kind == Kind::kExporter) {
    ExporterOptions options = plan_.options;
    options.predicate = predicate;
    options.on_overflow = on_overflow;
    id = bus.add_exporter(make_exporter(), options);
  } else {
    CallbackOptions options;
    options.run_on = plan_.kind == Kind::kDispatcher     ? RunOn::kDispatcher
                     : plan_.kind == Kind::kSharedWorker ? RunOn::kSharedWorker
                                                         : RunOn::kOwnWorker;
    options.content = plan_.content;
    options.predicate = predicate;
    options.overflow = plan_.options.overflow;
    options.queue_bytes_max = plan_.options.queue_bytes_max;
    options.block_timeout_ms = plan_.options.block_timeout_ms;
    options.on_overflow = on_overflow;
    const auto callback = [this](const EventView& event) { on_event(event); };
    id = bus.subscribe_filter(plan_.filter.filter, callback, options);
  }
  begun_at_start_ = attempts_begun(logs);
  if (!id.ok()) return receiver_->report("subscribe: " + id.status().ToString());
  id_ = *id;
}

void PropertySubscription::unsubscribe(TraceEventBus& bus) {
  if (!bus.unsubscribe(id_, std::chrono::seconds(20))) receiver_->report("unsubscribe said false");
  receiver_->end();
  unsubscribed_ = true;
}

void PropertySubscription::judge(const BusStats& stats, const ProducerLogs& logs, bool whole,
                                 std::uint64_t lost_at_exit) {
  const auto found = std::ranges::find(stats.subscriptions, id_, &SubscriptionStats::id);
  if (found == stats.subscriptions.end()) return receiver_->report("no such subscription in stats");
  check_seen(logs);
  check_counts(*found);
  check_matched(*found, logs, whole, lost_at_exit);
  check_reports(*found);
}

// What on_overflow was told: beginnings and ends in turn, and losses that only grow.
void PropertySubscription::check_reports(const SubscriptionStats& stats) {
  const std::lock_guard lock(overflow_log_->mutex);
  bool dropping = false;
  std::uint64_t last = 0;
  for (const OverflowReport& report : overflow_log_->reports) {
    if (report.dropping == dropping) receiver_->report("overflow was reported twice");
    dropping = report.dropping;
    if (report.id != id_ || total(report.dropped) < last) receiver_->report("a wrong report");
    last = total(report.dropped);
  }
  if (last > total(stats.dropped)) receiver_->report("more losses were reported than counted");
}

// G4: everything seen was accepted. That it was seen once only follows from its order.
void PropertySubscription::check_seen(const ProducerLogs& logs) {
  for (const Identity& identity : receiver_->seen()) {
    const ProducerLog& log = logs[identity.producer];
    const std::size_t index = identity.number - 1;
    const std::string name =
        std::to_string(identity.producer) + "/" + std::to_string(identity.number);
    if (index >= log.results.size()) {
      receiver_->report("event " + name + " was never emitted");
    } else if (log.results[index] != EmitResult::kAccepted) {
      receiver_->report("event " + name + " was answered " +
                        std::string(tracebus::to_string(log.results[index])));
    }
    if (identity.number <= done_before_[identity.producer]) {
      receiver_->report("event " + name + " was emitted before subscribe");
    }
  }
}

// G3: the receiver's set is what the bus counted as delivered, and failures are what it answered.
void PropertySubscription::check_counts(const SubscriptionStats& stats) {
  const auto expect = [&](const char* what, std::uint64_t counted, std::uint64_t seen) {
    if (counted == seen) return;
    receiver_->report(std::string(what) + ": the bus counted " + std::to_string(counted) +
                      ", the receiver " + std::to_string(seen));
  };
  expect("delivered", stats.delivered + stats.late, receiver_->kept());
  // What is abandoned is a batch as it was before the predicate.
  const std::uint64_t abandoned = dropped(stats, DropReason::kAbandoned);
  if (!plan_.predicate || abandoned < stats.late) expect("abandoned", abandoned, stats.late);
  expect("export_failed", dropped(stats, DropReason::kExportFailed), receiver_->failed());
  expect("rejected_remote", dropped(stats, DropReason::kRejectedRemote), receiver_->rejected());
  expect("in flight", stats.in_flight, 0);
  expect("identity", stats.matched + stats.added,
         stats.delivered + total(stats.dropped) + stats.in_flight);
}

// G3: every accepted event that matches was delivered or counted.
void PropertySubscription::check_matched(const SubscriptionStats& stats, const ProducerLogs& logs,
                                         bool whole, std::uint64_t lost_at_exit) {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
  for (std::size_t producer = 0; producer < logs.size(); ++producer) {
    const std::vector<EmitResult>& results = logs[producer].results;
    const std::uint32_t begin = whole ? 0 : begun_at_start_[producer];
    for (std::uint32_t number = 1; number <= results.size(); ++number) {
      const EventShape shape = shape_of(seed_, static_cast<std::uint32_t>(producer), number);
      if (!plan_.filter.matches(shape, plan_.content)) continue;
      const EmitResult result = results[number - 1];
      const bool surely = number > begin && !unsubscribed_;
      if (result == EmitResult::kAccepted) {
        least += surely ? 1 : 0;
        most += number > done_before_[producer] ? 1 : 0;
      } else if (result == EmitResult::kUnwanted && surely) {
        receiver_->report("event " + std::to_string(producer) + "/" + std::to_string(number) +
                          " was unwanted though it matches");
      }
    }
  }
  least -= std::min(least, lost_at_exit);
  if (stats.matched >= least && stats.matched <= most) return;
  receiver_->report("matched: the bus counted " + std::to_string(stats.matched) +
                    ", the producers " + std::to_string(least) + " to " + std::to_string(most));
}

std::vector<std::string> PropertySubscription::problems() const {
  std::vector<std::string> problems = receiver_->problems();
  for (std::string& problem : problems) problem += " [" + plan_.to_string() + "]";
  return problems;
}

}  // namespace tracebus::testing
