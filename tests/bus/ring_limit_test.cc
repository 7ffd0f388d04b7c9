// SPDX-License-Identifier: Apache-2.0
//
// G17: as many producers as a bus has rings for, and one more.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "tracebus/bus/ring_registry.h"
#include "tracebus/tests/bus/bus_test_support.h"

namespace tracebus::testing {
namespace {

constexpr std::size_t kRings = RingRegistry::kRingsMax;

BusOptions options_for_all_rings() {
  BusOptions options;
  options.ring_bytes = kRingBytesMin;
  options.ring_bytes_max = kRingBytesMin;
  options.ring_budget_bytes = (kRings + 100) * kRingBytesMin;  // it is not what ends first
  options.pages = Pages::kFirstTouch;
  return options;
}

// A spare ring that the dispatcher is about to hand on is nobody's for a moment.
std::vector<Producer> take_all_rings(TraceEventBus& bus) {
  std::vector<Producer> producers;
  EXPECT_TRUE(eventually([&] {
    while (Producer producer = bus.producer()) producers.push_back(std::move(producer));
    return producers.size() >= kRings;
  }));
  return producers;
}

TEST(G17_RingLimitTest, ProducerBeyondTheLastRingIsEmptyAndThreadsGoToTheEmergencyRing) {
  TraceEventBus bus(options_for_all_rings());
  std::atomic<std::uint64_t> delivered = 0;
  ASSERT_TRUE(bus.subscribe([&](const EventView&) { ++delivered; }));
  std::vector<Producer> producers = take_all_rings(bus);
  ASSERT_EQ(producers.size(), kRings);
  EXPECT_EQ(bus.stats().rings, kRings);
  EXPECT_EQ(bus.stats().producers, kRings);
  EXPECT_FALSE(bus.producer());

  // The last one is as good as the first. A thread beyond it has no ring, and is served all the
  // same until the emergency ring is full, which is counted.
  const TraceEvent event = {.event_type = "agent_start"};
  EXPECT_EQ(producers.front().emit(event), EmitResult::kAccepted);
  EXPECT_EQ(producers.back().emit(event), EmitResult::kAccepted);
  std::uint64_t accepted = 2;
  std::uint64_t full = 0;
  for (int i = 0; i < 10'000; ++i) {
    const EmitResult result = bus.emit(event);
    accepted += result == EmitResult::kAccepted ? 1 : 0;
    full += result == EmitResult::kFull ? 1 : 0;
  }
  EXPECT_EQ(accepted + full, 10'002u);
  EXPECT_GT(accepted, 2u);
  ASSERT_EQ(bus.flush(kLong), absl::OkStatus());
  EXPECT_EQ(delivered, accepted);
  const BusStats stats = bus.stats();
  EXPECT_EQ(stats.accepted, accepted);
  EXPECT_EQ(count(stats.rejected, DropReason::kFull), full);

  // One that ends makes place for the next.
  producers.pop_back();
  Producer next;
  EXPECT_TRUE(eventually([&] { return static_cast<bool>(next = bus.producer()); }));
  EXPECT_EQ(next.emit(event), EmitResult::kAccepted);
  EXPECT_EQ(bus.flush(kLong), absl::OkStatus());
  EXPECT_EQ(delivered, accepted + 1);
}

}  // namespace
}  // namespace tracebus::testing
