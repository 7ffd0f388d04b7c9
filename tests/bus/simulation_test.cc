// SPDX-License-Identifier: Apache-2.0
//
// A polled bus on a simulated clock is a function of its seed: the seed draws rings, subscriptions,
// emits, polls, flushes and steps of the clocks; run twice, every receiver is handed the same bytes
// in the same batches.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/core/hash.h"
#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/bus/property_event.h"
#include "tracebus/tests/bus/simulated_clock.h"
#include "tracebus/tests/bus/test_scale.h"

namespace tracebus::testing {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view kTypes[] = {"agent_start", "agent_end", "llm_token", "tool_start"};

// What was handed over, as one number.
struct Stream {
  std::uint64_t hash = 0;
  std::uint64_t events = 0;
  void add(std::string_view bytes) { hash = hash * 31 + hash_bytes(bytes); }
  void add_number(std::uint64_t number) {
    add({reinterpret_cast<const char*>(&number), sizeof number});
  }
  void add_event(const EventView& event) {
    add({event.record(), event.size_bytes()});
    ++events;
  }
};

class StreamExporter final : public Exporter {
 public:
  StreamExporter(Stream& stream, std::uint64_t seed) : stream_(stream), random_(seed) {}
  std::string_view name() const noexcept override { return "stream"; }
  ExportResult export_batch(const Batch& batch, const ExportContext&) override {
    stream_.add_number(batch.first_number);
    for (const std::uint64_t drops : batch.drops) stream_.add_number(drops);
    for (const EventView& event : batch) stream_.add_event(event);
    return random_.one_in(8) ? ExportResult::failure(batch.size()) : ExportResult::ok();
  }
  bool non_blocking() const noexcept override { return true; }

 private:
  Stream& stream_;
  PropertyRandom random_;
};

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed)
      : seed_(seed), random_(seed), bus_(options()), streams_(kStreams) {
    for (int i = 0; i < 3; ++i) producers_.push_back(bus_.producer());
    for (std::size_t i = 0; i < kStreams; ++i) subscribe(i);
  }

  // The whole run as one stream.
  Stream run() {
    for (int step = 0; step < 1000; ++step) take_step();
    EXPECT_TRUE(bus_.flush(seconds(5)).ok());
    EXPECT_TRUE(bus_.shutdown(seconds(5)).ok());
    Stream all;
    for (const Stream& stream : streams_) {
      all.add_number(stream.hash);
      all.events += stream.events;
    }
    add_stats(all);
    return all;
  }

 private:
  static constexpr std::size_t kStreams = 4;

  BusOptions options() {
    BusOptions options;
    options.threading = Threading::kManual;
    options.instance = seed_;
    options.ring_bytes = kRingBytesMin << random_.below(3);
    options.ring_bytes_max = options.ring_bytes << 2 * random_.below(2);
    options.callback_queue_bytes_max = kQueueBytesMin << random_.below(6);
    options.callback_overflow = draw_overflow();
    options.stats_interval_ms = random_.one_in(2) ? 100 : 0;
    options.log = [](std::string_view) {};
    return options;
  }
  Overflow draw_overflow() {
    return random_.one_in(2) ? Overflow::kDropOldest : Overflow::kDropNewest;
  }
  Filter draw_filter() {
    return random_.one_in(2) ? Filter() : Filter::types({kTypes[random_.below(4)]});
  }

  void subscribe(std::size_t place) {
    Stream& stream = streams_[place];
    if (random_.one_in(2)) {
      ExporterOptions options;
      options.filter = draw_filter();
      options.overflow = draw_overflow();
      options.queue_bytes_max = kQueueBytesMin << random_.below(6);
      options.batch.events_max = 1 + random_.below(50);
      options.batch.delay_ms_max = static_cast<std::int64_t>(random_.below(200));
      ids_[place] =
          bus_.add_exporter(std::make_unique<StreamExporter>(stream, random_.next()), options)
              .value();
      return;
    }
    CallbackOptions options;
    options.run_on = static_cast<RunOn>(random_.below(3));
    options.queue_bytes_max = kQueueBytesMin << random_.below(4);
    const auto add = [this, &stream](const EventView& event) {
      stream.add_event(event);
      if (event.sequence() % 16 == 0) bus_.emit({.event_type = "agent_end"});
    };
    ids_[place] = bus_.subscribe_filter(draw_filter(), add, options).value();
  }

  void emit_some() {
    const std::string text(random_.below(300), 'x');
    for (std::uint64_t n = random_.below(20); n > 0; --n) {
      const std::uint64_t from = random_.below(4);
      const TraceEvent event = {.event_type = kTypes[random_.below(4)],
                                .agent_name = "agent",
                                .payload = {{"text", text}, {"n", n}}};
      results_.add_number(
          static_cast<std::uint64_t>(from == 3 ? bus_.emit(event) : producers_[from].emit(event)));
      if (random_.one_in(2)) clock_.pass(microseconds(random_.below(50)));
    }
  }

  void take_step() {
    const std::uint64_t what = random_.below(100);
    if (what < 50)
      emit_some();
    else if (what < 75)
      bus_.poll(1 + random_.below(40)).IgnoreError();
    else if (what < 85)
      clock_.pass(milliseconds(random_.below(300)));
    else if (what < 90)
      clock_.set_wall_by(milliseconds(random_.below(4000)) - seconds(2));
    else if (what < 93)
      bus_.flush(seconds(1)).IgnoreError();
    else if (what < 96)
      producers_[random_.below(3)] = bus_.producer();
    else
      resubscribe(random_.below(kStreams));
  }
  void resubscribe(std::size_t place) {
    bus_.unsubscribe(ids_[place]);
    subscribe(place);
  }

  void add_stats(Stream& all) {
    all.add_number(results_.hash);
    const BusStats stats = bus_.stats();
    EXPECT_EQ(stats.emitted, stats.accepted + total(stats.rejected));
    for (const std::uint64_t number : {stats.emitted, stats.accepted, stats.dispatched})
      all.add_number(number);
    for (const SubscriptionStats& one : stats.subscriptions) {
      EXPECT_EQ(one.matched + one.added, one.delivered + total(one.dropped));
      for (const std::uint64_t number : {one.matched, one.delivered, total(one.dropped)})
        all.add_number(number);
    }
  }

  const std::uint64_t seed_;
  PropertyRandom random_;
  SimulatedClock clock_;
  TraceEventBus bus_;
  std::vector<Stream> streams_;
  Stream results_;
  SubscriptionId ids_[kStreams];
  std::vector<Producer> producers_;
};

TEST(SimulationTest, SameSeedSameBytes) {
  const int seeds = rounds(200, 5000);
  std::set<std::uint64_t> hashes;
  std::uint64_t events = 0;
  for (std::uint64_t seed = 1; seed <= static_cast<std::uint64_t>(seeds); ++seed) {
    const Stream first = Simulation(seed).run();
    const Stream second = Simulation(seed).run();
    ASSERT_EQ(first.hash, second.hash) << "seed " << seed;
    ASSERT_EQ(first.events, second.events) << "seed " << seed;
    hashes.insert(first.hash);
    events += first.events;
  }
  EXPECT_EQ(hashes.size(), static_cast<std::size_t>(seeds)) << "other seeds, other runs";
  EXPECT_GT(events, 1000u * static_cast<unsigned>(seeds));
}

}  // namespace
}  // namespace tracebus::testing
