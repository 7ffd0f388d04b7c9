// SPDX-License-Identifier: Apache-2.0
//
// G17: where the system refuses a thread, a bus or a subscription is refused with the reason, and
// leaves nothing behind. This program's own pthread_create does the refusing.
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/bus/child_process.h"
#include "tracebus/tests/bus/thread_names.h"

namespace {

// While not 0: so many more threads are granted to whoever asks, but one.
constinit std::atomic<int> g_refused_in{0};

}  // namespace

extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                              void* (*body)(void*), void* argument) noexcept {
  if (g_refused_in != 0 && --g_refused_in == 0) {
    g_refused_in = 1;  // as is every one that follows
    return EAGAIN;
  }
  static const auto create =
      reinterpret_cast<decltype(&pthread_create)>(dlsym(RTLD_NEXT, "pthread_create"));
  return create(thread, attributes, body, argument);
}

namespace tracebus::testing {
namespace {

using ::testing::HasSubstr;

constexpr int kDispatchers = 3;
constexpr int kThreads = kDispatchers + 1;  // and the reporter

// While it lives, the nth thread is refused, as are all that follow.
class Refusing {
 public:
  explicit Refusing(int nth = 1) noexcept { g_refused_in = nth; }
  Refusing(const Refusing&) = delete;
  Refusing& operator=(const Refusing&) = delete;
  ~Refusing() { g_refused_in = 0; }
};

void expect_refused(const absl::Status& status, const std::string& thread) {
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("cannot start thread " + thread));
  EXPECT_THAT(std::string(status.message()), HasSubstr("ulimit -u"));
}

std::string name_of(int nth) { return nth <= kDispatchers ? "tb-dispatcher" : "tb-reporter"; }

// Each bus has a share of owned, which shows whether it is still there.
BusOptions options_with(std::shared_ptr<int> owned) {
  BusOptions options;
  options.dispatchers = kDispatchers;
  options.log = [owned = std::move(owned)](std::string_view) {};
  return options;
}

TEST(G17_RefusedThreadTest, BusIsRefusedWhicheverOfItsThreadsIsAndNothingIsLeft) {
  for (int nth = 1; nth <= kThreads; ++nth) {
    const auto owned = std::make_shared<int>();
    {
      const Refusing refusing(nth);
      expect_refused(TraceEventBus::create(options_with(owned)).status(), name_of(nth));
    }
    EXPECT_TRUE(eventually([&] { return owned.use_count() == 1; })) << nth;
    EXPECT_TRUE(eventually([] { return threads_named("tb-") == 0; })) << nth;
  }
  EXPECT_TRUE(TraceEventBus::create(options_with(nullptr)).ok());
}

TEST(G17_RefusedThreadTest, BusWithoutItsThreadsIsShutDown) {
  for (int nth = 1; nth <= kThreads; ++nth) {
    SCOPED_TRACE(nth);
    std::unique_ptr<TraceEventBus> bus;
    {
      const Refusing refusing(nth);
      bus = std::make_unique<TraceEventBus>(options_with(nullptr));
    }
    expect_refused(bus->status(), name_of(nth));
    EXPECT_TRUE(eventually([] { return threads_named("tb-") == 0; }));
    EXPECT_EQ(bus->add_exporter(exporter_of({})).status().code(),
              absl::StatusCode::kFailedPrecondition);
    EXPECT_FALSE(bus->subscribe([](const EventView&) {}));
    EXPECT_FALSE(bus->wants("agent_start"));
    EXPECT_EQ(emit_number(*bus, 1), EmitResult::kClosed);
    const BusStats stats = bus->stats();
    EXPECT_EQ(stats.emitted, 1u);
    EXPECT_EQ(count(stats.rejected, DropReason::kClosed), 1u);
    EXPECT_EQ(bus->flush(kLong), absl::OkStatus());
    EXPECT_EQ(bus->shutdown(kLong), absl::OkStatus());
  }
}

TEST(G17_RefusedThreadTest, SubscriptionIsRefusedWithItsWorkerAndTheBusGoesOn) {
  std::atomic<int> delivered = 0;
  std::atomic<int> unwanted = 0;
  TraceEventBus bus;
  ASSERT_TRUE(
      bus.subscribe([&](const EventView&) { ++delivered; }, {.run_on = RunOn::kDispatcher}).ok());
  const auto owned = std::make_shared<int>();
  const auto refused_callback = [&unwanted, owned](const EventView&) { ++unwanted; };
  {
    const Refusing refusing;
    ExporterFunctions functions;
    functions.export_batch = [&unwanted, owned](const Batch& batch, const ExportContext&) {
      unwanted += static_cast<int>(batch.size());
      return ExportResult::ok();
    };
    expect_refused(bus.add_exporter(exporter_of(std::move(functions))).status(), "tb-worker");
    for (const RunOn where : {RunOn::kSharedWorker, RunOn::kOwnWorker}) {
      expect_refused(bus.subscribe(refused_callback, {.run_on = where}).status(), "tb-worker");
    }
    EXPECT_FALSE(bus.subscribe(refused_callback));
  }
  EXPECT_EQ(bus.stats().subscriptions.size(), 1u);
  EXPECT_EQ(owned.use_count(), 2);  // refused_callback has one: what was refused is gone
  EXPECT_EQ(emit_number(bus, 1), EmitResult::kAccepted);
  EXPECT_EQ(bus.flush(kLong), absl::OkStatus());
  EXPECT_EQ(delivered, 1);

  // Once there are threads again, so are subscriptions.
  std::atomic<int> later = 0;
  for (const RunOn where : {RunOn::kSharedWorker, RunOn::kOwnWorker}) {
    ASSERT_TRUE(bus.subscribe([&](const EventView&) { ++later; }, {.run_on = where}).ok());
  }
  EXPECT_EQ(emit_number(bus, 2), EmitResult::kAccepted);
  EXPECT_EQ(bus.flush(kLong), absl::OkStatus());
  EXPECT_EQ(delivered, 2);
  EXPECT_EQ(later, 2);
  EXPECT_EQ(unwanted, 0);
}

// --- In the child of a fork, where the bus is made anew ---

TEST(G17_RefusedThreadTest, ChildOfAForkWithoutThreadsIsToldThatItsBusIsClosed) {
  TraceEventBus bus;
  ASSERT_TRUE(bus.subscribe([](const EventView&) {}));
  EXPECT_EQ(emit_number(bus, 1), EmitResult::kAccepted);
  for (int nth = 1; nth <= 2; ++nth) {
    const std::string problem = run_child([&]() -> std::string {
      const Refusing refusing(nth);
      if (emit_number(bus, 2) != EmitResult::kClosed) return "the event was not refused";
      return eventually([] { return threads_named("tb-") == 0; }) ? "" : "threads are left";
    });
    EXPECT_EQ(problem, "") << nth;
  }
}

// The reason would be nowhere to be seen.
TEST(G17_RefusedThreadTest, DefaultBusWithoutThreadsSaysSo) {
  const std::string problem = run_child([]() -> std::string {
    std::FILE* const said = std::tmpfile();
    const int before = dup(STDERR_FILENO);
    if (said == nullptr || dup2(fileno(said), STDERR_FILENO) < 0) return "no file";
    {
      const Refusing refusing;
      if (emit_number(default_bus(), 1) != EmitResult::kClosed) return "the event was not refused";
    }
    dup2(before, STDERR_FILENO);
    std::string text(1000, '\0');
    std::rewind(said);
    text.resize(std::fread(text.data(), 1, text.size(), said));
    return text.find("tracebus: cannot start thread tb-dispatcher") == 0 ? "" : "said: " + text;
  });
  EXPECT_EQ(problem, "");
}

}  // namespace
}  // namespace tracebus::testing
