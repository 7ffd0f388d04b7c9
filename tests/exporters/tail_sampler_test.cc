// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/tail_sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/exporters/memory_exporter.h"
#include "tracebus/tests/exporters/tail_sampler_rig.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const SamplingThreshold kNothing = *SamplingThreshold::of_share(0);

TEST(TailSampler, Row62_RunsWithAnErrorAreKeptFromTheirFirstEvent) {
  TailSamplerRig rig({.share = kNothing});
  rig.add(1).add(2).add(1, "error").add(1).add(2, "pattern_end").add(1, "pattern_end");
  EXPECT_THAT(counts(rig.send()), ElementsAre(0, 0, 0, 0, 2));
  EXPECT_THAT(rig.received.numbers(), ElementsAre(0, 2, 3, 5));
  EXPECT_EQ(rig.kept(TailReason::kMatched), 1u);
  EXPECT_EQ(rig.sampled_out(TailReason::kEnded), 1u);
  EXPECT_EQ(rig.told->events_kept.get(), 4u);
  EXPECT_EQ(rig.told->events_sampled_out.get(), 2u);
  EXPECT_EQ(rig.told->bytes_held.get(), 0u);
}

TEST(TailSampler, ErrorsAreToldInManyWays) {
  const std::pair<std::string_view, Payload> errors[] = {
      {"error", {}},
      {"llm_call_error", {}},
      {"tool_error", {}},
      {"provider_call_error", {}},
      {"tool_end", {{"status", "error"}}},
      {"agent_end", {{"status", "ERROR"}}},
      {"agent_end", {{"otel.status_code", "ERROR"}}},
      {"agent_end", {{"success", false}}},
      {"agent_end", {{"error.type", "timeout"}}},
      {"something else", {{"exception.type", "ValueError"}}}};
  for (const auto& [type, payload] : errors) {
    TailSamplerRig rig({.share = kNothing});
    rig.add(1).add(1, type, payload).send();
    EXPECT_THAT(rig.received.numbers(), ElementsAre(0, 1)) << type;
  }
  TailSamplerRig rig({.share = kNothing});
  rig.add(1, "agent_end", {{"status", "ok"}, {"success", true}}).add(1, "pattern_end").send();
  EXPECT_THAT(rig.received.events, IsEmpty());
}

TEST(TailSampler, Row62_SlowRunsAreKept) {
  TailSamplerRig rig({.slow_ms = 2000, .share = kNothing});
  const auto at = [](std::uint8_t run, std::int64_t seconds, std::uint32_t nanoseconds) {
    return TraceEvent{.timestamp = Timestamp{seconds, nanoseconds},
                      .event_type = "llm_call",
                      .ids = ids_of_run(run)};
  };
  rig.add_event(at(1, 10, 500'000'000)).add_event(at(1, 12, 499'999'999));
  rig.add_event(at(2, 10, 500'000'000)).add_event(at(2, 12, 500'000'000));
  rig.add_event(
      {.event_type = "llm_call_end", .payload = {{"duration_ms", 2000.0}}, .ids = ids_of_run(3)});
  rig.add_event(
      {.event_type = "llm_call_end", .payload = {{"duration_ms", 1999}}, .ids = ids_of_run(4)});
  rig.send();
  EXPECT_THAT(rig.received.numbers(), ElementsAre(2, 3, 4));
  EXPECT_EQ(rig.kept(TailReason::kSlow), 2u);
}

TEST(TailSampler, CostlyRunsAreKeptAndNothingIsCountedTwice) {
  TailSamplerRig rig({.cost_usd = 1.0, .share = kNothing});
  for (int i = 0; i < 2; ++i) {
    rig.add(1, "llm_call_end", {{"cost_usd", 0.3}}).add(1, "cost_record", {{"cost_usd", 0.3}});
    rig.add(2, "llm_call", {{"cost", 0.5}});
  }
  rig.add(3, "agent_end", {{"cost_usd", 7}});  // a sum of others
  rig.send();
  EXPECT_THAT(rig.received.numbers(), ElementsAre(2, 5));
  EXPECT_EQ(rig.kept(TailReason::kCostly), 1u);
}

TEST(TailSampler, RunsThatDifferByTheirRestAreKeptByTheirTraceId) {
  TailSamplerRig rig({.share = *SamplingThreshold::of_share(0.5)});
  for (std::uint8_t run = 1; run <= 20; ++run) {
    EventIds ids = ids_of_run(run);
    ids.trace_id.bytes[9] = run % 2 == 0 ? 0x80 : 0x7F;
    rig.add_event({.event_type = "pattern_end", .ids = ids});
  }
  rig.send();
  EXPECT_THAT(rig.received.numbers(), ElementsAre(1, 3, 5, 7, 9, 11, 13, 15, 17, 19));
}

TEST(TailSampler, RunsWithoutATraceAreSharedOutToo) {
  TailSamplerRig rig({.share = *SamplingThreshold::of_share(0.5)});
  for (int run = 1; run <= 200; ++run) rig.add(static_cast<std::uint8_t>(run), "pattern_end");
  rig.send();
  EXPECT_NEAR(static_cast<double>(rig.received.events.size()), 100.0, 40.0);  // six deviations
}

TEST(TailSampler, TheEndOfAPatternWithinIsNoEndOfTheRun) {
  TailSamplerRig rig({.share = kNothing});
  EventIds within = ids_of_run(1);
  within.parent_span_id.bytes[0] = 1;
  rig.add(1).add_event({.event_type = "pattern_end", .ids = within}).add(1, "error").send();
  EXPECT_THAT(rig.received.numbers(), ElementsAre(0, 1, 2));
}

TEST(TailSampler, EventsOfNoRunArePassedOnAndThoseOfATraceAloneAreARun) {
  TailSamplerRig rig({.share = kNothing});
  EventIds trace;
  trace.trace_id.bytes[0] = 9;
  rig.add(0).add_event({.event_type = "llm_call", .ids = trace});
  rig.add_event({.event_type = "error", .ids = trace}).add(0).send();
  EXPECT_THAT(rig.received.numbers(), ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(rig.told->events_without_run.get(), 2u);
}

TEST(TailSampler, HeldBeyondTheirBatchEventsComeBackAsAdded) {
  TailSamplerRig rig({.share = kNothing});
  EXPECT_THAT(counts(rig.add(1).add(1).send()), ElementsAre(0, 0, 0, 0, 2));
  EXPECT_EQ(rig.told->events_held.get(), 2u);
  EXPECT_GT(rig.told->bytes_held.get(), 2 * kHeldBytesPerEvent);
  EXPECT_THAT(counts(rig.add(1, "error").send()), ElementsAre(0, 0, 0, 2));
  EXPECT_THAT(rig.received.numbers(), ElementsAre(0, 1, 2));
}

TEST(TailSampler, OldRunsAreDecidedByShareAfterABatch) {
  TailSamplerRig rig({.share = kNothing, .run_ms_max = 4000});
  rig.add(1).send();
  rig.now += milliseconds(3999);
  rig.add(2).send();
  EXPECT_EQ(rig.told->events_held.get(), 2u);
  rig.now += milliseconds(1);
  rig.add(0).send();
  EXPECT_EQ(rig.sampled_out(TailReason::kTime), 1u);
  EXPECT_EQ(rig.told->events_held.get(), 1u);
  rig.flush();
  EXPECT_THAT(rig.received.numbers(), ElementsAre(2, 1));
}

TEST(TailSampler, AFlushKeepsWhatIsUndecidedUnlessToldToShare) {
  for (const bool keeps : {true, false}) {
    TailSamplerRig rig({.share = kNothing, .flush_keeps = keeps});
    rig.add(1).add(2).send();
    EXPECT_THAT(counts(rig.flush()), ElementsAre(0, 0, 0, keeps ? 2 : 0));
    EXPECT_EQ(rig.received.events.size(), keeps ? 2u : 0u);
    EXPECT_EQ(keeps ? rig.kept(TailReason::kFlush) : rig.sampled_out(TailReason::kFlush), 2u);
  }
}

TEST(TailSampler, TooManyRunsOrBytesDecideTheOldest) {
  TailSamplerRig runs({.share = kNothing, .runs_max = 2});
  runs.add(1).add(2).add(1).add(3).add(2, "error").send();
  EXPECT_THAT(runs.received.numbers(), ElementsAre(1, 4));
  EXPECT_EQ(runs.sampled_out(TailReason::kRoom), 1u);
  EXPECT_EQ(runs.told->events_sampled_out.get(), 2u);
  EXPECT_EQ(runs.told->events_held.get(), 1u);

  const std::string large(5000, 'x');
  TailSamplerRig bytes({.share = {}, .bytes_max = 12'000});
  bytes.add(1, "llm_call", {{"x", large}}).add(2, "llm_call", {{"x", large}});
  bytes.add(2, "llm_call", {{"x", large}}).send();
  EXPECT_THAT(bytes.received.numbers(), ElementsAre(0));  // kept, as the share is all
  EXPECT_EQ(bytes.kept(TailReason::kRoom), 1u);
  EXPECT_LE(bytes.told->bytes_held.get(), 12'000u);
  bytes.add(3, "llm_call", {{"x", large + large + large}}).send();  // larger than all the room
  EXPECT_EQ(bytes.told->bytes_held.get(), 0u);
  EXPECT_EQ(bytes.received.events.size(), 4u);
}

TEST(TailSampler, AnErrorAfterItsRunWasLeftOutIsKept) {
  TailSamplerRig rig({.share = kNothing});
  rig.add(1, "pattern_end").add(1).add(1, "error").add(1).send();
  EXPECT_THAT(rig.received.numbers(), ElementsAre(2, 3));
  EXPECT_EQ(rig.told->runs_kept_late.get(), 1u);
  EXPECT_EQ(rig.told->events_sampled_out.get(), 2u);
}

TEST(TailSampler, ForgottenRunsBeginAnew) {
  TailSamplerRig rig({.share = kNothing, .decisions_max = 2});
  rig.add(1, "error").add(2, "pattern_end").add(1).add(3, "pattern_end").add(1).send();
  EXPECT_THAT(rig.received.numbers(), ElementsAre(0, 2));
  EXPECT_EQ(rig.told->events_held.get(), 1u);
}

// The account of guarantees.md, with runs that are kept and left out, and what the counts mean.
TEST(TailSampler, Row62_TheBusCountsWhatWasSampledOut) {
  TraceEventBus bus;
  auto sampler = std::make_unique<TailSampler>(TailSamplerOptions{.share = kNothing});
  const auto told = sampler->counts();
  ASSERT_TRUE(
      bus.add_exporter(std::make_unique<ProcessingExporter>(chain_of(std::move(sampler)),
                                                            std::make_unique<MemoryExporter>()),
                       {.batch = {.events_max = 3}})
          .ok());
  for (std::uint8_t run = 1; run <= 100; ++run) {
    const EventIds ids = ids_of_run(run);
    bus.emit({.event_type = "llm_call", .ids = ids});
    if (run % 10 == 0) bus.emit({.event_type = "error", .ids = ids});
    bus.emit({.event_type = "pattern_end", .ids = ids});
  }
  ASSERT_TRUE(bus.flush(std::chrono::seconds(20)).ok());
  const SubscriptionStats stats = bus.stats().subscriptions.at(0);
  const auto sampled_out = stats.dropped[static_cast<std::size_t>(DropReason::kSampledOut)];
  EXPECT_EQ(stats.matched, 210u);
  EXPECT_EQ(stats.delivered, 30u);
  EXPECT_EQ(stats.matched + stats.added, stats.delivered + total(stats.dropped));
  EXPECT_EQ(total(stats.dropped), sampled_out);
  EXPECT_EQ(sampled_out - stats.added, 180u);
  EXPECT_EQ(told->events_sampled_out.get(), 180u);
  EXPECT_EQ(stats.in_flight, 0u);
}

}  // namespace
}  // namespace tracebus::testing
