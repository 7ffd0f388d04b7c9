// SPDX-License-Identifier: Apache-2.0
//
// A call's span says the cost that is recorded behind it. The oracle is what comes out, in order.
#include "tracebus/exporters/cost_joiner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "tracebus/exporters/processing_exporter.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/exporters/processor_stubs.h"

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;

class CostJoinerTest : public ::testing::Test {
 protected:
  static EventIds ids_of(std::uint8_t span) {
    EventIds ids;
    ids.trace_id.bytes.fill(1);
    ids.span_id.bytes.fill(span);
    return ids;
  }
  void call(std::uint8_t span, Payload more = {}, std::string_view kind = "LLM") {
    Payload payload = {{"span.kind", kind}, {"n", std::int64_t{span}}};
    for (const Attribute& each : more) payload.add(each);
    maker_.add({.event_type = "llm_call_end", .payload = payload, .ids = ids_of(span)});
  }
  void record(std::uint8_t span, Payload payload = {{"cost_usd", 0.5}}) {
    maker_.add({.event_type = "cost_record", .payload = payload, .ids = ids_of(span)});
  }
  ExportResult run() {
    const Batch batch = maker_.batch_of(handed_, maker_.batch().size());
    handed_ += batch.size();
    return exporter_.export_batch(batch, in_a_second());
  }
  // "type n cost", of those that say it.
  std::vector<std::string> seen() const {
    std::vector<std::string> all;
    for (const OwnedEvent& event : received_.events) {
      std::string said(event.view().event_type());
      if (const auto n = event.view().find("n")) said += " " + std::to_string(n->as_int64());
      if (const auto cost = event.view().find("cost_usd")) {
        said += " " + std::to_string(cost->to_double()).substr(0, 4);
      }
      all.push_back(said);
    }
    return all;
  }

  std::chrono::steady_clock::time_point now_{};
  EventMaker maker_;
  std::size_t handed_ = 0;
  Received received_;
  ProcessingExporter exporter_{
      chain_of(std::make_unique<CostJoiner>(CostJoinerOptions{
          .calls_max = 100, .bytes_max = 50'000, .clock = [this] { return now_; }})),
      std::make_unique<NotingExporter>(received_)};
};

TEST_F(CostJoinerTest, ACallSaysWhatIsRecordedBehindIt) {
  call(1);
  record(1);
  call(2);
  call(3, {}, "TOOL");  // of another agent
  call(4);
  record(2, {{"cost", 0.25}});
  record(4);
  const ExportResult result = run();
  EXPECT_THAT(seen(), ElementsAre("llm_call_end 1 0.50", "llm_call_end 3", "llm_call_end 2 0.25",
                                  "llm_call_end 4 0.50"));
  EXPECT_EQ(result.processed, 3u) << "the records";
  const EventView first = received_.events[0].view();
  EXPECT_EQ(first.sequence(), 7u) << "it is the call, and not its record";
  EXPECT_EQ(first.span_id().bytes, ids_of(1).span_id.bytes);
}

TEST_F(CostJoinerTest, WhatHasNoRecordPassesAsItIs) {
  call(1);
  call(2);
  call(2);                                         // a second one with its id
  record(3);                                       // of another
  record(2, {{"input_tokens", std::int64_t{7}}});  // unpriced
  EXPECT_EQ(run().processed, 1u) << "the first still waits";
  EXPECT_TRUE(exporter_.flush(Deadline::max()).ok());
  EXPECT_THAT(seen(), ElementsAre("llm_call_end 2", "cost_record 0.50", "llm_call_end 2",
                                  "cost_record", "llm_call_end 1"));
}

TEST_F(CostJoinerTest, WhatSaysItsCostAndWhatIsNoCallIsNotHeld) {
  call(1, {{"cost_usd", 0.75}});
  record(1);
  call(2, {{"llm.cost.total", 1}});
  record(2);
  call(3, {}, "TOOL");
  record(3);
  run();
  EXPECT_THAT(seen(), ElementsAre("llm_call_end 1 0.75", "cost_record 0.50", "llm_call_end 2",
                                  "cost_record 0.50", "llm_call_end 3", "cost_record 0.50"));
}

TEST_F(CostJoinerTest, NothingWaitsForRecordsThatNobodyMakes) {
  maker_.add({.event_type = "cost_record", .payload = {{"cost_usd", 0.5}}});  // of no call
  call(1);
  call(2);
  EXPECT_EQ(run().processed, 0u);
  EXPECT_THAT(seen(), ElementsAre("cost_record 0.50", "llm_call_end 1", "llm_call_end 2"));
}

TEST_F(CostJoinerTest, WhereCallsAreRecordedTheyWaitForTheNextBatchAndASecondAtMost) {
  call(1);
  record(1);
  call(2);
  call(3);
  EXPECT_EQ(run().processed, 3u);
  EXPECT_THAT(seen(), ElementsAre("llm_call_end 1 0.50"));
  now_ += std::chrono::milliseconds(999);
  record(2);
  run();
  EXPECT_THAT(seen(), ElementsAre("llm_call_end 1 0.50", "llm_call_end 2 0.50"));
  now_ += std::chrono::milliseconds(1);
  call(4, {}, "TOOL");
  run();
  EXPECT_THAT(seen(), ElementsAre("llm_call_end 1 0.50", "llm_call_end 2 0.50", "llm_call_end 4",
                                  "llm_call_end 3"));
}

TEST_F(CostJoinerTest, AFlushLetsGoOfAll) {
  call(1);
  record(1);
  call(2);
  run();
  EXPECT_TRUE(exporter_.flush(Deadline::max()).ok());
  EXPECT_THAT(seen(), ElementsAre("llm_call_end 1 0.50", "llm_call_end 2"));
}

TEST_F(CostJoinerTest, AfterManyCallsWithoutARecordNoneWaitsUntilOneComes) {
  record(1);
  for (std::size_t i = 0; i < CostJoiner::kMissesMax; ++i) {
    EventIds ids = ids_of(1);
    std::memcpy(ids.span_id.bytes.data(), &i, sizeof i);
    ids.span_id.bytes[7] = 1;
    maker_.add({.event_type = "llm_call_end", .payload = {{"span.kind", "LLM"}}, .ids = ids});
  }
  run();
  EXPECT_TRUE(exporter_.flush(Deadline::max()).ok());
  received_.events.clear();
  call(1);
  record(2);
  call(3);
  record(3);
  run();
  EXPECT_THAT(seen(), ElementsAre("llm_call_end 1", "cost_record 0.50", "llm_call_end 3 0.50"));
}

TEST_F(CostJoinerTest, BeyondItsBoundsTheOldestPass) {
  record(255);
  for (std::uint8_t i = 1; i <= 101; ++i) call(i);
  run();
  EXPECT_THAT(seen(), ElementsAre("cost_record 0.50", "llm_call_end 1"));
  const std::string text(40'000, 'x');
  call(102, {{"text", text}});
  run();
  EXPECT_GT(received_.events.size(), 10u);
  record(102);
  run();
  EXPECT_EQ(seen().back(), "llm_call_end 102 0.50");
}

}  // namespace
}  // namespace tracebus::testing
