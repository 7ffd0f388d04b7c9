// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/bus/property_run.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "tracebus/tests/bus/property_subscription.h"

namespace tracebus::testing {
namespace {

using std::chrono::seconds;

// Two producers of the log stand for each subscription that emits from its callback; the others are
// threads.
class SeedRun {
 public:
  explicit SeedRun(std::uint64_t seed) : seed_(seed), random_(seed) {}
  SeedReport run();

 private:
  void draw();
  BusOptions draw_bus();
  void emit_one(std::uint32_t producer, Producer* own);
  void produce(std::uint32_t producer, std::uint64_t seed);
  void come_and_go(std::uint64_t seed);
  void watch();
  void check_moment(const BusStats& stats);
  void check_totals(const BusStats& stats);
  std::function<void()> echo_of(std::size_t subscription);
  void subscribe(std::size_t index);
  void finish();
  void report(std::string problem) { report_.problems.push_back(std::move(problem)); }

  const std::uint64_t seed_;
  PropertyRandom random_;
  std::uint32_t threads_ = 0;
  std::uint32_t attempts_ = 0;
  std::size_t whole_ = 0;  // so many subscriptions are there from the start; the others come and go
  bool shut_down_early_ = false;
  std::deque<PropertySubscription> subscriptions_;
  std::optional<ProducerLogs> logs_;
  std::unique_ptr<TraceEventBus> bus_;
  std::atomic<bool> producing_{true};
  std::vector<std::string> moments_;  // the watcher's
  SeedReport report_;
};

BusOptions SeedRun::draw_bus() {
  BusOptions options;
  options.ring_bytes = kRingBytesMin << random_.below(random_.one_in(2) ? 2 : 8);
  // From rings that never grow to those that grow three times; sometimes the budget ends it.
  options.ring_bytes_max = options.ring_bytes << 2 * random_.below(4);
  options.ring_budget_bytes = random_.one_in(4) ? 32 * options.ring_bytes : kRingBudgetDefault;
  options.truncate = false;
  options.large_bytes_max = random_.one_in(3) ? 0 : std::size_t{128} << (10 + random_.below(6));
  options.callback_overflow = random_.one_in(2) ? Overflow::kDropOldest : Overflow::kDropNewest;
  options.dispatchers = dispatchers_of(seed_);
  options.callback_queue_bytes_max = options.dispatchers * kQueueBytesMin
                                     << random_.below(random_.one_in(2) ? 2 : 10);
  return options;
}

void SeedRun::draw() {
  threads_ = 1 + static_cast<std::uint32_t>(random_.below(8));
  attempts_ = 3000 / threads_;
  shut_down_early_ = random_.one_in(8);
  whole_ = 1 + random_.below(4);
  const std::size_t all = whole_ + random_.below(3);
  bool content = true;
  for (std::size_t i = 0; i < all; ++i) {
    if (i == whole_) {
      content = false;
      for (const PropertySubscription& known : subscriptions_) content |= known.plan().content;
    }
    subscriptions_.emplace_back(seed_, random_plan(random_, content, dispatchers_of(seed_)));
  }
  logs_.emplace(threads_ + all);
  for (ProducerLog& log : *logs_) log.results.reserve(attempts_);
}

void SeedRun::emit_one(std::uint32_t producer, Producer* own) {
  ProducerLog& log = (*logs_)[producer];
  const std::uint32_t number = log.begun.fetch_add(1) + 1;
  const EventShape shape = shape_of(seed_, producer, number);
  log.results.push_back(own != nullptr ? emit_shape(*own, shape) : emit_shape(*bus_, shape));
  log.done.store(number);
}

// One of the test's producers: threads one after another, each with a ring of its own making.
void SeedRun::produce(std::uint32_t producer, std::uint64_t seed) {
  PropertyRandom random(seed);
  const std::uint64_t lives = 1 + random.below(3);
  const std::uint64_t pause_every = 1 + random.below(400);
  for (std::uint64_t life = 0; life < lives; ++life) {
    const bool explicit_ring = random.one_in(2);  // unless the budget of the rings is used up
    std::thread thread([&] {
      Producer own;
      if (explicit_ring) own = bus_->producer();
      for (std::uint32_t i = 0; i < attempts_ / lives; ++i) {
        emit_one(producer, own ? &own : nullptr);
        if (random.one_in(pause_every)) std::this_thread::yield();
        if (random.one_in(1000)) std::this_thread::sleep_for(std::chrono::microseconds(300));
      }
    });
    thread.join();
  }
}

std::function<void()> SeedRun::echo_of(std::size_t subscription) {
  return [this, producer = static_cast<std::uint32_t>(threads_ + subscription)] {
    // Echoes of echoes would never end.
    if ((*logs_)[producer].results.size() < 100) emit_one(producer, nullptr);
  };
}

void SeedRun::subscribe(std::size_t index) {
  subscriptions_[index].subscribe(*bus_, *logs_, echo_of(index));
}

// Subscriptions that are added and removed while the others go on.
void SeedRun::come_and_go(std::uint64_t seed) {
  PropertyRandom random(seed);
  for (std::size_t i = whole_; i < subscriptions_.size(); ++i) {
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(500)));
    subscribe(i);
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(1500)));
    // Not for long: an exporter may hang until the end.
    if (random.one_in(4)) bus_->flush(std::chrono::milliseconds(2)).IgnoreError();
    if (subscriptions_[i].plan().habit == Habit::kHanging) subscriptions_[i].release();
    subscriptions_[i].unsubscribe(*bus_);
  }
}

void SeedRun::check_moment(const BusStats& stats) {
  const auto check = [&](bool holds, const std::string& what) {
    if (!holds && moments_.size() < 5) moments_.push_back("at one moment: " + what);
  };
  check(stats.emitted == stats.accepted + total(stats.rejected), "emitted");
  check(stats.accepted == stats.dispatched + stats.waiting, "accepted");
  check(stats.waiting <= stats.accepted, "more was dispatched than accepted");
  for (const SubscriptionStats& one : stats.subscriptions) {
    check(one.matched + one.added == one.delivered + total(one.dropped) + one.in_flight,
          "account of " + one.name);
    check(one.in_flight <= one.matched + one.added, "more came out than went in of " + one.name);
  }
}

void SeedRun::watch() {
  while (producing_.load()) {
    check_moment(bus_->stats());
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

// The bus's own totals against what its producers were told.
void SeedRun::check_totals(const BusStats& stats) {
  std::array<std::uint64_t, 7> told{};
  for (const ProducerLog& log : *logs_) {
    for (const EmitResult result : log.results) ++told[static_cast<std::size_t>(result)];
  }
  const auto of = [&](EmitResult result) { return told[static_cast<std::size_t>(result)]; };
  const auto rejected = [&](DropReason reason) {
    return stats.rejected[static_cast<std::size_t>(reason)];
  };
  const auto expect = [&](const char* what, std::uint64_t counted, std::uint64_t seen) {
    if (counted == seen) return;
    report(std::string("bus, ") + what + ": counted " + std::to_string(counted) +
           ", producers saw " + std::to_string(seen));
  };
  expect("accepted", stats.accepted + rejected(DropReason::kLostAtExit), of(EmitResult::kAccepted));
  expect("full", rejected(DropReason::kFull) + rejected(DropReason::kVerbose),
         of(EmitResult::kFull));
  expect("too_big", rejected(DropReason::kTooBig), of(EmitResult::kTooBig));
  expect("closed", rejected(DropReason::kClosed), of(EmitResult::kClosed));
  expect("block_timeout", rejected(DropReason::kBlockTimeout), of(EmitResult::kBlockTimeout));
  expect("nested", rejected(DropReason::kNested), of(EmitResult::kNested));
  expect("waiting", stats.waiting, 0);
  if (rejected(DropReason::kLostAtExit) != 0 && !shut_down_early_)
    report("events were lost at exit");
  report_.emitted = stats.emitted;
  report_.accepted = stats.accepted;
  for (const SubscriptionStats& one : stats.subscriptions) {
    report_.delivered += one.delivered;
    report_.dropped += total(one.dropped);
  }
}

// Ends the bus, and judges.
void SeedRun::finish() {
  for (PropertySubscription& subscription : subscriptions_) subscription.release();
  if (!shut_down_early_) {
    if (const absl::Status flushed = bus_->flush(seconds(20)); !flushed.ok()) {
      report("flush: " + flushed.ToString());
    }
    // Echoes may have come in the meantime, and with them more echoes.
    bus_->flush(seconds(20)).IgnoreError();
  }
  const absl::Status ended = bus_->shutdown(seconds(20));
  if (!ended.ok()) report("shutdown: " + ended.ToString());
  const BusStats stats = bus_->stats();
  check_totals(stats);
  for (const std::string& moment : moments_) report(moment);
  const std::uint64_t lost = stats.rejected[static_cast<std::size_t>(DropReason::kLostAtExit)];
  for (std::size_t i = 0; i < subscriptions_.size(); ++i) {
    subscriptions_[i].judge(stats, *logs_, i < whole_, lost);
  }
  bus_.reset();
  for (const PropertySubscription& subscription : subscriptions_) {
    for (std::string& problem : subscription.problems()) report(std::move(problem));
  }
}

SeedReport SeedRun::run() {
  register_property_names();
  draw();
  bus_ = std::make_unique<TraceEventBus>(draw_bus());
  for (std::size_t i = 0; i < whole_; ++i) subscribe(i);
  std::vector<std::thread> threads;
  for (std::uint32_t producer = 0; producer < threads_; ++producer) {
    threads.emplace_back([this, producer, seed = random_.next()] { produce(producer, seed); });
  }
  std::thread watcher([this] { watch(); });
  std::thread visitor([this, seed = random_.next()] { come_and_go(seed); });
  visitor.join();
  if (shut_down_early_) {
    for (PropertySubscription& subscription : subscriptions_) subscription.release();
    if (const absl::Status ended = bus_->shutdown(seconds(20)); !ended.ok()) {
      report("early shutdown: " + ended.ToString());
    }
  }
  for (std::thread& thread : threads) thread.join();
  producing_.store(false);
  watcher.join();
  finish();
  return std::move(report_);
}

}  // namespace

SeedReport run_seed(std::uint64_t seed) { return SeedRun(seed).run(); }

}  // namespace tracebus::testing
