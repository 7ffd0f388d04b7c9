// SPDX-License-Identifier: Apache-2.0
//
// Threads that come and go, or are many, and buses that do. The oracle: the receiver saw every
// event that an emit accepted, once, and the process is no larger than before.
#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <barrier>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/bus/sightings.h"
#include "tracebus/tests/bus/test_scale.h"

namespace tracebus::testing {
namespace {

using std::chrono::seconds;

constexpr std::size_t kMiB = std::size_t{1} << 20;

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  file >> all >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

int thread_count() {
  std::ifstream file("/proc/self/status");
  std::string word;
  while (file >> word) {
    if (word != "Threads:") continue;
    int count = 0;
    file >> count;
    return count;
  }
  return -1;
}

// A bus with one receiver that has room for all.
struct WatchedBus {
  explicit WatchedBus(const BusOptions& options = {}) : bus(options) {
    exporter =
        bus.add_exporter(std::make_unique<SightingExporter>(seen), {.queue_bytes_max = 512 * kMiB})
            .value();
  }
  void count(EmitResult result) { ++(result == EmitResult::kAccepted ? accepted : refused); }
  void expect_all_seen() {
    ASSERT_TRUE(bus.flush(within(seconds(60))).ok());
    EXPECT_EQ(seen->events(), accepted.load());
    EXPECT_EQ(seen->problems(), "");
    const BusStats stats = bus.stats();
    EXPECT_EQ(stats.accepted, accepted.load());
    EXPECT_EQ(stats.emitted, accepted.load() + refused.load());
    EXPECT_EQ(stats_of(bus, exporter).delivered, accepted.load());
  }

  std::shared_ptr<Sightings> seen = std::make_shared<Sightings>();
  std::atomic<std::uint64_t> accepted = 0;
  std::atomic<std::uint64_t> refused = 0;
  TraceEventBus bus;
  SubscriptionId exporter;
};

TEST(G20_ThreadTest, ShortLivedThreadsLeaveNoGrowth) {
  const int threads = rounds(5000, 100000);
  constexpr int kAtOnce = 8;
  WatchedBus watched;
  std::size_t resident_early = 0;
  for (int i = 0; i < threads; i += kAtOnce) {
    std::vector<std::thread> alive;
    for (int t = 0; t < kAtOnce; ++t) {
      alive.emplace_back([&] {
        for (int n = 0; n < 3; ++n) watched.count(emit_number(watched.bus, n));
      });
    }
    for (std::thread& thread : alive) thread.join();
    // A dispatcher that is stopped gives no rings back.
    if (i % 200 == 0) {
      ASSERT_TRUE(eventually([&] { return watched.bus.stats().producers <= kAtOnce; }));
    }
    if (i >= threads / 4 && resident_early == 0) resident_early = resident_bytes();
  }
  watched.expect_all_seen();
  EXPECT_EQ(watched.refused.load(), 0u);
  // What the receiver itself remembers of each producer grows.
  const std::size_t own = static_cast<std::size_t>(threads) * 64;
  if (kSanitizerSlowness == 1) {  // sanitizers keep what was freed
    EXPECT_LT(resident_bytes(), resident_early + own + 16 * kMiB);
  }
  const BusStats stats = watched.bus.stats();
  EXPECT_LT(stats.rings, 1000u) << "rings are reused";
  EXPECT_TRUE(eventually([&] { return watched.bus.stats().producers <= 1; }));
}

// pthreads with small stacks, all alive at once.
class LiveThreads {
 public:
  LiveThreads(int count, std::function<void()> body) : body_(std::move(body)), ready_(count) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kStackBytes);
    for (int i = 0; i < count; ++i) {
      pthread_t thread;
      if (pthread_create(&thread, &attributes, run, this) != 0) break;
      threads_.push_back(thread);
    }
    pthread_attr_destroy(&attributes);
    for (int i = static_cast<int>(threads_.size()); i < count; ++i) ready_.arrive_and_drop();
  }
  ~LiveThreads() { join(); }
  void join() {
    for (const pthread_t thread : threads_) pthread_join(thread, nullptr);
    threads_.clear();
  }
  std::size_t count() const { return threads_.size(); }

  static constexpr std::size_t kStackBytes = std::size_t{128} << 10;

 private:
  static void* run(void* self) {
    auto& threads = *static_cast<LiveThreads*>(self);
    threads.ready_.arrive_and_wait();
    threads.body_();
    threads.ready_.arrive_and_wait();
    return nullptr;
  }

  const std::function<void()> body_;
  std::barrier<> ready_;
  std::vector<pthread_t> threads_;
};

TEST(G20_ThreadTest, ManyLiveThreadsDeliverAll) {
  const int wanted = rounds(500, 10000);
  WatchedBus watched;
  const std::size_t before = resident_bytes();
  std::atomic<std::size_t> most{0};
  LiveThreads threads(wanted, [&] {
    for (int n = 0; n < 100; ++n) watched.count(emit_number(watched.bus, n));
    most.store(resident_bytes());  // of the last one to finish, that of all
  });
  ASSERT_EQ(threads.count(), static_cast<std::size_t>(wanted)) << "the system refuses threads";
  threads.join();
  watched.expect_all_seen();
  EXPECT_EQ(watched.refused.load(), 0u);
  EXPECT_EQ(watched.seen->producers(), static_cast<std::size_t>(wanted));
  const std::size_t stacks = threads.count() * LiveThreads::kStackBytes;
  EXPECT_LT(most.load(), before + stacks + (std::size_t{1} << 30) * kSanitizerSlowness);
}

// Emits when its thread ends.
struct LastWords {
  WatchedBus* watched;
  ~LastWords() {
    if (watched != nullptr) watched->count(emit_number(watched->bus, 99));
  }
};
thread_local LastWords t_before_first_emit{nullptr};
thread_local LastWords t_after_first_emit{nullptr};

TEST(G20_ThreadTest, ThreadLocalDestructorsMayEmit) {
  WatchedBus watched;
  for (int i = 0; i < rounds(100, 2000); ++i) {
    std::thread([&] {
      t_before_first_emit.watched = &watched;
      watched.count(emit_number(watched.bus, 1));
      t_after_first_emit.watched = &watched;
    }).join();
    std::thread([&] { t_before_first_emit.watched = &watched; }).join();  // nothing but last words
  }
  watched.expect_all_seen();
  EXPECT_EQ(watched.refused.load(), 0u);
}

struct KeyWords {
  WatchedBus* watched;
  pthread_key_t key;
  int rounds_left;
};

void emit_at_key_end(void* words) {
  auto& key = *static_cast<KeyWords*>(words);
  key.watched->count(emit_number(key.watched->bus, 98));
  if (--key.rounds_left > 0) pthread_setspecific(key.key, words);  // come again, after the library
}

TEST(G20_ThreadTest, ThreadKeyDestructorsMayEmitAlsoAfterTheLibrarysOwn) {
  pthread_key_t first;
  ASSERT_EQ(pthread_key_create(&first, emit_at_key_end), 0);
  WatchedBus watched;
  pthread_key_t second;
  ASSERT_EQ(pthread_key_create(&second, emit_at_key_end), 0);
  for (int i = 0; i < rounds(100, 2000); ++i) {
    KeyWords one{&watched, first, 3};
    KeyWords two{&watched, second, 3};
    std::thread([&] {
      pthread_setspecific(first, &one);
      pthread_setspecific(second, &two);
      watched.count(emit_number(watched.bus, 1));
    }).join();
    if (i % 20 == 0) {
      ASSERT_TRUE(watched.bus.flush(kLong).ok());  // the emergency ring is small
    }
  }
  watched.expect_all_seen();
  EXPECT_EQ(watched.refused.load(), 0u);
  pthread_key_delete(first);
  pthread_key_delete(second);
}

TEST(G20_ThreadTest, OneThreadEmitsToMoreBusesThanItHoldsRingsOf) {
  constexpr int kBuses = 40;
  const int events = rounds(300, 3000);
  struct OrderedBus {
    TraceEventBus bus;
    std::atomic<std::int64_t> last = -1;
    std::atomic<int> disorders = 0;
  };
  std::vector<std::unique_ptr<OrderedBus>> buses;
  for (int i = 0; i < kBuses; ++i) {
    OrderedBus& one = *buses.emplace_back(std::make_unique<OrderedBus>());
    one.bus.subscribe([&one](const EventView& event) {
      if (number_of(event) != one.last.exchange(number_of(event)) + 1) ++one.disorders;
    });
  }
  for (int n = 0; n < events; ++n) {
    for (auto& one : buses) ASSERT_EQ(emit_number(one->bus, n), EmitResult::kAccepted);
    // The emergency ring, which those beyond go to, is small.
    if (n % 100 == 99) {
      for (auto& one : buses) ASSERT_TRUE(one->bus.flush(kLong).ok());
    }
  }
  for (auto& one : buses) {
    ASSERT_TRUE(one->bus.flush(kLong).ok());
    EXPECT_EQ(one->last.load(), events - 1);
    EXPECT_EQ(one->disorders.load(), 0);
    EXPECT_LT(one->bus.stats().rings, static_cast<std::uint64_t>(events) / 4) << "rings are reused";
  }
}

TEST(G20_ThreadTest, UsersAsk1_UsersAsk11_BusesComeAndGo) {
  const int threads_before = thread_count();
  std::size_t resident_early = 0;
  const int buses = rounds(100, 1000);
  for (int i = 0; i < buses; ++i) {
    WatchedBus watched;
    watched.bus.subscribe([](const EventView&) {});
    std::thread other([&] { watched.count(emit_number(watched.bus, 1)); });
    watched.count(emit_number(watched.bus, 2));
    other.join();
    ASSERT_TRUE(watched.bus.shutdown(kLong).ok());
    EXPECT_EQ(watched.seen->events(), 2u);
    ASSERT_TRUE(watched.bus.shutdown(kLong).ok());  // once more does nothing
    EXPECT_EQ(emit_number(watched.bus, 3), EmitResult::kClosed);
    // An emit after shutdown starts nothing. The system counts a thread a little longer than that
    // it can be joined.
    EXPECT_TRUE(eventually([&] { return thread_count() <= threads_before; }));
    EXPECT_EQ(count(watched.bus.stats().rejected, DropReason::kClosed), 1u);
    if (i == buses / 4) resident_early = resident_bytes();
  }
  if (kSanitizerSlowness == 1) {
    EXPECT_LT(resident_bytes(), resident_early + 8 * kMiB);
  }
}

TEST(G9_ThreadTest, ShutdownWithProducersStillEmittingCountsEveryEvent) {
  for (int i = 0; i < rounds(20, 300); ++i) {
    WatchedBus watched;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        EmitResult last = EmitResult::kAccepted;
        while (last != EmitResult::kClosed) watched.count(last = emit_number(watched.bus, 1));
      });
    }
    ASSERT_TRUE(eventually([&] { return watched.accepted.load() > 100; }));
    ASSERT_TRUE(watched.bus.shutdown(kLong).ok());
    for (std::thread& thread : threads) thread.join();
    const BusStats stats = watched.bus.stats();
    EXPECT_EQ(watched.seen->events() + count(stats.rejected, DropReason::kLostAtExit),
              watched.accepted.load());
    EXPECT_EQ(stats.emitted, watched.accepted.load() + watched.refused.load());
    EXPECT_EQ(watched.seen->problems(), "");
  }
}

TEST(G20_ThreadTest, ProducersOutliveTheBus) {
  for (int i = 0; i < rounds(20, 500); ++i) {
    auto watched = std::make_unique<WatchedBus>();
    const std::shared_ptr<Sightings> seen = watched->seen;
    std::atomic<std::uint64_t> accepted = 0;
    std::atomic<bool> emitting = false;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, own = watched->bus.producer()]() mutable {
        EmitResult last = EmitResult::kAccepted;
        while (last != EmitResult::kClosed) {
          last = own.emit(kLlmCall, kNoIds, "a", "p", attr<"n">(1));
          if (last == EmitResult::kAccepted) ++accepted;
          emitting.store(true);
        }
      });
    }
    ASSERT_TRUE(eventually([&] { return emitting.load(); }));
    ASSERT_TRUE(watched->bus.shutdown(kLong).ok());
    const BusStats stats = watched->bus.stats();
    watched.reset();
    for (std::thread& thread : threads) thread.join();
    // An emit of each may still have been under way when stats() looked.
    const std::uint64_t told = seen->events() + count(stats.rejected, DropReason::kLostAtExit);
    EXPECT_LE(told, accepted.load());
    EXPECT_LE(accepted.load() - told, threads.size());
    EXPECT_EQ(seen->problems(), "");
  }
}

}  // namespace
}  // namespace tracebus::testing
