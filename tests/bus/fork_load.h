// SPDX-License-Identifier: Apache-2.0
//
// ForkLoad: a bus with an exporter, a callback and busy producers of every kind, which the process
// may fork at any moment; and what a child of it has to find.
//
// Nothing that a child looks at is locked by a thread of its parent: each process counts in atomics
// or in sightings of its own making.
#ifndef TRACEBUS_TESTS_BUS_FORK_LOAD_H_
#define TRACEBUS_TESTS_BUS_FORK_LOAD_H_

#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/tests/bus/sightings.h"

namespace tracebus::testing {

// Collects what is wrong, for those who cannot use gtest's own checks.
class Complaints {
 public:
  void unless(bool holds, const std::string& what) {
    if (!holds) text_ += what + "\n";
  }
  void equal(std::uint64_t is, std::uint64_t expected, const std::string& what) {
    unless(is == expected,
           what + ": " + std::to_string(is) + " instead of " + std::to_string(expected));
  }
  void add(const std::string& text) { text_ += text; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Makes exporters that keep their process's sightings apart.
class SightingMaker {
 public:
  std::unique_ptr<Exporter> operator()() {
    auto sightings = std::make_shared<Sightings>();
    latest_->store(sightings.get());
    return std::make_unique<SightingExporter>(std::move(sightings));
  }
  // Those of the exporter made last. REQUIRES: there is one, and it lives.
  Sightings& latest() const { return *latest_->load(); }

 private:
  std::shared_ptr<std::atomic<Sightings*>> latest_ =
      std::make_shared<std::atomic<Sightings*>>(nullptr);
};

inline EmitResult emit_of_process(TraceEventBus& bus, std::int64_t process,
                                  std::string_view type = "agent_start") {
  return bus.emit({.event_type = type, .payload = {{"process", process}}});
}

class ForkLoad {
 public:
  explicit ForkLoad(const BusOptions& options = {}) : bus_(new TraceEventBus(options)) {
    exporter_ = bus_->add_exporter(maker_).value();
    callback_ = bus_->subscribe_filter({"agent_start"}, [this](const EventView& event) {
      const auto process = event.find("process");
      ++calls_;
      if (!process || process->as_int64() != getpid()) ++foreign_;
      if (calls_ % 8 == 0) count(emit_of_process(*bus_, getpid(), "tool_start"));
    });
  }
  ForkLoad(const ForkLoad&) = delete;
  ForkLoad& operator=(const ForkLoad&) = delete;
  ~ForkLoad() { stop(); }

  // Until stop: `count` threads that emit, each in its way.
  void start(int count) {
    for (int i = 0; i < count; ++i) {
      threads_.emplace_back([this, i] { emit_until_stopped(i); });
    }
  }
  void stop() {
    stopped_.store(true);
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  void count(EmitResult result) {
    (result == EmitResult::kAccepted ? accepted_ : refused_).fetch_add(1);
  }

  TraceEventBus& bus() { return *bus_; }
  std::unique_ptr<TraceEventBus>& owned_bus() { return bus_; }
  const SubscriptionId& exporter() const { return exporter_; }
  const SubscriptionId& callback() const { return callback_; }
  std::uint64_t accepted() const { return accepted_.load(); }
  Sightings& seen() { return maker_.latest(); }

  // In the parent, after stop: all that was accepted was delivered, once and in order.
  std::string judge_parent() {
    Complaints wrong;
    // Twice: callbacks may have emitted during the first.
    for (int i = 0; i < 2; ++i) {
      const absl::Status flushed = bus_->flush(std::chrono::seconds(60));
      wrong.unless(flushed.ok(), "flush: " + flushed.ToString());
    }
    wrong.equal(seen().events() + lost(), accepted(), "events that arrived or were lost");
    wrong.equal(foreign_.load(), 0, "events of another process in the callback");
    wrong.unless(seen().instances().size() == 1, "events of several buses");
    wrong.add(seen().problems());
    return wrong.text();
  }

  // In the child: emits in all ways, and sees its own events only.
  std::string judge_child(std::uint64_t parent_instance, Producer& parents_producer) {
    constexpr int kEvents = 20;
    Complaints wrong;
    const std::uint64_t calls_before = calls_.load();
    const std::uint64_t accepted_before = accepted();
    wrong.unless(bus_->wants(kAgentStart), "not wanted before the first emit");
    wrong.unless(parents_producer.emit(kAgentStart, kNoIds, "a", "p") == EmitResult::kClosed,
                 "the parent's producer emits");
    for (int i = 0; i < kEvents; ++i) count(emit_of_process(*bus_, getpid()));
    for (int i = 0; i < kEvents; ++i) {
      count(bus_->emit(kAgentStart, kNoIds, "a", "p", attr<"process">(getpid())));
    }
    Producer own = bus_->producer();
    for (int i = 0; i < kEvents; ++i) {
      count(own.emit(kAgentStart, kNoIds, "a", "p", attr<"process">(getpid())));
    }
    for (int i = 0; i < 2; ++i) {
      const absl::Status flushed = bus_->flush(std::chrono::seconds(10));
      wrong.unless(flushed.ok(), "flush: " + flushed.ToString());
    }
    wrong.equal(accepted() - accepted_before, 3 * kEvents + (calls_.load() / 8 - calls_before / 8),
                "accepted");
    wrong.equal(calls_.load() - calls_before, 3 * kEvents, "calls of the callback");
    wrong.equal(foreign_.load(), 0, "events of another process in the callback");
    wrong.equal(seen().events(), accepted() - accepted_before, "events in the new exporter");
    wrong.add(seen().problems());
    wrong.unless(bus_->instance() != parent_instance, "the parent's instance id");
    const std::set<std::uint64_t> instances = seen().instances();
    wrong.unless(instances.size() == 1 && *instances.begin() == bus_->instance(),
                 "events of another bus");
    wrong.equal(bus_->stats().accepted, accepted() - accepted_before, "stats().accepted");
    return wrong.text();
  }

 private:
  // Dropped by the exporter's queue, which is counted.
  std::uint64_t lost() const {
    for (const SubscriptionStats& one : bus_->stats().subscriptions) {
      if (one.id == exporter_) return total(one.dropped);
    }
    return 0;
  }

  void emit_until_stopped(int way) {
    Producer own = bus_->producer();
    const std::int64_t process = getpid();
    for (std::uint64_t i = 0; !stopped_.load(); ++i) {
      if (way % 3 == 0) count(emit_of_process(*bus_, process));
      if (way % 3 == 1) count(own.emit(kToolEnd, kNoIds, "a", "p", attr<"process">(process)));
      if (way % 3 == 2) {
        count(bus_->emit(kAgentEnd, kNoIds, "a", "p", attr<"process">(process)));
      }
      if (i % 16 == 0) std::this_thread::sleep_for(std::chrono::microseconds(100));
      if (i % 512 == 0) own = bus_->producer();
    }
  }

  SightingMaker maker_;
  std::unique_ptr<TraceEventBus> bus_;
  SubscriptionId exporter_;
  SubscriptionId callback_;
  std::atomic<std::uint64_t> accepted_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> calls_{0};
  std::atomic<std::uint64_t> foreign_{0};
  std::atomic<bool> stopped_{false};
  std::vector<std::thread> threads_;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_BUS_FORK_LOAD_H_
