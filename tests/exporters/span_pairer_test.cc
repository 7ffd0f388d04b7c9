// SPDX-License-Identifier: Apache-2.0
//
// Row 16: a start and an end are one span, with its times, its parent and all that was said.
#include "tracebus/exporters/span_pairer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/exporters/pair_role.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/exporters/processor_stubs.h"

namespace tracebus::testing {
namespace {

using Instant = std::chrono::steady_clock::time_point;

constexpr std::int64_t kSecond = 1'749'479'521;

template <class Id>
Id id_of(std::uint8_t first) {
  Id id;
  for (auto& byte : id.bytes) byte = first++;
  return id;
}

EventIds in_run() { return {id_of<RunId>(0x40), {}, {}, {}}; }

TraceEvent event_of(std::string_view type, std::string_view agent, EventIds ids = in_run()) {
  return {.timestamp = Timestamp{kSecond, 0}, .event_type = type, .agent_name = agent, .ids = ids};
}

// One exporter behind a pairer, under a clock of the test's own.
class SpanPairerTest : public ::testing::Test {
 protected:
  explicit SpanPairerTest(SpanPairerOptions options = {.open_max = 3, .open_ms_max = 5000}) {
    options.clock = [this] { return now_; };
    options.tick_ms = 0;
    auto pairer = std::make_unique<SpanPairer>(std::move(options));
    counts_ = pairer->counts();
    exporter_ = std::make_unique<ProcessingExporter>(chain_of(std::move(pairer)),
                                                     std::make_unique<NotingExporter>(received_));
  }

  void add(const TraceEvent& event, std::int64_t after_ms = 0) {
    TraceEvent timed = event;
    timed.timestamp = Timestamp::from_unix_ns(kSecond * 1'000'000'000 + after_ms * 1'000'000);
    maker_.add(timed);
  }
  // All that were added since.
  ExportResult run() {
    const Batch batch = maker_.batch_of(handed_, maker_.batch().size());
    handed_ += batch.size();
    return exporter_->export_batch(batch, in_a_second());
  }
  EventView seen(std::size_t index) const { return received_.events.at(index).view(); }
  std::string payload(std::size_t index) const {
    std::string json;
    append_json_payload(json, seen(index));
    return json;
  }

  Instant now_{};
  EventMaker maker_;
  std::size_t handed_ = 0;
  Received received_;
  std::shared_ptr<const SpanPairerCounts> counts_;
  std::unique_ptr<ProcessingExporter> exporter_;
};

TEST(PairRoleTest, TypesSayWhatTheyAreOfASpan) {
  using enum PairRole::Moment;
  const auto is = [](std::string_view type, PairRole::Moment moment, std::string_view family,
                     SpanKind kind, bool failed) {
    const PairRole role = pair_role(type);
    EXPECT_EQ(role.moment, moment) << type;
    EXPECT_EQ(role.family, family) << type;
    EXPECT_EQ(role.kind, kind) << type;
    EXPECT_EQ(role.failed, failed) << type;
  };
  for (std::size_t i = 0; i < kSpanKinds; ++i) {
    const SpanKindEntry& entry = kSpanKindTable[i];
    EXPECT_EQ(pair_role(entry.start.name()).kind, static_cast<SpanKind>(i));
    EXPECT_EQ(pair_role(entry.end.name()).moment, kEnd);
  }
  is("provider_call_error", kEnd, "provider_call", SpanKind::kLlm, true);
  is("llm_call", kEnd, "llm_call", SpanKind::kLlm, false);
  is("tool_call", kEnd, "tool", SpanKind::kTool, false);
  is("web_search_start", kStart, "web_search", SpanKind::kChain, false);
  for (const char* const other : {"", "error", "_start", "_end", "start", "routing_decision",
                                  "cost_record", "llm_token", "restart"}) {
    EXPECT_EQ(pair_role(other).moment, kNone) << other;
  }
}

TEST_F(SpanPairerTest, Row16_AStartAndItsEndAreOneSpanWithItsTimesAndAllAttributes) {
  TraceEvent start = event_of("llm_call_start", "bull");
  start.payload = {{"model", "gpt-4o"}, {"attempt", 1}, {"unknown", "kept"}};
  TraceEvent end = event_of("llm_call_end", "bull");
  end.payload = {{"input_tokens", 450}, {"attempt", 2}};
  add(start);
  add(end, 1500);
  const ExportResult result = run();
  EXPECT_EQ(result.processed, 1u) << "the start";
  EXPECT_EQ(result.added, 0u);
  ASSERT_EQ(received_.events.size(), 1u);
  EXPECT_EQ(seen(0).event_type(), "llm_call_end");
  EXPECT_EQ(seen(0).timestamp(), (Timestamp{kSecond + 1, 500'000'000}));
  EXPECT_EQ(payload(0),
            R"({"span.kind":"LLM","span.status":"ok","duration_ms":1500.0,"input_tokens":450,)"
            R"("attempt":2,"model":"gpt-4o","unknown":"kept","span.name":"gpt-4o"})");
  EXPECT_EQ(seen(0).trace_id().bytes, in_run().run_id.bytes);
  EXPECT_FALSE(seen(0).span_id().is_none());
  EXPECT_EQ(seen(0).origin().sequence, 8u) << "the end's";
  EXPECT_EQ(counts_->paired.get(), 1u);
  EXPECT_EQ(counts_->open.get(), 0u);
}

TEST_F(SpanPairerTest, Row16_WhatFailedSaysSoAndWhy) {
  add(event_of("tool_start", "bull"));
  TraceEvent error = event_of("tool_error", "bull");
  error.payload = {{"message", "no answer"}, {"tool_name", "fetch"}};
  add(error, 10);
  add(event_of("agent_start", "bear"));
  TraceEvent end = event_of("agent_end", "bear");
  end.payload = {{"success", false}};
  add(end, 20);
  run();
  ASSERT_EQ(received_.events.size(), 2u);
  EXPECT_EQ(payload(0),
            R"({"span.kind":"TOOL","span.status":"error","duration_ms":10.0,"span.name":"fetch",)"
            R"("span.status_message":"no answer","message":"no answer","tool_name":"fetch"})");
  EXPECT_EQ(payload(1),
            R"({"span.kind":"AGENT","span.status":"error","duration_ms":20.0,"span.name":"bear",)"
            R"("success":false})");
}

TEST_F(SpanPairerTest, Row16_SpansWithoutParentsStandBelowTheirAgentAndPattern) {
  TraceEvent pattern = event_of("pattern_start", "");
  pattern.pattern_type = "debate";
  add(pattern);
  add(event_of("agent_start", "bull"));
  add(event_of("llm_call_start", "bull"));
  add(event_of("llm_call_end", "bull"), 1);
  add(event_of("agent_end", "bull"), 2);
  pattern.event_type = "pattern_end";
  add(pattern, 3);
  EXPECT_EQ(run().processed, 3u);
  ASSERT_EQ(received_.events.size(), 3u);
  EXPECT_EQ(seen(0).parent_span_id(), seen(1).span_id()) << "the call below its agent";
  EXPECT_EQ(seen(1).parent_span_id(), seen(2).span_id()) << "the agent below the pattern";
  EXPECT_TRUE(seen(2).parent_span_id().is_none());
  EXPECT_EQ(seen(0).trace_id(), seen(2).trace_id());
}

TEST_F(SpanPairerTest, SpanIdsDecideAndTwoAgentsOfOneNameAreKeptApart) {
  EventIds first = in_run();
  first.span_id = id_of<SpanId>(0x10);
  EventIds second = in_run();
  second.span_id = id_of<SpanId>(0x30);
  add(event_of("agent_start", "twin", first));
  add(event_of("agent_start", "twin", second), 100);
  add(event_of("agent_end", "twin", second), 150);
  add(event_of("agent_end", "twin", first), 400);
  run();
  ASSERT_EQ(received_.events.size(), 2u);
  EXPECT_EQ(seen(0).span_id(), second.span_id);
  EXPECT_EQ(seen(0).find("duration_ms")->as_double(), 50.0);
  EXPECT_EQ(seen(1).find("duration_ms")->as_double(), 400.0);
}

TEST_F(SpanPairerTest, RunsAreKeptApart) {
  EventIds other = in_run();
  other.run_id = id_of<RunId>(0x80);
  add(event_of("agent_start", "bull"));
  add(event_of("agent_end", "bull", other), 100);
  EXPECT_EQ(run().processed, 1u);
  ASSERT_EQ(received_.events.size(), 1u);
  EXPECT_FALSE(seen(0).find("span.kind")) << "no start in its run, and no duration: as it is";
  EXPECT_EQ(counts_->unmatched.get(), 1u);
}

TEST_F(SpanPairerTest, AnEndThatSaysHowLongItTookNeedsNoStart) {
  TraceEvent call = event_of("llm_call", "bull");
  call.payload = {{"model", "gpt-4o"}, {"duration_ms", 850}};
  add(call);
  TraceEvent end = event_of("agent_end", "bull", {});
  end.payload = {{"duration_seconds", 0.5}};
  add(end);
  EXPECT_EQ(run().lost(), 0u);
  EXPECT_EQ(payload(0), R"({"span.kind":"LLM","span.status":"ok","duration_ms":850.0,)"
                        R"("span.name":"gpt-4o","model":"gpt-4o"})");
  EXPECT_EQ(seen(1).find("duration_ms")->as_double(), 500.0);
  EXPECT_FALSE(seen(1).trace_id().is_none()) << "made, as it has no run";
  EXPECT_EQ(counts_->whole.get(), 2u);
}

TEST_F(SpanPairerTest, ACallOfOneEventIsASpanEvenIfItDoesNotSayHowLongItTook) {
  add(event_of("agent_start", "bull"));
  add(event_of("llm_call", "bull"));
  add(event_of("tool_call", "bull"));
  add(event_of("llm_call_end", "bull"));
  EXPECT_EQ(run().lost(), 1u);
  ASSERT_EQ(received_.events.size(), 3u);
  EXPECT_EQ(payload(0), R"({"span.kind":"LLM","span.status":"ok","duration_ms":0.0})");
  EXPECT_EQ(payload(1), R"({"span.kind":"TOOL","span.status":"ok","duration_ms":0.0})");
  EXPECT_EQ(payload(2), "{}") << "an end whose start is missing";
  EXPECT_FALSE(seen(0).parent_span_id().is_none());
}

TEST_F(SpanPairerTest, WithoutARunCallsStandBelowTheirAgentIfOneOfThatNameIsOpen) {
  add(event_of("agent_start", "bull", {}));
  add(event_of("llm_call", "bull", {}));
  add(event_of("llm_call", "bear", {}));
  add(event_of("agent_start", "bull", {}));
  add(event_of("llm_call", "bull", {}));
  add(event_of("agent_end", "bull", {}));
  EXPECT_EQ(run().processed, 2u) << "the starts";
  ASSERT_EQ(received_.events.size(), 4u);
  const EventIds agent = seen(3).ids();
  EXPECT_EQ(seen(0).parent_span_id(), agent.span_id);
  EXPECT_EQ(seen(0).trace_id(), agent.trace_id);
  EXPECT_TRUE(seen(1).parent_span_id().is_none()) << "another agent's";
  EXPECT_TRUE(seen(2).parent_span_id().is_none()) << "nobody knows which of the two";
}

TEST_F(SpanPairerTest, SpansOfOursAndOtherEventsPassAsTheyAre) {
  TraceEvent ours = event_of("agent_start", "bull");
  ours.payload = {{"span.kind", "AGENT"}, {"span.name", "bull"}};
  add(ours);
  add(event_of("routing_decision", "bull"));
  EXPECT_EQ(run().lost(), 0u);
  EXPECT_EQ(received_.events.size(), 2u);
  EXPECT_EQ(counts_->starts.get(), 0u);
}

TEST_F(SpanPairerTest, AStartWhoseSpanIsOpenAlreadyPassesAsItIs) {
  EventIds ids = in_run();
  ids.span_id = id_of<SpanId>(0x10);
  add(event_of("agent_start", "bull", ids));
  add(event_of("agent_start", "bull", ids));
  EXPECT_EQ(run().processed, 1u);
  EXPECT_EQ(counts_->repeated.get(), 1u);
  EXPECT_EQ(received_.events.size(), 1u);
}

TEST_F(SpanPairerTest, BeyondItsBoundTheOldestStartBecomesAnUnfinishedSpan) {
  for (int i = 0; i < 4; ++i) add(event_of("agent_start", "a" + std::to_string(i)), 100 * i);
  const ExportResult result = run();
  EXPECT_EQ(result.processed, 4u);
  EXPECT_EQ(result.added, 1u);
  ASSERT_EQ(received_.events.size(), 1u);
  EXPECT_EQ(payload(0), R"({"span.kind":"AGENT","span.status":"unset","duration_ms":300.0,)"
                        R"("span.name":"a0","unfinished":true})");
  EXPECT_EQ(counts_->unfinished[1].get(), 1u);
  EXPECT_EQ(counts_->open.get(), 3u);
}

TEST_F(SpanPairerTest, AfterItsTimeAStartIsGivenUpAndItsEndComesAlone) {
  add(event_of("agent_start", "bull"));
  run();
  now_ += std::chrono::milliseconds(4999);
  add(event_of("routing_decision", "bear"), 4999);
  run();
  EXPECT_EQ(received_.events.size(), 1u) << "not yet";
  now_ += std::chrono::milliseconds(1);
  add(event_of("routing_decision", "bear"), 5000);
  EXPECT_EQ(run().added, 1u);
  EXPECT_EQ(counts_->unfinished[0].get(), 1u);
  add(event_of("agent_end", "bull"), 6000);
  run();
  EXPECT_EQ(counts_->unmatched.get(), 1u);
}

TEST_F(SpanPairerTest, AFlushLetsGoOfAllStarts) {
  add(event_of("agent_start", "bull"));
  add(event_of("tool_start", "bull"), 70);
  EXPECT_EQ(run().processed, 2u);
  EXPECT_TRUE(exporter_->flush(in_a_second().deadline).ok());
  EXPECT_EQ(exporter_->flush_result().added, 2u);
  ASSERT_EQ(received_.events.size(), 2u);
  EXPECT_EQ(seen(0).find("duration_ms")->as_double(), 70.0) << "until the last time seen";
  EXPECT_EQ(seen(1).parent_span_id(), seen(0).span_id());
  EXPECT_EQ(counts_->open.get(), 0u);
  EXPECT_EQ(counts_->open_bytes.get(), 0u);
  EXPECT_EQ(counts_->unfinished[static_cast<std::size_t>(GivenUp::kFlush)].get(), 2u);
  EXPECT_EQ(counts_->unfinished[static_cast<std::size_t>(GivenUp::kTime)].get(), 0u);
}

TEST_F(SpanPairerTest, SpansOfOursAreKnownWhereverTheySayTheirKind) {
  TraceEvent ours = event_of("agent_start", "bull");
  ours.payload = {{"model", "gpt-4o"}, {"span.kind", "AGENT"}};
  add(ours);
  EXPECT_EQ(run().lost(), 0u);
  EXPECT_EQ(counts_->starts.get(), 0u);
}

TEST_F(SpanPairerTest, AnUnfinishedSpanLastsUntilTheLatestTimeSeenWhateverCameLast) {
  add(event_of("agent_start", "bull"));
  add(event_of("routing_decision", "bear"), 900);
  add(event_of("routing_decision", "bear"), 100);
  run();
  EXPECT_TRUE(exporter_->flush(in_a_second().deadline).ok());
  EXPECT_EQ(seen(2).find("duration_ms")->as_double(), 900.0);
}

TEST_F(SpanPairerTest, AnAgentStandsBelowNoAgentOfItsName) {
  EventIds first = in_run();
  first.span_id = id_of<SpanId>(0x10);
  EventIds second = in_run();
  second.span_id = id_of<SpanId>(0x30);
  add(event_of("agent_start", "twin", first));
  add(event_of("agent_start", "twin", second));
  add(event_of("agent_end", "twin", second));
  run();
  ASSERT_EQ(received_.events.size(), 1u);
  EXPECT_EQ(seen(0).span_id(), second.span_id);
  EXPECT_TRUE(seen(0).parent_span_id().is_none());
}

TEST_F(SpanPairerTest, WithoutARunNothingStandsBelowAPattern) {
  add(event_of("pattern_start", "", {}));
  add(event_of("llm_call", "bull", {}));
  run();
  ASSERT_EQ(received_.events.size(), 1u);
  EXPECT_TRUE(seen(0).parent_span_id().is_none());
}

TEST_F(SpanPairerTest, TheYoungestPatternOfARunIsTheParentWithAnIdOrWithout) {
  EventIds with_id = in_run();
  with_id.span_id = id_of<SpanId>(0x10);
  add(event_of("pattern_start", "", with_id));
  add(event_of("pattern_start", "outer has an id"));
  add(event_of("llm_call", "bull"));
  with_id.span_id = id_of<SpanId>(0x30);
  add(event_of("pattern_start", "", with_id));
  add(event_of("llm_call", "bull"));
  run();
  ASSERT_EQ(received_.events.size(), 2u);
  const SpanId below_no_id = seen(0).parent_span_id();
  EXPECT_FALSE(below_no_id.is_none());
  EXPECT_NE(below_no_id, id_of<SpanId>(0x10));
  EXPECT_EQ(seen(1).parent_span_id(), with_id.span_id);
}

class SpanPairerBytesTest : public SpanPairerTest {
 protected:
  static constexpr std::size_t kBytesMax = 20'000;
  SpanPairerBytesTest() : SpanPairerTest({.open_max = 1000, .bytes_max = kBytesMax}) {}
};

TEST_F(SpanPairerBytesTest, BeyondItsBytesTheOldestStartBecomesAnUnfinishedSpan) {
  const std::string text(8000, 'x');
  for (int i = 0; i < 10; ++i) {
    const std::string agent = "a" + std::to_string(i);
    TraceEvent start = event_of("agent_start", agent);
    start.payload = {{"unknown", text}};
    add(start);
    run();
    EXPECT_LE(counts_->open_bytes.get(), kBytesMax);
  }
  EXPECT_EQ(counts_->open.get(), 2u);
  EXPECT_EQ(counts_->unfinished[static_cast<std::size_t>(GivenUp::kRoom)].get(), 8u);
  ASSERT_EQ(received_.events.size(), 8u);
  EXPECT_EQ(seen(7).agent_name(), "a7");
}

}  // namespace
}  // namespace tracebus::testing
