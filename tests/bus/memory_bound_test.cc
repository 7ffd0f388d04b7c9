// SPDX-License-Identifier: Apache-2.0
//
// G17: what a bus may take, whatever its exporters do.
//
//   rings            <= ring_budget_bytes
//   large records    <= large_bytes_max
//   each queue       <= queue_bytes_max, with Overflow::kBlock
//                       + twice ring_budget_bytes + large_bytes_max, as records may fill half a
//                       block only; and the one block that it fills
//   emergency ring   = 128 KiB, and 512 KiB where its events wait for their turn
//   tables           = a few MiB: what is wanted, of which type, by whom
//
// Blocks that rest are counted with the queues: they came out of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <random>
#include <thread>

#include "tracebus/bus/emergency_ring.h"
#include "tracebus/tests/bus/numbered_events.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::IsEmpty;

constexpr std::size_t kMiB = std::size_t{1} << 20;

// --- Rings ---

TEST(G17_RingMemoryTest, RingGrowsInABurstAndIsGivenBackWithItsThread) {
  TraceEventBus bus({.ring_bytes = kRingBytesMin, .threading = Threading::kManual});
  const auto receiver = std::make_shared<NumberedReceiver>();
  bus.subscribe([&](const EventView& event) { receiver->see(event); });
  std::thread([&] {
    for (std::int64_t n = 1; n <= 5000; ++n) {
      ASSERT_EQ(emit_numbered(bus, {.number = n}), EmitResult::kAccepted);
    }
    const BusStats grown = bus.stats();
    EXPECT_GE(grown.ring_growths, 3u);
    EXPECT_GE(grown.ring_bytes, 5000u * 64);
    EXPECT_LE(grown.ring_bytes, 16 * kMiB);
    ASSERT_TRUE(bus.flush(kLong).ok());
    ASSERT_TRUE(eventually([&] {
      EXPECT_TRUE(bus.poll().ok());
      return bus.stats().ring_bytes < grown.ring_bytes;  // the small parts are done with
    }));
  }).join();
  ASSERT_TRUE(eventually([&] {
    EXPECT_TRUE(bus.poll().ok());
    const BusStats stats = bus.stats();
    return stats.ring_bytes <= stats.rings * kRingBytesMin;  // free rings may have none
  }));
  EXPECT_EQ(bus.stats().producers, 0u);
  EXPECT_GE(bus.stats().ring_growths, 3u);  // counts outlive their ring
  EXPECT_EQ(receiver->numbers(0), numbers_to(5000));
}

TEST(G17_RingMemoryTest, GrowthAndRecyclingOfManyThreadsStayInTheBudget) {
  constexpr std::size_t kBudget = kMiB;
  TraceEventBus bus({.ring_bytes = kRingBytesMin, .ring_budget_bytes = kBudget});
  std::atomic<std::uint64_t> delivered = 0;
  bus.subscribe([&](const EventView&) { ++delivered; });
  std::atomic<std::uint64_t> accepted = 0;
  for (int round = 0; round < rounds(10, 200); ++round) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 300; ++i) {
          accepted += emit_number(bus, i) == EmitResult::kAccepted ? 1 : 0;
        }
      });
    }
    EXPECT_LE(bus.stats().ring_bytes, kBudget);
    for (std::thread& thread : threads) thread.join();
  }
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_EQ(delivered, accepted);
  EXPECT_EQ(bus.stats().emitted, bus.stats().accepted + total(bus.stats().rejected));
  EXPECT_TRUE(eventually([&] {
    const BusStats stats = bus.stats();
    return stats.ring_bytes <= stats.rings * kRingBytesMin;  // free rings may have none
  }));
}

TEST(G17_RingMemoryTest, WithoutBudgetEventsGoTheEmergencyWayAndThenAreCounted) {
  constexpr std::int64_t kCells = 256;
  TraceEventBus bus({.ring_bytes = kRingBytesMin,
                     .ring_bytes_max = kRingBytesMin,
                     .ring_budget_bytes = kRingBytesMin,
                     .threading = Threading::kManual});
  const auto receiver = std::make_shared<NumberedReceiver>();
  std::vector<std::uint32_t> producers;
  bus.subscribe([&](const EventView& event) {
    receiver->see(event);
    producers.push_back(event.producer());
  });
  Producer only = bus.producer();
  ASSERT_TRUE(only);
  EXPECT_FALSE(bus.producer());
  std::thread([&] {
    for (std::int64_t n = 1; n <= kCells; ++n) {
      EXPECT_EQ(emit_numbered(bus, {.number = n}), EmitResult::kAccepted);
    }
    for (int i = 0; i < 44; ++i) {
      EXPECT_EQ(emit_numbered(bus, {.number = 1000 + i}), EmitResult::kFull);
    }
    EXPECT_EQ(emit_numbered(bus, {.number = 2000, .type = "agent_end", .text_bytes = 3000}),
              EmitResult::kFull);
  }).join();
  EXPECT_EQ(count(bus.stats().rejected, DropReason::kFull), 45u);
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_EQ(receiver->numbers(0), numbers_to(kCells));
  EXPECT_THAT(receiver->problems(), IsEmpty());
  EXPECT_THAT(producers, ::testing::Each(kEmergencyProducer));
  EXPECT_EQ(emit_numbered(only, {.producer = 1, .number = 1}), EmitResult::kAccepted);
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_EQ(bus.stats().accepted, static_cast<std::uint64_t>(kCells) + 1);
}

// --- Large events ---

constexpr std::size_t kTenMB = 10'000'000;

// One event after another, on the host's own thread.
class LargeEventTest : public ::testing::Test {
 protected:
  void make_bus(std::size_t large_bytes_max, bool truncate) {
    bus_ = std::make_unique<TraceEventBus>(BusOptions{.large_bytes_max = large_bytes_max,
                                                      .truncate = truncate,
                                                      .callback_queue_bytes_max = 128 * kMiB,
                                                      .threading = Threading::kManual});
    bus_->subscribe([this](const EventView& event) {
      const auto text = event.find("text");
      texts_.emplace_back(text ? text->as_string() : "");
      const auto cut = event.find("tracebus.truncated_bytes");
      truncated_.push_back(cut ? cut->as_int64() : 0);
    });
  }
  EmitResult emit(std::string_view text) {
    return bus_->emit({.event_type = "message", .payload = {{"text", text}}});
  }
  void take() { ASSERT_TRUE(bus_->flush(kLong).ok()); }

  std::vector<std::string> texts_;
  std::vector<std::int64_t> truncated_;
  std::unique_ptr<TraceEventBus> bus_;
};

TEST_F(LargeEventTest, G17_TenMegabytesArriveWhole) {
  make_bus(kLargeBytesDefault, true);
  const std::string text = text_of(1, 2, kTenMB);
  for (const std::string_view one :
       {std::string_view("before"), std::string_view(text), std::string_view("after")}) {
    EXPECT_EQ(emit(one), EmitResult::kAccepted);
  }
  EXPECT_GE(bus_->stats().large_bytes, kTenMB);
  take();
  EXPECT_THAT(texts_, ::testing::ElementsAre("before", text, "after"));
  EXPECT_THAT(truncated_, ::testing::Each(0));
  EXPECT_EQ(bus_->stats().large_bytes, 0u);
  EXPECT_EQ(bus_->stats().truncated, 0u);
}

TEST_F(LargeEventTest, G17_WithoutRoomItIsCutBetweenCharactersAndSaysByHowMuch) {
  make_bus(kMiB, true);
  std::string text;
  while (text.size() < kTenMB) text += "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80";  // 1, 2, 3, 4 bytes
  for (std::size_t shift = 0; shift < 10; ++shift) {
    const std::string shifted = std::string(shift, '-') + text;
    EXPECT_EQ(emit(shifted), EmitResult::kAccepted);
    take();
    ASSERT_EQ(texts_.size(), shift + 1);
    const std::string& kept = texts_.back();
    EXPECT_GT(kept.size(), 100u);
    EXPECT_TRUE(shifted.starts_with(kept));
    EXPECT_NE(static_cast<unsigned char>(shifted[kept.size()]) & 0xC0, 0x80);
    EXPECT_EQ(truncated_.back(), static_cast<std::int64_t>(shifted.size() - kept.size()));
  }
  EXPECT_EQ(bus_->stats().truncated, 10u);
  EXPECT_EQ(total(bus_->stats().rejected), 0u);
}

TEST_F(LargeEventTest, G17_WithoutRoomAndTruncationItIsRefused) {
  make_bus(kMiB, false);
  EXPECT_EQ(emit("before"), EmitResult::kAccepted);
  EXPECT_EQ(emit(std::string(kTenMB, 'x')), EmitResult::kTooBig);
  EXPECT_EQ(emit("after"), EmitResult::kAccepted);
  take();
  EXPECT_THAT(texts_, ::testing::ElementsAre("before", "after"));
  EXPECT_EQ(count(bus_->stats().rejected, DropReason::kTooBig), 1u);
}

TEST_F(LargeEventTest, G17_RoomComesBackOnceDispatched) {
  make_bus(25 * kMiB, true);
  const std::string text(kTenMB, 'x');
  for (int round = 0; round < 5; ++round) {
    texts_.clear();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(emit(text), EmitResult::kAccepted);
    EXPECT_LE(bus_->stats().large_bytes, 25 * kMiB);
    take();
    ASSERT_EQ(texts_.size(), 3u);
    EXPECT_EQ(texts_[0].size(), kTenMB);
    EXPECT_LT(texts_[2].size(), kTenMB);
    EXPECT_EQ(bus_->stats().large_bytes, 0u);
  }
}

TEST_F(LargeEventTest, G4_G17_LargeAndSmallOfManyThreadsArriveWholeAndInOrder) {
  TraceEventBus bus({.large_bytes_max = 4 * kMiB});
  const auto receiver = std::make_shared<NumberedReceiver>();
  ASSERT_TRUE(bus.add_exporter(receiving_exporter(receiver), {.queue_bytes_max = 256 * kMiB}).ok());
  const int events = rounds(200, 600);  // less than the queue holds
  std::vector<std::thread> threads;
  for (std::int64_t producer = 0; producer < 4; ++producer) {
    threads.emplace_back([&, producer] {
      std::mt19937_64 random(static_cast<std::uint64_t>(producer) + 1);
      for (std::int64_t n = 1; n <= events; ++n) {
        const std::size_t bytes = random() % 4 != 0 ? random() % 200 : random() % (600 * 1024);
        const Numbered event{.producer = producer, .number = n, .text_bytes = bytes};
        while (emit_numbered(bus, event) == EmitResult::kFull) std::this_thread::yield();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_THAT(receiver->problems(), IsEmpty());
  EXPECT_EQ(bus.stats().large_bytes, 0u);
}

// --- Outage ---

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they take memory themselves

std::size_t resident_bytes() {
  std::size_t total_pages = 0;
  std::size_t resident_pages = 0;
  std::ifstream("/proc/self/statm") >> total_pages >> resident_pages;
  return resident_pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

TEST(G17_OutageTest, ResidentMemoryStaysBelowTheFormula) {
  constexpr std::size_t kRings = 8 * kMiB;
  constexpr std::size_t kLarge = 24 * kMiB;
  constexpr std::size_t kQueue = 32 * kMiB;
  constexpr std::size_t kQueues = 3 * (kQueue + kBlockBytesMax) + 2 * (kRings + kLarge);
  constexpr std::size_t kEmergency = (128 + 512) << 10;
  constexpr std::size_t kTables = 4 * kMiB;
  constexpr std::size_t kOfThisTest = 4 * 2 * kTenMB + 4 * kMiB;  // the texts to emit
  constexpr std::size_t kBound = kRings + kLarge + kQueues + kEmergency + kTables + kOfThisTest;

  const std::size_t before = resident_bytes();
  Gate gate;
  const auto dead = [&](const Batch&, const ExportContext&) {
    gate.pass();
    return ExportResult::ok();
  };
  TraceEventBus bus({.ring_budget_bytes = kRings, .large_bytes_max = kLarge});
  for (const Overflow overflow : {Overflow::kDropNewest, Overflow::kDropOldest, Overflow::kBlock}) {
    ASSERT_TRUE(
        bus.add_exporter(exporter_of({.export_batch = dead}),
                         {.overflow = overflow, .queue_bytes_max = kQueue, .block_timeout_ms = 1})
            .ok());
  }
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937_64 random(t + 1);
      const std::string text(kTenMB, 'x');
      while (!stop) {
        const std::size_t bytes = random() % 1000 == 0 ? kTenMB
                                  : random() % 20 == 0 ? random() % 100'000
                                                       : random() % 300;
        bus.emit({.event_type = "message",
                  .payload = {{"text", std::string_view(text).substr(0, bytes)}}});
      }
    });
  }
  std::size_t most = 0;
  const auto end = steady_clock::now() + std::chrono::seconds(rounds(2, 20));
  const auto last_end = end + kLong;
  const auto is_outage = [&] { return most > before + 2 * kQueue; };
  while (steady_clock::now() < (is_outage() ? end : last_end)) {
    most = std::max(most, resident_bytes());
    EXPECT_LE(bus.stats().ring_bytes, kRings);
    EXPECT_LE(bus.stats().large_bytes, kLarge);
    EXPECT_LE(bus.stats().block_bytes, kQueues);
    std::this_thread::sleep_for(milliseconds(20));
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  gate.open();
  EXPECT_LE(most - std::min(most, before), kBound);
  EXPECT_TRUE(is_outage());
  RecordProperty("resident_bytes", std::to_string(most - before));
}

#endif

}  // namespace
}  // namespace tracebus::testing
