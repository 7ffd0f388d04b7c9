// SPDX-License-Identifier: Apache-2.0
//
// A process with a bus forks. The oracle: parent and child each judge what their own receivers saw.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/bus/child_process.h"
#include "tracebus/tests/bus/fork_load.h"
#include "tracebus/tests/bus/test_scale.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

void fork_under_load(ForkLoad& load, int forks, int threads) {
  Producer producer = load.bus().producer();
  const std::uint64_t instance = load.bus().instance();
  load.start(threads);
  for (int i = 0; i < forks; ++i) {
    load.count(emit_of_process(load.bus(), getpid()));  // this thread has a ring at the fork
    const std::string problem = run_child([&] { return load.judge_child(instance, producer); });
    ASSERT_EQ(problem, "") << "fork " << i;
    EXPECT_EQ(load.bus().instance(), instance);
  }
  load.stop();
  EXPECT_EQ(load.judge_parent(), "");
}

TEST(G10_ForkTest, UsersAsk7_ManyForksUnderLoad) {
  ForkLoad load;
  fork_under_load(load, rounds(50, 1000), 8);
}

TEST(G10_ForkTest, ForksOfABusWithSeveralDispatchers) {
  BusOptions options;
  options.dispatchers = 3;
  ForkLoad load(options);
  fork_under_load(load, rounds(10, 100), 4);
}

TEST(G10_ForkTest, UsersAsk7_ChildOfAChild) {
  ForkLoad load;
  load.start(2);
  load.count(emit_of_process(load.bus(), getpid()));  // the others may be late
  Producer producer = load.bus().producer();
  const std::uint64_t instance = load.bus().instance();
  const std::string problem = run_child([&] {
    const std::string own = load.judge_child(instance, producer);
    if (!own.empty()) return own;
    Producer childs_producer = load.bus().producer();
    const std::uint64_t childs_instance = load.bus().instance();
    return run_child([&] { return load.judge_child(childs_instance, childs_producer); });
  });
  EXPECT_EQ(problem, "");
  load.stop();
  EXPECT_EQ(load.judge_parent(), "");
}

// The child's own threads use the bus for the first time, while one of them forks once more.
TEST(G10_ForkTest, ChildOfAChildThatIsRenewingItsBus) {
  ForkLoad load;
  Producer producer = load.bus().producer();
  const std::uint64_t instance = load.bus().instance();
  for (int i = 0; i < rounds(20, 200); ++i) {
    const std::string problem = run_child([&] {
      std::thread other([&] { emit_of_process(load.bus(), getpid()); });
      std::string grandchild = run_child([&] { return load.judge_child(instance, producer); });
      other.join();
      return grandchild;
    });
    ASSERT_EQ(problem, "") << "round " << i;
  }
}

TEST(G10_ForkTest, ChildThatNeverUsesTheBusExitsAtOnce) {
  ForkLoad load;
  load.start(4);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(run_child([] { return std::string(); }), "");
    EXPECT_EQ(run_child([&] {  // nor does it hang where it destroys the bus
                load.owned_bus().reset();
                return std::string();
              }),
              "");
  }
}

// quill#818: the parent's backend thread holds a lock at the fork, for ever as far as the child can
// see, and the child exits.
TEST(G10_ForkTest, UsersAsk7_Quill818_ChildExitsWhileTheBackendThreadHoldsLocks) {
  auto lock = std::make_shared<std::mutex>();
  auto inside = std::make_shared<std::atomic<bool>>(false);
  auto done = std::make_shared<Gate>();
  auto bus = std::make_unique<TraceEventBus>();
  const auto lock_it = [lock](Deadline) {
    const std::lock_guard locked(*lock);
    return absl::OkStatus();
  };
  ASSERT_TRUE(bus->add_exporter(exporter_of({.export_batch =
                                                 [lock, inside, done](auto&, auto&) {
                                                   const std::lock_guard locked(*lock);
                                                   inside->store(true);
                                                   done->pass();
                                                   return ExportResult::ok();
                                                 },
                                             .flush = lock_it,
                                             .shutdown = lock_it}))
                  .ok());
  emit_number(*bus, 1);
  ASSERT_TRUE(eventually([&] { return inside->load(); }));
  EXPECT_EQ(run_child([] { return std::string(); }), "");
  EXPECT_EQ(run_child([&] {
              bus.reset();
              return std::string();
            }),
            "");
  EXPECT_EQ(run_child([&] {  // the exporter came without a maker, so the child is without it
              Complaints wrong;
              emit_number(*bus, 2);
              wrong.unless(bus->flush(seconds(5)).ok(), "flush");
              wrong.unless(bus->shutdown(seconds(5)).ok(), "shutdown");
              wrong.equal(bus->stats().subscriptions.size(), 0, "subscriptions");
              bus.reset();
              return wrong.text();
            }),
            "");
  done->open();
  EXPECT_TRUE(bus->flush(kLong).ok());
}

// spdlog#748: fork, then log in both.
TEST(G10_ForkTest, UsersAsk7_Spdlog748_ForkThenEmitInChildAndParent) {
  ForkLoad load;
  Producer producer = load.bus().producer();
  const std::uint64_t instance = load.bus().instance();
  ChildProcess child([&] { return load.judge_child(instance, producer); });
  for (int i = 0; i < 1000; ++i) load.count(emit_of_process(load.bus(), getpid()));
  EXPECT_EQ(load.judge_parent(), "");
  EXPECT_EQ(child.wait(within(seconds(20)), within(seconds(4))), "");
  EXPECT_EQ(load.judge_parent(), "");
}

TEST(G10_ForkTest, GivenInstanceIsTheParentsAlone) {
  BusOptions options;
  options.instance = 77;
  ForkLoad load(options);
  Producer producer = load.bus().producer();
  ASSERT_EQ(load.bus().instance(), 77u);
  EXPECT_EQ(run_child([&] { return load.judge_child(77, producer); }), "");
}

// Other threads hold the locks of the control plane and of the registries when the process forks.
TEST(G10_ForkTest, ForksWhileOtherThreadsSubscribeAndRegisterNames) {
  TraceEventBus bus;
  std::atomic<bool> stopped = false;
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; !stopped.load(); ++i) {
        const std::string name = "fork." + std::to_string(t) + "." + std::to_string(i);
        static_cast<void>(EventType::registered(name));
        static_cast<void>(AttributeKey::registered(name));
        static_cast<void>(NameHandle::of(name));
      }
    });
  }
  threads.emplace_back([&] {
    while (!stopped.load()) {
      const auto id = bus.add_exporter(exporter_of({}));
      bus.stats();
      bus.unsubscribe(*id, kLong);
    }
  });
  threads.emplace_back([&] {
    while (!stopped.load()) TraceEventBus another;
  });
  for (int i = 0; i < rounds(50, 500); ++i) {
    const std::string problem = run_child([&] {
      Complaints wrong;
      static_cast<void>(EventType::registered("fork.child"));
      static_cast<void>(AttributeKey::registered("fork.child"));
      static_cast<void>(NameHandle::of("fork.child"));
      std::atomic<int> calls = 0;
      bus.subscribe([&](const EventView&) { ++calls; });
      emit_number(bus, 1);
      wrong.unless(bus.flush(seconds(10)).ok(), "flush");
      wrong.equal(static_cast<std::uint64_t>(calls.load()), 1, "calls");
      wrong.unless(bus.shutdown(seconds(10)).ok(), "shutdown");
      return wrong.text();
    });
    EXPECT_EQ(problem, "") << "fork " << i;
    if (!problem.empty()) break;
  }
  stopped.store(true);
  for (std::thread& thread : threads) thread.join();
}

TEST(G10_ForkTest, SubscriptionsKeepTheirIdsInTheChild) {
  ForkLoad load;
  const std::string problem = run_child([&] {
    Complaints wrong;
    emit_of_process(load.bus(), getpid());
    wrong.equal(load.bus().stats().subscriptions.size(), 2, "subscriptions");
    wrong.unless(load.bus().unsubscribe(load.exporter()), "exporter");
    wrong.unless(load.bus().unsubscribe(load.callback()), "callback");
    wrong.unless(!load.bus().wants(kAgentStart), "still wanted");
    return wrong.text();
  });
  EXPECT_EQ(problem, "");
  EXPECT_TRUE(load.bus().wants(kAgentStart));
}

TEST(G10_ForkTest, BusThatWasShutDownStaysSoInTheChild) {
  ForkLoad load;
  ASSERT_TRUE(load.bus().shutdown(kLong).ok());
  const std::string problem = run_child([&] {
    Complaints wrong;
    wrong.unless(!load.bus().wants(kAgentStart), "wanted");
    wrong.unless(emit_of_process(load.bus(), getpid()) == EmitResult::kClosed, "accepted");
    wrong.unless(!load.bus().subscribe([](const EventView&) {}), "subscribed");
    return wrong.text();
  });
  EXPECT_EQ(problem, "");
}

TEST(G10_ForkTest, CallbacksOfEveryKindAreSubscribedAgain) {
  for (const RunOn run_on : {RunOn::kSharedWorker, RunOn::kOwnWorker, RunOn::kDispatcher}) {
    TraceEventBus bus;
    std::atomic<int> calls = 0;
    ASSERT_TRUE(bus.subscribe([&](const EventView&) { ++calls; }, {.run_on = run_on}).ok());
    emit_number(bus, 1);
    ASSERT_TRUE(bus.flush(kLong).ok());
    const std::string problem = run_child([&] {
      Complaints wrong;
      emit_number(bus, 2);
      wrong.unless(bus.flush(seconds(10)).ok(), "flush");
      wrong.equal(static_cast<std::uint64_t>(calls.load()), 2, "calls");
      return wrong.text();
    });
    EXPECT_EQ(problem, "") << static_cast<int>(run_on);
  }
}

TEST(G10_ForkTest, BusesMadeInTheChildAreItsOwn) {
  ForkLoad load;
  const std::string problem = run_child([] {
    ForkLoad own;
    Complaints wrong;
    for (int i = 0; i < 100; ++i) own.count(emit_of_process(own.bus(), getpid()));
    wrong.add(own.judge_parent());
    wrong.unless(own.bus().shutdown(seconds(10)).ok(), "shutdown");
    return wrong.text();
  });
  EXPECT_EQ(problem, "");
}

TEST(G10_ForkTest, PolledBusIsPolledInTheChild) {
  BusOptions options;
  options.threading = Threading::kManual;
  TraceEventBus bus(options);
  SightingMaker maker;
  ASSERT_TRUE(bus.add_exporter(maker).ok());
  emit_of_process(bus, getpid());
  const std::string problem = run_child([&] {
    Complaints wrong;
    emit_of_process(bus, getpid());
    wrong.equal(bus.poll().value_or(0), 1, "polled");
    wrong.unless(bus.flush(seconds(10)).ok(), "flush");
    wrong.equal(maker.latest().events(), 1, "events");
    wrong.add(maker.latest().problems());
    return wrong.text();
  });
  EXPECT_EQ(problem, "");
  EXPECT_TRUE(bus.flush(kLong).ok());
  EXPECT_EQ(maker.latest().events(), 1u);
  EXPECT_EQ(maker.latest().problems(), "");
}

}  // namespace
}  // namespace tracebus::testing
