// SPDX-License-Identifier: Apache-2.0
//
// What comes in while people look: a bus, a file that grows, more than fits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/studio/event_record.h"
#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/tests/studio/made_store.h"

namespace tracebus::testing {
namespace {

using ::testing::HasSubstr;

std::string call(int number) {
  return R"({"event_type":"llm_call","agent_name":"a","model":"m","cost_usd":0.001,"n":)" +
         std::to_string(number) + R"(,"timestamp":)" + std::to_string(number + 1) + "}\n";
}

class GrowingFile : public ::testing::Test {
 protected:
  void append(std::string_view text) { std::ofstream(path_, std::ios::app) << text; }
  std::uint64_t poll() {
    auto report = store_.poll();
    EXPECT_TRUE(report.ok()) << report.status();
    if (!report.ok()) return 0;
    last_ = *std::move(report);
    return last_.spans;
  }

  const TemporaryFolder folder_;
  const std::string path_ = folder_.file("grows.jsonl");
  TraceStore store_;
  PollReport last_;
};

TEST_F(GrowingFile, Row73OnlyWhatWasAddedIsRead) {
  append(call(0) + call(1));
  ASSERT_TRUE(store_.follow(path_).ok());
  EXPECT_EQ(poll(), 2u);
  EXPECT_EQ(poll(), 0u);
  EXPECT_EQ(last_.bytes, 0u);
  append(call(2));
  EXPECT_EQ(poll(), 1u);
  EXPECT_EQ(last_.bytes, call(2).size());
  EXPECT_EQ(store_.summary().count, 3u);
}

TEST_F(GrowingFile, Row73LineIsReadWhenItIsWhole) {
  append("");
  ASSERT_TRUE(store_.follow(path_).ok());
  const std::string line = call(7);
  for (const char c : line) {
    EXPECT_EQ(poll(), 0u);
    append(std::string(1, c));
  }
  EXPECT_EQ(poll(), 1u);
  EXPECT_EQ(last_.account.bad_lines, 0u);
}

TEST_F(GrowingFile, Row73BadLinesHaveTheirPlaceInTheFile) {
  append(call(0));
  ASSERT_TRUE(store_.follow(path_).ok());
  EXPECT_EQ(poll(), 1u);
  append("\nbad\n" + call(1) + "worse\n");
  EXPECT_EQ(poll(), 1u);
  ASSERT_EQ(last_.account.problems.size(), 2u);
  EXPECT_EQ(last_.account.problems[0].line, 3u);
  EXPECT_EQ(last_.account.problems[0].offset, call(0).size() + 1);
  EXPECT_EQ(last_.account.problems[1].line, 5u);
  append("worst\n");
  EXPECT_EQ(poll(), 0u);
  EXPECT_EQ(last_.account.problems.at(0).line, 6u);
}

TEST_F(GrowingFile, Row73CutFileBeginsAnew) {
  append(call(0) + call(1) + "{\"event_type\":\"torn");
  ASSERT_TRUE(store_.follow(path_).ok());
  EXPECT_EQ(poll(), 2u);
  std::ofstream(path_, std::ios::trunc) << call(2);
  EXPECT_EQ(poll(), 1u);
  EXPECT_EQ(last_.restarts, 1u);
  ASSERT_EQ(last_.account.problems.size(), 1u) << "the torn line is told";
  EXPECT_EQ(last_.account.problems[0].line, 3u);
  EXPECT_EQ(last_.account.problems[0].offset, 2 * call(0).size());
  append("bad\n");
  EXPECT_EQ(poll(), 0u);
  EXPECT_EQ(last_.account.problems.at(0).line, 2u);
  EXPECT_EQ(store_.summary().count, 3u);
}

TEST_F(GrowingFile, Row73RotatedFileIsReadToItsEndAndThenTheNewOne) {
  append(call(0));
  ASSERT_TRUE(store_.follow(path_).ok());
  EXPECT_EQ(poll(), 1u);
  append(call(1));
  std::filesystem::rename(path_, path_ + ".1");
  append(call(2) + call(3));
  EXPECT_EQ(poll(), 3u);
  EXPECT_EQ(last_.restarts, 1u);
  EXPECT_EQ(poll(), 0u);
  std::filesystem::remove(path_);
  EXPECT_EQ(poll(), 0u) << "gone for now";
  append(call(4));
  EXPECT_EQ(poll(), 1u);
}

TEST_F(GrowingFile, LineOverTheLimitIsToldOnceAndTheNextIsRead) {
  append(call(0));
  ASSERT_TRUE(store_.follow(path_).ok());
  EXPECT_EQ(poll(), 1u);
  append("{\"event_type\":\"" + std::string((std::size_t{16} << 20) + 4'000'000, 'x') + "\"}\n" +
         call(1) + "bad\n");
  EXPECT_EQ(poll(), 1u);
  EXPECT_EQ(last_.account.bad_lines, 2u);
  EXPECT_EQ(last_.account.problems.at(0).line, 2u);
  EXPECT_THAT(last_.account.problems.at(0).message, HasSubstr("16 MiB"));
  EXPECT_EQ(last_.account.problems.at(1).line, 4u);
}

TEST_F(GrowingFile, WhatCannotBeFollowedIsAnError) {
  EXPECT_EQ(store_.poll().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(store_.follow(path_).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_.follow(folder_.path().string()).code(), absl::StatusCode::kInvalidArgument);
}

// Oracle: numbers of the events rise by one; what is there is an unbroken range that ends with the
// last one, and what is there and what was let go of are all.
TEST(StoreBounds, OldestEventsGoAndAreCounted) {
  constexpr std::size_t kBytesMax = std::size_t{3} << 20;
  constexpr int kEvents = 60'000;
  auto store = empty_store(0, kBytesMax);
  EventRecord record;
  for (int i = 0; i < kEvents; ++i) {
    // Names of all kinds that never come again.
    const std::string name = "name-" + std::to_string(i);
    TraceEvent event;
    event.timestamp = Timestamp::from_unix_ns(i + 1);
    event.event_type = i % 3 == 0 ? "agent_start" : "llm_call";
    event.agent_name = name;
    event.foreign_ids.run_id = name;
    event.foreign_ids.span_id = name;
    event.payload.add("session.id", name);
    event.payload.add("model", "m");
    event.payload.add("n", i);
    ASSERT_TRUE(record.write(event));
    store->append(record.view());
    if (i % 5000 == 0) {
      ASSERT_LE(store->summary().bytes, kBytesMax) << i;
    }
  }
  const StoreSummary summary = store->summary();
  EXPECT_LE(summary.bytes, kBytesMax);
  EXPECT_EQ(summary.count + summary.evicted, static_cast<std::uint64_t>(kEvents));
  EXPECT_GT(summary.count, 1500u);
  EXPECT_EQ(summary.agents.size(), summary.count);
  const SpanPage page = store->query();
  std::uint64_t expected = summary.evicted;
  std::uint64_t open = 0;
  for (const StoredSpan& span : page) {
    const std::string name = "name-" + std::to_string(expected++);
    ASSERT_EQ(span.agent_name, name);
    ASSERT_EQ(span.run_id, name);
    ASSERT_EQ(span.session, name);
    ASSERT_EQ(span.model, "m" + std::string()) << name;
    open += span.is_open;
    if (expected % 97 != 0) continue;
    ASSERT_THAT(*store->event_json(span.number), HasSubstr("\"span_id\":\"" + name + "\""));
    ASSERT_EQ(store->query({.run_id = name}).matched(), 1u);
  }
  EXPECT_EQ(expected, static_cast<std::uint64_t>(kEvents));
  EXPECT_EQ(summary.open_spans, open);
  // What stayed can still end: the oldest, whose run had another number once, as well.
  const std::uint64_t enough = open - 20;
  for (const StoredSpan& span : page) {
    if (!span.is_open || open == enough) continue;
    const std::string name(span.agent_name);
    TraceEvent end;
    end.event_type = "agent_end";
    end.agent_name = name;
    end.foreign_ids.run_id = end.foreign_ids.span_id = name;
    ASSERT_TRUE(record.write(end));
    const std::uint64_t evicted = store->summary().evicted;
    store->append(record.view());
    if (store->summary().evicted != evicted) break;
    ASSERT_EQ(store->summary().open_spans, --open) << name;
  }
}

// A run's sums stay whole when some of its events are gone, and say how many are.
TEST(StoreBounds, RunKnowsWhatItLost) {
  auto store = empty_store(0, std::size_t{2} << 20);
  EventRecord record;
  const std::string text(500, 'x');
  for (int i = 0; i < 10'000; ++i) {
    TraceEvent event;
    event.event_type = "llm_call";
    event.foreign_ids.run_id = "long";
    event.payload.add("cost_usd", 0.001);
    event.payload.add("text", text);
    ASSERT_TRUE(record.write(event));
    store->append(record.view());
  }
  const auto run = store->run("long");
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(run->events, 10'000u);
  EXPECT_EQ(run->lost_events, store->summary().evicted);
  EXPECT_GT(run->lost_events, 0u);
  EXPECT_EQ(run->cost_nanos, 10'000'000'000);
}

// Oracle: the store says of every event that the bus accepted that it is there, in order.
TEST(StoreLive, UsersAsk18EventsOfABusAreThereWhileTheirSpansAreOpen) {
  TraceEventBus bus;
  TraceStore store;
  auto watching = store.watch(bus);
  ASSERT_TRUE(watching.ok()) << watching.status();
  EventIds ids;
  ids.run_id.bytes[0] = 9;
  ids.span_id.bytes[0] = 1;
  TraceEvent start;
  start.event_type = "agent_start";
  start.agent_name = "a";
  start.ids = ids;
  bus.emit(start);
  ASSERT_TRUE(bus.flush(std::chrono::seconds(60)).ok());
  EXPECT_EQ(store.query({.open_only = true}).matched(), 1u);
  EXPECT_EQ(store.runs().runs.at(0).open_spans, 1u);
  TraceEvent end = start;
  end.event_type = "agent_end";
  bus.emit(end);
  ASSERT_TRUE(bus.flush(std::chrono::seconds(60)).ok());
  EXPECT_EQ(store.query({.open_only = true}).matched(), 0u);
  EXPECT_EQ(store.runs().runs.at(0).status, RunStatus::kSucceeded);
}

// Oracle: what a reader sees at any moment is a prefix of what was appended, in whole batches:
// event i has cost i + 1, so that n events cost n * (n + 1) / 2.
TEST(StoreLive, ReadersSeeWholeAppendsWhileOthersWrite) {
  constexpr int kEvents = 20'000;
  constexpr int kBatch = 50;
  auto store = empty_store(0, std::size_t{64} << 20);
  std::atomic<bool> done = false;
  std::thread writer([&] {
    std::vector<EventRecord> records(kBatch);
    for (int i = 0; i < kEvents; i += kBatch) {
      std::vector<EventView> views;
      for (int k = 0; k < kBatch; ++k) {
        const std::string agent = "agent" + std::to_string((i + k) % 300);
        TraceEvent event;
        event.event_type = "llm_call";
        event.agent_name = agent;
        event.timestamp = Timestamp::from_unix_ns(i + k + 1);
        event.payload.add("cost_usd", static_cast<double>(i + k + 1) / 1e9);
        records[static_cast<std::size_t>(k)].write(event);
        views.push_back(records[static_cast<std::size_t>(k)].view());
      }
      store->append(views);
    }
    done = true;
  });
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 2; ++reader) {
    readers.emplace_back([&] {
      std::uint64_t last = 0;
      for (bool at_end = false; !at_end;) {
        at_end = done;
        const CostBreakdown costs = store->costs(GroupBy::kModel);
        const std::uint64_t n = costs.calls;
        EXPECT_EQ(n % kBatch, 0u);
        EXPECT_EQ(static_cast<std::uint64_t>(costs.cost_nanos), n * (n + 1) / 2);
        EXPECT_GE(n, last);
        last = n;
        const SpanPage page =
            store->query({.sort = SpanSort::kByCost, .descending = true, .limit = 3});
        for (std::size_t i = 1; i < page.size(); ++i) {
          EXPECT_EQ(*page[i].cost_nanos, *page[i - 1].cost_nanos - 1);
        }
        EXPECT_LE(store->dashboard().top_agents.size(), 5u);
      }
      EXPECT_EQ(last, static_cast<std::uint64_t>(kEvents));
    });
  }
  writer.join();
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace tracebus::testing
