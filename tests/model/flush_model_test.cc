// SPDX-License-Identifier: Apache-2.0
//
// The shipped flush epoch and flush ticket, explored: flushers that emit and ask, a dispatcher that
// queues what it finds and passes the request on, a worker that delivers and answers.
//
// Oracle. When the dispatcher has answered, its own callback has seen every event that the flusher
// had emitted before it asked. When the worker has answered, so has the exporter, and it was
// flushed after the last of them. What callback and exporter have seen are plain values, so to
// learn of it without an order is a race. Awaits stand for the wakes, which have scenarios of their
// own.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tracebus/bus/flush_epoch.h"
#include "tracebus/bus/flush_ticket.h"
#include "tracebus/tests/model/model_atom.h"
#include "tracebus/tests/model/model_plain.h"
#include "tracebus/tests/model/mutants.h"

namespace tracebus::inline v1::model {
namespace {

constexpr std::size_t kFlushersMax = 2;

struct Plan {
  std::uint32_t flushers;
  std::uint32_t flushes;  // of each, one after another
  bool worker = true;     // if not, flushers are content with the dispatcher's answer
};

struct Bench {
  BasicFlushEpoch<ModelAtom> epoch;
  BasicFlushTicket<ModelAtom> ticket;
  std::array<ModelAtom<std::uint32_t>, kFlushersMax> tails;  // events emitted, ring by ring
  ModelAtom<std::uint32_t> published{0};                     // to the worker, by number
  // Of all rings together, events that the callback has seen and the exporter was flushed behind.
  // Written by the dispatcher and the worker, once for each answer.
  std::array<ModelPlain<std::uint32_t>, 5> called;
  std::array<ModelPlain<std::uint32_t>, 5> exported;
};

// Every flusher emits one event before each of its flushes.
void flush(Bench& bench, const Plan& plan, std::uint32_t flusher) {
  for (std::uint32_t i = 1; i <= plan.flushes; ++i) {
    bench.tails[flusher].store(i, std::memory_order_release);
    const std::uint64_t epoch = bench.epoch.ask();
    std::uint64_t answered = 0;
    await([&] { return (answered = bench.epoch.answered()) >= epoch; });
    // Others' events may be among them; that none is missing, the dispatcher checks by its epoch.
    check(bench.called[answered].read() >= i, "the callback has seen the event");
    if (!plan.worker) continue;
    await([&] { return (answered = bench.ticket.answered()) >= epoch; });
    check(bench.exported[answered].read() >= i, "the exporter was flushed behind the event");
  }
}

void dispatch(Bench& bench, const Plan& plan) {
  const std::uint64_t last = std::uint64_t{plan.flushers} * plan.flushes;
  for (std::uint64_t answered = 0; answered != last;) {
    await([&] { return bench.epoch.pending(); });
    const std::uint64_t epoch = bench.epoch.asked();
    std::uint32_t events = 0;
    for (const auto& tail : bench.tails) events += tail.load(std::memory_order_relaxed);
    check(events >= epoch, "as many events as flushes have been emitted");
    bench.called[epoch].write(events);
    bench.published.store(events, std::memory_order_release);
    bench.ticket.ask(epoch, events);
    bench.epoch.answer(epoch);
    answered = epoch;
  }
}

void work(Bench& bench, const Plan& plan) {
  const std::uint64_t last = std::uint64_t{plan.flushers} * plan.flushes;
  std::uint32_t front = 0;
  for (std::uint64_t answered = 0; answered != last;) {
    std::uint32_t published = 0;
    std::uint64_t epoch = 0;
    await([&] {
      epoch = bench.ticket.asked() ? bench.ticket.due(front) : 0;
      published = bench.published.load(std::memory_order_acquire);
      return epoch != 0 || published != front;
    });
    if (epoch != 0) {
      check(front >= epoch, "the exporter is not flushed too early");
      bench.exported[epoch].write(front);
      bench.ticket.answer(epoch);
      answered = epoch;
    } else {
      front = published;
    }
  }
}

Scenario scenario_of(const Plan& plan) {
  return [plan](Execution& execution) {
    Bench bench;
    for (std::uint32_t i = 0; i < plan.flushers; ++i) {
      execution.thread("flusher " + std::to_string(i), [&, i] { flush(bench, plan, i); });
    }
    execution.thread("dispatcher", [&] { dispatch(bench, plan); });
    if (plan.worker) execution.thread("worker", [&] { work(bench, plan); });
    execution.run();
  };
}

const Scenario kOne = scenario_of({1, 1});
const Scenario kTwice = scenario_of({1, 2});
const Scenario kTwoFlushers = scenario_of({2, 1, false});
const Scenario kMany = scenario_of({2, 2});

void explored(const Scenario& scenario) {
  const Report report = explore(scenario);
  EXPECT_TRUE(report.passed()) << report.describe();
  std::printf("%s", report.describe().c_str());
}

TEST(FlushModel, WhatWasEmittedBeforeIsHandedOverAndFlushed) {
  explored(kOne);
  explored(kTwice);
}

TEST(FlushModel, OneAnswerServesSeveralWhoAsk) { explored(kTwoFlushers); }

// Too long to explore: some of its executions.
TEST(FlushModel, ManyUnderRandomSchedules) {
  const Report report = explore(kMany, {.random_executions = 20'000, .seed = 1});
  EXPECT_TRUE(report.passed()) << report.describe();
}

// Each of two numbers is stored and loaded, in each of the two types.
constexpr std::size_t kOrders = 4;

TEST(FlushModel, EveryWeakenedOrderIsCaught) {
  const std::vector<NamedScenario> scenarios = {{"one", kOne}, {"twice", kTwice}};
  EXPECT_EQ(expect_all_mutants_caught(scenarios, "flush_epoch.h"), kOrders);
  EXPECT_EQ(expect_all_mutants_caught(scenarios, "flush_ticket.h"), kOrders);
}

}  // namespace
}  // namespace tracebus::inline v1::model
