// SPDX-License-Identifier: Apache-2.0
//
// BusOptions::pages: who touches the pages of a ring first, and that huge ones are asked for.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "tracebus/bus/arena.h"
#include "tracebus/tests/bus/numbered_events.h"

namespace tracebus::testing {
namespace {

constexpr std::size_t kRingBytes = std::size_t{64} << 10;
constexpr int kEvents = 500;  // of 64 bytes and more: half of the ring at least
constexpr std::int64_t kPagesTouched = kEvents * 64 / static_cast<std::int64_t>(kPageBytes);

// Counts what the bus has prepared ahead, and what it maps.
class CountingArena final : public Arena {
 public:
  void* map(std::size_t bytes) noexcept override {
    ++maps;
    return anonymous_arena().map(bytes);
  }
  void unmap(void* pages, std::size_t bytes) noexcept override {
    anonymous_arena().unmap(pages, bytes);
  }
  void prefault(void* pages, std::size_t bytes) noexcept override {
    ++prepared;
    anonymous_arena().prefault(pages, bytes);
  }
  void discard(void* pages, std::size_t bytes) noexcept override {
    anonymous_arena().discard(pages, bytes);
  }

  std::atomic<int> maps = 0;
  std::atomic<int> prepared = 0;
};

BusOptions options_with(Pages pages, Arena* arena) {
  return {.ring_bytes = kRingBytes,
          .ring_bytes_max = kRingBytes,
          .pages = pages,
          .log = [](std::string_view) {},
          .arena = arena};
}

// Pages that the calling thread touched first.
std::int64_t faults() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_minflt;
}

// By a thread of its own, of its events.
std::int64_t faults_of_emits(TraceEventBus& bus) {
  std::int64_t met = 0;
  std::thread([&] {
    emit_number(bus, 0);  // what a thread's first emit costs beside the ring
    const std::int64_t before = faults();
    for (int i = 0; i < kEvents; ++i) emit_number(bus, i);
    met = faults() - before;
  }).join();
  return met;
}

std::uint64_t spare_rings(const TraceEventBus& bus) { return bus.stats().rings; }

TEST(PagesTest, PreparedRingsAreTouchedAhead) {
  CountingArena arena;
  {
    TraceEventBus bus(options_with(Pages::kPrepared, &arena));
    ASSERT_TRUE(bus.subscribe([](const EventView&) {}, {.run_on = RunOn::kDispatcher}).ok());
    EXPECT_TRUE(eventually([&] {
      emit_number(bus, 0);  // a bus that sleeps prepares nothing
      return arena.prepared >= 2;
    }));
  }
}

TEST(PagesTest, FirstTouchIsTheEmittersAlsoInARingThatHadAnother) {
  CountingArena arena;
  {
    TraceEventBus bus(options_with(Pages::kFirstTouch, &arena));
    ASSERT_TRUE(bus.subscribe([](const EventView&) {}, {.run_on = RunOn::kDispatcher}).ok());
    for (int thread = 0; thread < 20; ++thread) {
      EXPECT_GE(faults_of_emits(bus), kPagesTouched) << thread;
      ASSERT_TRUE(bus.flush(kLong).ok());
      // The dispatcher gives rings back when it comes to it.
      ASSERT_TRUE(eventually([&] { return bus.stats().producers == 0; }));
    }
    EXPECT_LT(spare_rings(bus), 20u) << "no ring had a second thread";
    EXPECT_EQ(arena.prepared, 0);
  }
}

// A field of the mapping of this process that holds the address; empty if there is none.
std::string mapping_field(const void* address, const std::string& field) {
  std::ifstream smaps("/proc/self/smaps");
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  bool here = false;
  for (std::string line; std::getline(smaps, line);) {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    char dash = 0;
    std::istringstream range(line);
    if (range >> std::hex >> begin >> dash >> end && dash == '-') {
      here = begin <= wanted && wanted < end;
    } else if (here && line.starts_with(field + ":")) {
      return line.substr(field.size() + 1);
    }
  }
  return {};
}

std::uint64_t mapped_pages() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t pages = 0;
  statm >> pages;
  return pages;
}

TEST(PagesTest, HugePagesAreAskedForAndWhatIsMappedForThemIsGivenBack) {
  Arena& arena = huge_page_arena();
  for (const std::size_t bytes : {kHugePageBytes, 3 * kHugePageBytes + kPageBytes}) {
    const std::uint64_t before = mapped_pages();
    auto* const pages = static_cast<char*>(arena.map(bytes));
    ASSERT_NE(pages, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(pages) % kHugePageBytes, 0u);
    EXPECT_EQ(mapped_pages() - before, bytes / kPageBytes);
    std::memset(pages, 1, bytes);
    EXPECT_NE(mapping_field(pages, "VmFlags").find(" hg"), std::string::npos);
    arena.discard(pages, bytes);
    EXPECT_EQ(pages[bytes - 1], 0);
    arena.unmap(pages, bytes);
    EXPECT_EQ(mapped_pages(), before);
  }
  auto* const small = static_cast<char*>(arena.map(kPageBytes));
  ASSERT_NE(small, nullptr);
  small[0] = 1;
  arena.unmap(small, kPageBytes);
}

TEST(PagesTest, BusInHugePagesDelivers) {
  const auto receiver = std::make_shared<NumberedReceiver>();
  TraceEventBus bus({.pages = Pages::kHuge});
  ASSERT_TRUE(bus.add_exporter(receiving_exporter(receiver)).ok());
  for (std::int64_t i = 1; i <= 50'000; ++i) {
    while (emit_numbered(bus, {.number = i}) == EmitResult::kFull) std::this_thread::yield();
  }
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_EQ(receiver->count(), 50'000u);
  EXPECT_TRUE(receiver->problems().empty());
}

}  // namespace
}  // namespace tracebus::testing
