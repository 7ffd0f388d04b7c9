// SPDX-License-Identifier: Apache-2.0
//
// Events from signal handlers that interrupt anything: 10,000 a second, on every thread there is.
//
// The oracle: each handler counts what its emits answered; the receivers and stats() must agree,
// and a watchdog ends a run that hangs.
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/bus/emergency_ring.h"
#include "tracebus/bus/no_wait_scope.h"
#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/bus/sightings.h"
#include "tracebus/tests/bus/test_scale.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kResults = 7;
constexpr int kErrnoMark = 4711;
constexpr long kEveryNs = 100'000L * kSanitizerSlowness;

// What emits answered. For handlers too: lock-free atomics only.
class Results {
 public:
  void count(EmitResult result) { counts_[static_cast<std::size_t>(result)].fetch_add(1); }
  std::uint64_t of(EmitResult result) const {
    return counts_[static_cast<std::size_t>(result)].load();
  }
  std::uint64_t all() const {
    std::uint64_t sum = 0;
    for (const auto& count : counts_) sum += count.load();
    return sum;
  }

 private:
  std::array<std::atomic<std::uint64_t>, kResults> counts_{};
};

struct HandlerWork {
  TraceEventBus* bus = nullptr;
  Results results;
  std::atomic<std::uint64_t> calls{0};
  std::atomic<std::uint64_t> errno_changed{0};
};
std::atomic<HandlerWork*> g_work{nullptr};

void emit_in_handler(int) {
  HandlerWork* const work = g_work.load();
  if (work == nullptr) return;
  const NoWaitScope no_wait;
  const int interrupted = errno;
  errno = kErrnoMark;
  const std::uint64_t call = work->calls.fetch_add(1);
  if (call % 2 == 0) {
    work->results.count(work->bus->emit(kToolEnd, kNoIds, "handler", "p", attr<"n">(call),
                                        attr<"process">(getpid())));
  } else {
    work->results.count(work->bus->emit({.event_type = "tool_end",
                                         .agent_name = "handler",
                                         .payload = {{"n", call}, {"process", getpid()}}}));
  }
  if (errno != kErrnoMark) work->errno_changed.fetch_add(1);
  errno = interrupted;
}

// SIGPROF at 10 kHz for the thread that makes it, until it is destroyed.
class ProfilingTimer {
 public:
  ProfilingTimer() {
    sigevent event{};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGPROF;
    event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
    ok_ = timer_create(CLOCK_MONOTONIC, &event, &timer_) == 0;
    itimerspec every{};
    every.it_interval.tv_nsec = every.it_value.tv_nsec = kEveryNs;
    ok_ = ok_ && timer_settime(timer_, 0, &every, nullptr) == 0;
    if (!ok_) ADD_FAILURE() << "no timer: " << errno;
  }
  ProfilingTimer(const ProfilingTimer&) = delete;
  ProfilingTimer& operator=(const ProfilingTimer&) = delete;
  ~ProfilingTimer() {
    if (ok_) timer_delete(timer_);
  }

 private:
  timer_t timer_{};
  bool ok_ = false;
};

// Ends the program if it is not destroyed in time.
class Watchdog {
 public:
  explicit Watchdog(seconds limit) : thread_([this, limit] { watch(limit); }) {}
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog() {
    done_.store(true);
    thread_.join();
  }

 private:
  void watch(seconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!done_.load()) {
      std::this_thread::sleep_for(milliseconds(20));
      if (std::chrono::steady_clock::now() < deadline) continue;
      std::fprintf(stderr, "deadlock: not done after %lld s\n",
                   static_cast<long long>(limit.count()));
      std::abort();
    }
  }

  std::atomic<bool> done_{false};
  std::thread thread_;
};

class G11_SignalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    struct sigaction action = {};
    action.sa_handler = emit_in_handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    ASSERT_EQ(sigaction(SIGPROF, &action, nullptr), 0);
  }
  void TearDown() override { g_work.store(nullptr); }

  // Emits in every way until told to stop, interrupted all the time.
  static void emit_interrupted(TraceEventBus& bus, Results& results, std::atomic<bool>& stopped) {
    const ProfilingTimer timer;
    Producer own = bus.producer();
    const std::string text(200, 'x');
    for (std::uint64_t i = 0; !stopped.load(); ++i) {
      switch (i % 3) {
        case 0:
          results.count(own.emit(kLlmCall, kNoIds, "a", "p", attr<"text">(text)));
          break;
        case 1:
          results.count(bus.emit({.event_type = "llm_call", .payload = {{"text", text}}}));
          break;
        default:
          results.count(bus.emit(kLlmCall, kNoIds, "a", "p", attr<"n">(i)));
      }
    }
  }

  // Emits from its handlers only; what they interrupt is memory management.
  static void allocate_interrupted(std::atomic<bool>& stopped) {
    const ProfilingTimer timer;
    while (!stopped.load()) {
      std::vector<std::string> texts;
      for (int i = 0; i < 50; ++i) texts.emplace_back(static_cast<std::size_t>(40 + i), 'x');
    }
  }

  static void expect_account(const BusStats& stats, const Results& own, const Results& handlers) {
    const auto told = [&](EmitResult result) { return own.of(result) + handlers.of(result); };
    const auto rejected = [&](DropReason reason) { return count(stats.rejected, reason); };
    EXPECT_EQ(stats.emitted, own.all() + handlers.all());
    EXPECT_EQ(stats.accepted, told(EmitResult::kAccepted));
    EXPECT_EQ(rejected(DropReason::kFull), told(EmitResult::kFull));
    EXPECT_EQ(rejected(DropReason::kNested), told(EmitResult::kNested));
    EXPECT_EQ(rejected(DropReason::kBlockTimeout), told(EmitResult::kBlockTimeout));
    EXPECT_EQ(rejected(DropReason::kTooBig), told(EmitResult::kTooBig));
    EXPECT_EQ(told(EmitResult::kClosed) + told(EmitResult::kUnwanted), 0u);
    for (const SubscriptionStats& one : stats.subscriptions) {
      EXPECT_EQ(one.matched + one.added, one.delivered + total(one.dropped) + one.in_flight);
      EXPECT_EQ(one.in_flight, 0u);
    }
  }
};

TEST_F(G11_SignalTest, ProfilerEmitsOverFullRingsAndABlockingSubscription) {
  const auto time = seconds(full_scale() ? std::max(15, rounds(60, 60)) : 3);
  const Watchdog watchdog(within(time + seconds(60)));
  BusOptions options;
  options.ring_bytes = options.ring_bytes_max = kRingBytesMin;
  TraceEventBus bus(options);
  auto all = std::make_shared<Sightings>();
  auto blocking = std::make_shared<Sightings>();
  const auto whole = bus.add_exporter(std::make_unique<SightingExporter>(all),
                                      {.queue_bytes_max = std::size_t{256} << 20});
  const auto blocker =
      bus.add_exporter(exporter_of({.export_batch =
                                        [&](const Batch& batch, auto&) {
                                          for (const EventView& event : batch) blocking->see(event);
                                          std::this_thread::sleep_for(milliseconds(1));
                                          return ExportResult::ok();
                                        }}),
                       {.batch = {.events_max = 256},
                        .overflow = Overflow::kBlock,
                        .queue_bytes_max = kQueueBytesMin,
                        .block_timeout_ms = 1});
  HandlerWork work;
  work.bus = &bus;
  g_work.store(&work);

  Results own;
  std::atomic<bool> stopped = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back([&] { emit_interrupted(bus, own, stopped); });
  for (int i = 0; i < 2; ++i) threads.emplace_back([&] { allocate_interrupted(stopped); });
  threads.emplace_back([&] {  // threads that come and go under fire
    while (!stopped.load()) {
      std::thread([&] {
        const ProfilingTimer timer;
        std::this_thread::sleep_for(milliseconds(3));
      }).join();
    }
  });
  std::this_thread::sleep_for(time);
  stopped.store(true);
  for (std::thread& thread : threads) thread.join();
  g_work.store(nullptr);

  ASSERT_TRUE(bus.flush(within(kLong)).ok());
  const BusStats stats = bus.stats();
  expect_account(stats, own, work.results);
  EXPECT_GT(work.calls.load(), 500u / kSanitizerSlowness);
  EXPECT_GT(work.results.of(EmitResult::kAccepted), 0u);
  EXPECT_GT(own.of(EmitResult::kAccepted), 0u);
  EXPECT_GT(count(stats_of(bus, *blocker).dropped, DropReason::kBlockTimeout), 0u);
  EXPECT_GT(all->last_of(kEmergencyProducer), 0u) << "no emit was interrupted";
  EXPECT_EQ(work.errno_changed.load(), 0u);
  EXPECT_EQ(all->events(), stats_of(bus, *whole).delivered);
  EXPECT_EQ(all->events() + total(stats_of(bus, *whole).dropped), stats.accepted);
  EXPECT_EQ(blocking->events(), stats_of(bus, *blocker).delivered);
  EXPECT_EQ(all->problems(), "");
  EXPECT_EQ(blocking->problems(), "");
}

// The rings cannot be had: everything goes the emergency way, handlers and others together.
TEST_F(G11_SignalTest, HandlersShareTheEmergencyRing) {
  const Watchdog watchdog(within(seconds(60)));
  BusOptions options;
  options.ring_bytes = options.ring_bytes_max = options.ring_budget_bytes = kRingBytesMin;
  TraceEventBus bus(options);
  const Producer budget = bus.producer();  // takes all of it
  auto seen = std::make_shared<Sightings>();
  ASSERT_TRUE(bus.add_exporter(std::make_unique<SightingExporter>(seen)).ok());
  HandlerWork work;
  work.bus = &bus;
  g_work.store(&work);
  Results own;
  std::atomic<bool> stopped = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      const ProfilingTimer timer;
      while (!stopped.load()) {
        own.count(bus.emit(kLlmCall, kNoIds, "a", "p", attr<"n">(1)));
        std::this_thread::sleep_for(std::chrono::microseconds(20));
      }
    });
  }
  std::this_thread::sleep_for(milliseconds(500));
  stopped.store(true);
  for (std::thread& thread : threads) thread.join();
  g_work.store(nullptr);
  ASSERT_TRUE(bus.flush(kLong).ok());
  expect_account(bus.stats(), own, work.results);
  EXPECT_EQ(seen->events(), bus.stats().accepted);
  EXPECT_EQ(seen->problems(), "");
  EXPECT_EQ(work.errno_changed.load(), 0u);
}

// A handler may be the first to use a call site, also where it interrupts the registries and the
// heap.
template <std::size_t... kNumbers>
void use_new_call_sites(TraceEventBus& bus, std::uint64_t number,
                        std::index_sequence<kNumbers...>) {
  const auto emit_if = [&]<std::size_t kNumber>() {
    constexpr char kKey[] = {'s', 'i', 't', 'e', 'A' + kNumber / 26, 'a' + kNumber % 26, '\0'};
    if (kNumber == number) bus.emit(kToolEnd, kNoIds, "handler", "p", attr<kKey>(number));
  };
  (emit_if.template operator()<kNumbers>(), ...);
}

TraceEventBus* g_bus = nullptr;
std::atomic<std::uint64_t> g_site{0};
constexpr std::size_t kSites = 78;

TEST_F(G11_SignalTest, HandlerMayBeTheFirstToUseACallSite) {
  const Watchdog watchdog(within(seconds(30)));
  TraceEventBus bus;
  std::atomic<int> seen = 0;
  bus.subscribe([&](const EventView&) { ++seen; });
  g_bus = &bus;
  g_site = 0;
  struct sigaction action = {};
  action.sa_handler = [](int) {
    use_new_call_sites(*g_bus, g_site.fetch_add(1), std::make_index_sequence<kSites>());
  };
  ASSERT_EQ(sigaction(SIGPROF, &action, nullptr), 0);
  {
    const ProfilingTimer timer;
    for (int i = 0; g_site.load() < kSites; ++i) {
      const std::string name = "interrupted." + std::to_string(i);
      static_cast<void>(AttributeKey::registered(name));
      static_cast<void>(NameHandle::of(name));
    }
  }
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_EQ(seen.load(), static_cast<int>(kSites));
}

}  // namespace
}  // namespace tracebus::testing
