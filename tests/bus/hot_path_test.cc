// SPDX-License-Identifier: Apache-2.0
//
// G5: a warm emit asks for no memory, takes no lock and makes no system call while the dispatcher
// is awake. The oracle is outside the library: replaced malloc and pthread calls, a seccomp trap.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <memory>
#include <mutex>
#include <thread>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/tests/bus/quiet_thread.h"

namespace tracebus::testing {
namespace {

constexpr int kEmits = 100'000;

struct Asked {
  bool watched = false;
  QuietCounts counts;
  std::uint64_t accepted = 0;
};

// What a thread asked for in kEmits calls of emit, after enough calls to be warm.
template <class Emit>
Asked watch(Emit emit) {
  Asked asked;
  std::thread thread([&] {
    for (int i = 0; i < 1000; ++i) emit(i);
    asked.watched = watch_system_calls();
    const QuietCounts before = quiet_counts();
    for (int i = 0; i < kEmits; ++i) asked.accepted += emit(i) == EmitResult::kAccepted ? 1 : 0;
    const QuietCounts after = quiet_counts();
    asked.counts = {after.allocations - before.allocations, after.locks - before.locks,
                    after.system_calls - before.system_calls};
  });
  thread.join();
  return asked;
}

class HotPathTest : public ::testing::Test {
 protected:
  HotPathTest() {
    // Each event of the dispatcher's own makes the next: it never finds nothing to do, and so never
    // parks, however the machine is loaded.
    const auto keep_awake = [this](const EventView&) {
      bus_.emit(kContextUpdate, kNoIds, "awake", "");
    };
    EXPECT_TRUE(
        bus_.subscribe_filter({"context_update"}, keep_awake, {.run_on = RunOn::kDispatcher}).ok());
    EXPECT_TRUE(
        bus_.subscribe_filter({"llm_call"}, [](const EventView&) {}, {.run_on = RunOn::kDispatcher})
            .ok());
    bus_.emit(kContextUpdate, kNoIds, "awake", "");
    ids_.run_id = RunId::from_foreign("run");
  }

  void expect_silence(const Asked& asked) {
    EXPECT_TRUE(asked.watched) << "seccomp refused: system calls were not counted";
    EXPECT_EQ(asked.counts.allocations, 0u);
    EXPECT_EQ(asked.counts.locks, 0u);
    EXPECT_EQ(asked.counts.system_calls, 0u);
    EXPECT_GT(asked.accepted, 1000u);
  }

  // Rings that do not grow, which costs system calls, though the dispatcher may be stopped for a
  // while, and that hold more than the least number of events even then.
  TraceEventBus bus_{{.ring_bytes = std::size_t{1} << 20, .ring_bytes_max = std::size_t{1} << 20}};
  EventIds ids_;
};

TEST_F(HotPathTest, TypedEmitOnTheThreadsOwnRingAsksForNothing) {
  expect_silence(watch([&](int i) {
    return bus_.emit(kLlmCall, ids_, "analyst-of-the-north", "pipeline-1",
                     attr<"model">("claude-sonnet-4-20250514"), attr<"input_tokens">(i),
                     attr<"output_tokens">(i), attr<"cost_usd">(0.25));
  }));
}

TEST_F(HotPathTest, TypedEmitOfAProducerAsksForNothing) {
  Producer producer = bus_.producer();
  expect_silence(watch([&](int i) {
    return producer.emit(kLlmCall, kNoIds, "analyst", "pipeline", attr<"model">("model"),
                         attr<"input_tokens">(i));
  }));
}

TEST_F(HotPathTest, FriendlyEmitOfEightAttributesAsksForNothing) {
  expect_silence(watch([&](int i) {
    return bus_.emit({.event_type = "llm_call",
                      .agent_name = "analyst",
                      .pattern_type = "pipeline",
                      .payload = {{"model", "claude-sonnet-4-20250514"},
                                  {"input_tokens", i},
                                  {"output_tokens", i},
                                  {"cost_usd", 0.25},
                                  {"cached", true},
                                  {"duration_ms", 12.5},
                                  {"nothing", nullptr},
                                  {"hot_path_test.not_registered", "text"}},
                      .ids = ids_});
  }));
}

TEST_F(HotPathTest, UnwantedEmitAsksForNothing) {
  const Asked unwanted = watch([&](int i) {
    return bus_.emit(kToolStart, kNoIds, "analyst", "pipeline", attr<"input_tokens">(i)) ==
                   EmitResult::kUnwanted
               ? EmitResult::kAccepted
               : EmitResult::kFull;
  });
  expect_silence(unwanted);
  EXPECT_EQ(unwanted.accepted, static_cast<std::uint64_t>(kEmits));
}

// The counters count: one thing of each kind among the emits is found.
TEST_F(HotPathTest, WhatIsAskedForOnceIsCountedOnce) {
  std::mutex mutex;
  const Asked asked = watch([&](int i) {
    if (i == 50'000) {
      const std::unique_ptr<volatile int> memory(new volatile int(i));
      const std::lock_guard lock(mutex);
      syscall(SYS_getppid);
    }
    return bus_.emit(kLlmCall, kNoIds, "analyst", "pipeline", attr<"input_tokens">(i));
  });
  ASSERT_TRUE(asked.watched);
  EXPECT_EQ(asked.counts.allocations, 2u);  // and a free
  EXPECT_EQ(asked.counts.locks, 1u);
  EXPECT_EQ(asked.counts.system_calls, 1u);
}

}  // namespace
}  // namespace tracebus::testing
