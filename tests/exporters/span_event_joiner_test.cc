// SPDX-License-Identifier: Apache-2.0
//
// Events of no span become events of the span that they belong to. The oracle is the events that
// come out, as JSON; each event in is one of them, a part of one, or counted.
#include "tracebus/exporters/span_event_joiner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/core/limits.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/exporters/processor_stubs.h"

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Instant = std::chrono::steady_clock::time_point;

constexpr std::int64_t kSecond = 1'749'479'521;

EventIds ids_of(std::uint8_t span, std::uint8_t trace = 1) {
  EventIds ids;
  ids.trace_id.bytes.fill(trace);
  ids.span_id.bytes.fill(span);
  return ids;
}

class SpanEventJoinerTest : public ::testing::Test {
 protected:
  explicit SpanEventJoinerTest(SpanEventJoinerOptions options = {.events_max = 200,
                                                                 .held_ms_max = 5000}) {
    options.clock = [this] { return now_; };
    options.tick_ms = 0;
    exporter_ = std::make_unique<ProcessingExporter>(
        chain_of(std::make_unique<SpanEventJoiner>(std::move(options))),
        std::make_unique<NotingExporter>(received_));
  }

  void add(std::string_view type, EventIds ids, Payload payload = {}, std::int64_t after_ms = 0) {
    maker_.add(
        {.timestamp = Timestamp::from_unix_ns(kSecond * 1'000'000'000 + after_ms * 1'000'000),
         .event_type = type,
         .payload = std::move(payload),
         .ids = ids});
  }
  void add_end(EventIds ids, std::int64_t after_ms = 1500, Payload more = {}) {
    Payload payload = {{"span.kind", "TOOL"}, {"span.status", "ok"}, {"duration_ms", 1500.0}};
    for (const Attribute& attribute : more) payload.add(attribute);
    add("tool_end", ids, payload, after_ms);
  }
  // All that were added since.
  ExportResult run() {
    const Batch batch = maker_.batch_of(handed_, maker_.batch().size());
    handed_ += batch.size();
    return exporter_->export_batch(batch, in_a_second());
  }
  std::vector<std::string> seen() const {
    std::vector<std::string> all;
    for (const OwnedEvent& event : received_.events) {
      std::string json(event.view().event_type());
      append_json_payload(json, event.view());
      all.push_back(json);
    }
    return all;
  }

  Instant now_{};
  EventMaker maker_;
  std::size_t handed_ = 0;
  Received received_;
  std::unique_ptr<ProcessingExporter> exporter_;
};

TEST_F(SpanEventJoinerTest, AnEventJoinsTheSpanOfItsIdsWithItsTimeAndPayload) {
  add("handoff", ids_of(1), {{"to", "bear"}}, 250);
  EXPECT_EQ(run().processed, 1u);
  add("cost_record", ids_of(1), {{"cost_usd", 0.5}}, 1000);
  add_end(ids_of(1));
  const ExportResult result = run();
  EXPECT_EQ(result.processed, 1u);
  EXPECT_EQ(result.added, 0u);
  EXPECT_THAT(seen(),
              ElementsAre(R"(tool_end{"span.kind":"TOOL","span.status":"ok","duration_ms":1500.0,)"
                          R"("span.events":[{"name":"handoff","offset_ns":250000000,)"
                          R"("attributes":{"to":"bear"}},{"name":"cost_record",)"
                          R"("offset_ns":1000000000,"attributes":{"cost_usd":0.5}}]})"));
}

TEST_F(SpanEventJoinerTest, WhatTheSpanSaidItselfComesFirst) {
  add("handoff", ids_of(1));
  add_end(ids_of(1), 1500,
          {{"span.events", Value::array({Value::object({{"name", "own"}})})},
           {"span.dropped_events", 2}});
  run();
  ASSERT_EQ(seen().size(), 1u);
  EXPECT_THAT(seen()[0], HasSubstr(R"("span.events":[{"name":"own"},{"name":"handoff")"));
  EXPECT_THAT(seen()[0], HasSubstr(R"("span.dropped_events":2)"));
}

TEST_F(SpanEventJoinerTest, SpansOfOtherIdsAndWhatHasNonePassAsTheyAre) {
  add("handoff", ids_of(1));
  add("handoff", {}, {{"n", 1}});
  add("tool_start", ids_of(1), {{"span.kind", "TOOL"}});
  add_end(ids_of(2));
  add_end(ids_of(1, 2));
  EXPECT_EQ(run().processed, 1u) << "the one that is held";
  ASSERT_EQ(seen().size(), 4u);
  EXPECT_EQ(seen()[0], R"(handoff{"n":1})");
  for (const std::string& event : seen()) {
    EXPECT_EQ(event.find("span.events"), std::string::npos);
  }
}

TEST_F(SpanEventJoinerTest, EventsBeyondTheLimitOfASpanAreCounted) {
  for (std::size_t i = 0; i < kSpanEventsMax + 7; ++i) add("llm_token", ids_of(1));
  add_end(ids_of(1));
  run();
  ASSERT_EQ(received_.events.size(), 1u);
  const EventView span = received_.events[0].view();
  EXPECT_EQ(span.find("span.events")->as_array().size(), kSpanEventsMax);
  EXPECT_EQ(span.find("span.dropped_events")->as_int64(), 7);
}

TEST_F(SpanEventJoinerTest, G17_BeyondItsBoundTheOldestPassesAndTheAccountIsWhole) {
  for (std::int64_t i = 0; i < 250; ++i) {
    add("handoff", ids_of(static_cast<std::uint8_t>(i)), {{"n", i}});
  }
  const ExportResult result = run();
  EXPECT_EQ(result.processed, 200u);
  EXPECT_EQ(result.added, 0u) << "they left with their own batch";
  EXPECT_EQ(received_.numbers().front(), 0);
  EXPECT_EQ(received_.numbers().back(), 49);
}

class SmallSpanEventJoinerTest : public SpanEventJoinerTest {
 protected:
  SmallSpanEventJoinerTest() : SpanEventJoinerTest({.events_max = 1000, .bytes_max = 3000}) {}
};

TEST_F(SmallSpanEventJoinerTest, G17_TheBytesOfWhatIsHeldAreBounded) {
  for (std::int64_t i = 0; i < 50; ++i) {
    add("handoff", ids_of(1), {{"n", i}, {"filling", std::string(500, 'f')}});
  }
  const ExportResult result = run();
  EXPECT_GE(result.processed, 3u);
  EXPECT_LE(result.processed, 5u);
  EXPECT_EQ(received_.numbers().size() + result.processed, 50u);
}

TEST_F(SpanEventJoinerTest, AfterItsTimeAnEventPassesAndItsSpanComesWithoutIt) {
  add("handoff", ids_of(1), {{"n", 1}});
  EXPECT_EQ(run().processed, 1u);
  now_ += std::chrono::milliseconds(5000);
  add("handoff", ids_of(2), {{"n", 2}});
  const ExportResult later = run();
  EXPECT_EQ(later.processed, 1u);
  EXPECT_EQ(later.added, 1u);
  EXPECT_THAT(received_.numbers(), ElementsAre(1));
  add_end(ids_of(1));
  add_end(ids_of(2));
  EXPECT_EQ(run().lost(), 0u);
  EXPECT_EQ(seen()[1].find("span.events"), std::string::npos);
  EXPECT_NE(seen()[2].find("span.events"), std::string::npos);
}

TEST_F(SpanEventJoinerTest, AFlushLetsGoOfAll) {
  add("handoff", ids_of(1), {{"n", 1}});
  add("handoff", ids_of(2), {{"n", 2}});
  run();
  EXPECT_TRUE(exporter_->flush(std::chrono::steady_clock::now()).ok());
  EXPECT_EQ(exporter_->flush_result().added, 2u);
  EXPECT_THAT(received_.numbers(), ElementsAre(1, 2));
}

}  // namespace
}  // namespace tracebus::testing
