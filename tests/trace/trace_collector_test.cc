// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/trace_collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tracebus/tests/trace/made_trace.h"
#include "tracebus/trace/tracer.h"

namespace tracebus {
namespace {

using ::testing::ElementsAre;
using testing::event_of;
using ::testing::IsEmpty;
using ::testing::Pair;
using testing::trace_id;

std::vector<std::string> names_of(const Trace& trace) {
  std::vector<std::string> names;
  for (const auto& span : trace.spans()) names.emplace_back(span->name());
  return names;
}

// A bus without threads, and a collector that watches it.
struct LiveRig {
  explicit LiveRig(TraceCollectorOptions options = {}) : collector(options) {
    CallbackOptions callback;
    callback.run_on = RunOn::kDispatcher;
    watching = std::move(collector.watch(bus, callback)).value();
  }
  Trace take() {
    (void)bus.poll();
    return collector.latest();
  }
  static BusOptions options() {
    BusOptions options;
    options.threading = Threading::kManual;
    return options;
  }

  TraceEventBus bus{options()};
  Tracer tracer{bus, {.service_name = "shop"}};
  TraceCollector collector;
  ScopedSubscription watching;
};

TEST(TraceCollector, Row39_SpansAreThereFromTheirStartAndWholeFromTheirEnd) {
  LiveRig rig;
  auto run = rig.tracer.pattern("debate");
  auto call = rig.tracer.llm_call({.model = "gpt-4o"});
  const Trace open = rig.take();
  ASSERT_THAT(names_of(open), ElementsAre("debate", "gpt-4o"));
  EXPECT_EQ(open.service_name(), "shop");
  EXPECT_EQ(open.get_root_span()->kind(), SpanKind::kPattern);
  EXPECT_TRUE(open.spans()[1]->is_open());
  EXPECT_EQ(open.spans()[1]->parent_span_id(), open.spans()[0]->span_id());
  EXPECT_EQ(open.spans()[1]->duration_ns(), 0);
  call.usage({.input_tokens = 450, .output_tokens = 380});
  call.add_event("first_token", {attr<"index">(1)});
  call.end();
  run.set_error(std::runtime_error("no agreement"));
  run.end();

  const Trace ended = rig.take();
  ASSERT_EQ(ended.spans().size(), 2u);
  EXPECT_FALSE(ended.spans()[1]->is_open());
  EXPECT_GT(ended.spans()[1]->duration_ns(), 0);
  EXPECT_EQ(ended.spans()[1]->figures().usage.input, 450);
  EXPECT_EQ(ended.spans()[0]->status(), SpanStatus::kFailed);
  EXPECT_EQ(ended.spans()[0]->status_message(), "no agreement");
  EXPECT_LE(ended.spans()[0]->start_ns(), ended.spans()[1]->start_ns());
  std::vector<std::string> events;
  ended.spans()[1]->each_event([&](const SpanEventView& event) {
    events.emplace_back(event.name);
    EXPECT_GE(event.time_ns, ended.spans()[1]->start_ns());
    EXPECT_LE(event.time_ns, ended.spans()[1]->end_ns());
    EXPECT_EQ(event.attributes.size(), 1u);
  });
  EXPECT_THAT(events, ElementsAre("first_token"));
  EXPECT_TRUE(open.spans()[1]->is_open()) << "what was taken does not change";
  EXPECT_EQ(rig.collector.stats().span_events, 4u);
}

TEST(TraceCollector, Row39_IdsParentsAndLinksAreTold) {
  LiveRig rig;
  auto first = rig.tracer.agent("first");
  auto second = rig.tracer.tool("second");
  const SpanContext to = {.trace_id = trace_id(7), .span_id = testing::span_id(9)};
  second.add_link(to);
  second.end();
  const EventIds ids = second.context().ids();
  const Trace trace = rig.take();
  const TraceSpan& span = *trace.spans()[1];
  EXPECT_EQ(span.trace_id(), ids.trace_id);
  EXPECT_EQ(span.span_id_text(), ids.span_id.hex());
  EXPECT_EQ(span.parent_span_id_text(), first.context().ids().span_id.hex());
  std::vector<std::pair<std::string, std::string>> links;
  span.each_link(
      [&](const SpanLinkView& link) { links.emplace_back(link.trace_id, link.span_id); });
  EXPECT_THAT(links, ElementsAre(Pair(to.trace_id.hex(), to.span_id.hex())));
  EXPECT_EQ(trace.trace_id_text(), ids.trace_id.hex());
  EXPECT_EQ(rig.collector.trace(ids.trace_id).spans().size(), 2u);
  EXPECT_TRUE(rig.collector.trace(trace_id(1)).empty());
}

TEST(TraceCollector, Row40_OkIsFinalAndAnErrorSaysWhy) {
  const Trace trace = testing::made_trace(
      {{.id = 1, .status = "ok"},
       {.id = 2, .status = "unset"},
       {.id = 3, .kind = SpanKind::kLlm, .status = "error", .message = "rate limited"}});
  EXPECT_EQ(trace.spans()[0]->status(), SpanStatus::kOk);
  EXPECT_EQ(trace.spans()[1]->status(), SpanStatus::kUnset);
  EXPECT_EQ(trace.spans()[2]->status(), SpanStatus::kFailed);
  EXPECT_EQ(trace.spans()[2]->status_message(), "rate limited");
}

TEST(TraceCollector, AttributesAreWhatTheSpanWasGiven) {
  const Trace trace =
      testing::made_trace({{.id = 1, .name = "a", .attributes = {{"x", 1}, {"y", "two"}}}});
  std::vector<std::string> keys;
  trace.spans()[0]->each_attribute(
      [&](std::string_view key, const ValueView&) { keys.emplace_back(key); });
  EXPECT_THAT(keys, ElementsAre("x", "y"));
  EXPECT_EQ(trace.spans()[0]->find("y")->as_string(), "two");
}

// --- Spans of others ---

TraceEvent foreign(double seconds, std::string_view type, std::string_view agent,
                   Payload payload = {}) {
  TraceEvent event;
  event.timestamp = Timestamp::from_seconds(1000 + seconds);
  event.event_type = type;
  event.agent_name = agent;
  event.pattern_type = "pipeline";
  event.payload = std::move(payload);
  return event;
}

// What the seed's own exporter writes: no ids at all, and the figures in a record apart.
TEST(TraceCollector, EventsWithoutIdsArePairedByAgentAndStandBelowIt) {
  TraceCollector collector({.one_run_at_a_time = true});
  for (int run = 0; run < 2; ++run) {
    collector.add(foreign(0, "pattern_start", ""));
    collector.add(foreign(1, "agent_start", "a"));
    collector.add(foreign(1.5, "agent_start", "b"));
    collector.add(foreign(2, "llm_call", "a", {{"model", "gpt-4o"}}));
    collector.add(foreign(2, "cost_record", "a",
                          {{"input_tokens", 3}, {"output_tokens", 4}, {"cost_usd", 0.5}}));
    collector.add(foreign(3, "agent_end", "a", {{"duration_seconds", 2.0}}));
    collector.add(foreign(4, "agent_end", "b"));
    collector.add(foreign(5, "pattern_end", ""));
  }
  const std::vector<Trace> traces = collector.traces();
  ASSERT_EQ(traces.size(), 2u);
  EXPECT_EQ(traces[1].trace_id_text(), "run_2");
  EXPECT_THAT(names_of(traces[1]), ElementsAre("pipeline", "a", "b", "gpt-4o"));
  const TraceTree tree = traces[1].get_span_tree();
  ASSERT_EQ(tree.tops(), 1u);
  EXPECT_EQ(tree.nodes()[0].subtree, 4u);
  EXPECT_EQ(tree.span_of(tree.nodes()[2]).name(), "gpt-4o");
  EXPECT_EQ(tree.nodes()[2].depth, 2u) << "below a, which was open";
  EXPECT_EQ(tree.nodes()[1].total.cost.to_text(), "0.5");
  EXPECT_EQ(tree.nodes()[1].total.calls, 1);
  EXPECT_EQ(tree.span_of(tree.nodes()[1]).duration_ns(), 2'000'000'000);
  EXPECT_EQ(tree.span_of(tree.nodes()[3]).duration_ns(), 2'500'000'000) << "from its start";
}

TEST(TraceCollector, AnEndTakesFromItsStartWhatItDoesNotSay) {
  TraceCollector collector;
  TraceEvent start = foreign(1, "tool_start", "a", {{"tool_name", "search"}, {"query", "x"}});
  start.foreign_ids = {
      .run_id = "run-9", .trace_id = {}, .span_id = "step 1", .parent_span_id = "step 0"};
  TraceEvent end = foreign(3, "tool_end", "", {{"query", "y"}, {"hits", 3}});
  end.foreign_ids = {.run_id = "run-9", .trace_id = {}, .span_id = "step 1", .parent_span_id = {}};
  collector.add(start);
  collector.add(end);
  const Trace trace = collector.latest();
  ASSERT_EQ(trace.spans().size(), 1u);
  const TraceSpan& span = *trace.spans()[0];
  EXPECT_EQ(span.name(), "search");
  EXPECT_EQ(span.agent_name(), "a");
  EXPECT_EQ(span.duration_ns(), 2'000'000'000);
  EXPECT_EQ(span.span_id_text(), "step 1");
  EXPECT_EQ(span.parent_span_id_text(), "step 0");
  EXPECT_EQ(span.find("query")->as_string(), "y");
  std::vector<std::string> keys;
  span.each_attribute([&](std::string_view key, const ValueView&) { keys.emplace_back(key); });
  EXPECT_THAT(keys, ElementsAre("tool_name", "query", "hits"));
  EXPECT_EQ(trace.trace_id_text(), "run-9");
}

TEST(TraceCollector, TheSameEventTwiceIsRepeatedAndAnotherOneADuplicate) {
  TraceCollector collector;
  TraceEvent event = event_of({.id = 1, .name = "a"});
  event.origin = Origin{.instance = 1, .sequence = 5, .producer = 2};
  collector.add(event);
  collector.add(event);
  event.origin->sequence = 6;
  collector.add(event);
  EXPECT_EQ(collector.stats().repeated_events, 1u);
  ASSERT_EQ(collector.latest().spans().size(), 2u);
  EXPECT_TRUE(collector.latest().spans()[1]->is_duplicate());
}

TEST(TraceCollector, WhatIsNoSpanIsCountedAndMakesNoTrace) {
  TraceCollector collector;
  collector.add(foreign(1, "compression", "a"));
  collector.add(foreign(1, "my_own_type", "a"));
  TraceEvent huge = foreign(1, "agent_end", "a");
  const std::string text(std::size_t{17} << 20, 'x');
  huge.payload.add("text", text);
  EXPECT_FALSE(collector.add(huge));
  EXPECT_THAT(collector.traces(), IsEmpty());
  EXPECT_EQ(collector.stats().other_events, 2u);
  EXPECT_EQ(collector.stats().refused_events, 1u);
}

// --- Bounds ---

TEST(TraceCollector, TheTraceThatWasSilentForLongestIsLetGoOfAndCounted) {
  TraceCollector collector({.bytes_max = 64 << 10});
  for (std::uint8_t trace = 1; trace <= 20; ++trace) {
    for (std::uint64_t i = 1; i <= 20; ++i) {
      collector.add(event_of({.id = i, .parent = i - 1}, trace_id(trace)));
    }
  }
  const TraceCollectorStats stats = collector.stats();
  EXPECT_LE(stats.bytes, std::size_t{64} << 10);
  EXPECT_GT(stats.traces, 1u);
  EXPECT_EQ(stats.traces + stats.evicted_traces, 20u);
  EXPECT_EQ(stats.spans + stats.evicted_spans, 400u);
  EXPECT_EQ(collector.latest().trace_id(), trace_id(20));
  EXPECT_TRUE(collector.trace(trace_id(1)).empty());
}

TEST(TraceCollector, OfOneTraceTheOldestSpansAreLetGoOfAndCounted) {
  TraceCollector collector({.bytes_max = 64 << 10});
  for (std::uint64_t i = 1; i <= 1000; ++i) {
    collector.add(
        event_of({.id = i, .start_ms = static_cast<std::int64_t>(i), .open = i % 2 == 0}));
  }
  const TraceCollectorStats stats = collector.stats();
  EXPECT_LE(stats.bytes, std::size_t{64} << 10);
  EXPECT_EQ(stats.spans + stats.evicted_spans, 1000u);
  EXPECT_EQ(collector.latest().lost_spans(), stats.evicted_spans);
  EXPECT_EQ(collector.latest().spans().size(), stats.spans);
  EXPECT_EQ(collector.latest().spans().back()->span_id(), testing::span_id(1000));
  collector.clear();
  EXPECT_EQ(collector.stats().bytes, 0u);
  EXPECT_THAT(collector.traces(), IsEmpty());
}

TEST(TraceCollector, CostRecordsOfUnknownSpansKeepTheBoundAndTheSum) {
  TraceCollector collector({.bytes_max = 16 << 10});
  for (std::uint64_t i = 1; i <= 1000; ++i) {
    TraceEvent event;
    event.event_type = "cost_record";
    event.ids.trace_id = trace_id(1);
    event.ids.span_id = testing::span_id(i);
    event.payload = {{"cost_usd", 0.001}};
    collector.add(event);
  }
  EXPECT_LE(collector.stats().bytes, std::size_t{16} << 10);
  EXPECT_EQ(collector.latest().get_span_tree().total().cost.to_text(), "1.0");
}

TEST(TraceCollector, UnendedSpansWithoutIdsKeepTheBound) {
  TraceCollector collector({.bytes_max = 64 << 10});
  std::vector<std::string> agents;
  for (int i = 0; i < 2000; ++i) agents.push_back("agent-" + std::to_string(i));
  for (const std::string& agent : agents) {
    collector.add(foreign(0, "pattern_start", ""));
    collector.add(foreign(0, "agent_start", agent));
  }
  collector.add(foreign(1, "agent_end", agents.front()));  // whose start is gone
  const TraceCollectorStats stats = collector.stats();
  EXPECT_LE(stats.bytes, std::size_t{64} << 10);
  EXPECT_EQ(stats.spans + stats.evicted_spans, 4001u);
}

// Oracle: each thread makes runs of a root and three children and nothing else, so at any moment
// a trace is a root with at most three children, of which none is lost; and at the end all are
// there, ended.
TEST(TraceCollector, SnapshotsAreConsistentWhileThreadsMakeSpans) {
  constexpr int kThreads = 4;
  constexpr int kRuns = 200;
  TraceEventBus bus;
  const Tracer tracer(bus);
  TraceCollector collector({.bytes_max = ~std::size_t{0}});
  CallbackOptions options;
  options.run_on = RunOn::kOwnWorker;
  options.overflow = Overflow::kBlock;
  options.block_timeout_ms = 20'000;
  auto watching = collector.watch(bus, options);
  ASSERT_TRUE(watching.ok()) << watching.status();
  std::atomic<int> running{kThreads};
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int run = 0; run < kRuns; ++run) {
        auto root = tracer.agent("root");
        for (const std::string_view name : {"a", "b", "c"}) auto child = tracer.tool(name);
      }
      --running;
    });
  }
  do {
    for (const Trace& trace : collector.traces()) {
      const TraceTree tree = trace.get_span_tree();
      ASSERT_EQ(tree.nodes().size(), trace.spans().size());
      ASSERT_LE(tree.nodes().size(), 4u);
    }
  } while (running > 0);
  threads.clear();
  ASSERT_TRUE(bus.flush(std::chrono::seconds(20)).ok());
  const std::vector<Trace> traces = collector.traces();
  ASSERT_EQ(traces.size(), std::size_t{kThreads * kRuns});
  for (const Trace& trace : traces) {
    ASSERT_EQ(trace.get_span_tree().tops(), 1u);
    ASSERT_EQ(trace.spans().size(), 4u);
    for (const auto& span : trace.spans()) ASSERT_FALSE(span->is_open());
  }
}

TEST(TraceCollector, TracesAreMadeOfOwnedEventsToo) {
  std::vector<OwnedEvent> events;
  TraceCollector collector;
  collector.add(event_of({.id = 1, .name = "a"}));
  collector.add(event_of({.id = 2, .parent = 1, .name = "b"}));
  for (const auto& span : collector.latest().spans()) events.emplace_back(span->record());
  const std::vector<Trace> traces = collect_traces(events);
  ASSERT_EQ(traces.size(), 1u);
  EXPECT_THAT(names_of(traces[0]), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace tracebus
