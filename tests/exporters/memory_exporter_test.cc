// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/memory_exporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "tracebus/exporters/null_exporter.h"
#include "tracebus/tests/exporters/event_maker.h"

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

void fill(MemoryExporter& memory, EventMaker& maker) {
  EXPECT_EQ(memory.export_batch(maker.batch(), in_a_second()).failed, 0u);
}

// The numbers of the events that a query finds.
std::vector<std::int64_t> numbers(const MemoryExporter& memory, const MemoryQuery& query = {}) {
  std::vector<std::int64_t> found;
  for (const auto& event : memory.query(query)) {
    found.push_back(event->view().find("n")->as_int64());
  }
  return found;
}

TEST(Row23MemoryExporter, EventsOutliveTheirBatchAsTheyWere) {
  MemoryExporter memory;
  {
    EventMaker maker = numbered_events(2);
    fill(memory, maker);
  }
  EventMaker same = numbered_events(2);
  const auto events = memory.query();
  ASSERT_EQ(events.size(), 2u);
  const std::vector<EventView> views = {events[0]->view(), events[1]->view()};
  EXPECT_EQ(jsonl_of({.events = views}), jsonl_of(same.batch()));
  memory.clear();
  EXPECT_EQ(memory.size(), 0u);
  EXPECT_EQ(memory.size_bytes(), 0u);
  EXPECT_EQ(views[1].find("n")->as_int64(), 1);  // held by the answer
}

TEST(Row23MemoryExporter, OldestAreEvictedAndCounted) {
  MemoryExporter memory({.events_max = 3});
  EventMaker maker = numbered_events(5);
  fill(memory, maker);
  EXPECT_THAT(numbers(memory), ElementsAre(2, 3, 4));
  EXPECT_EQ(memory.size(), 3u);
  EXPECT_EQ(memory.evicted(), 2u);
}

TEST(Row23MemoryExporter, BytesAreBounded) {
  EventMaker maker = numbered_events(4);
  const std::size_t each = maker.batch().events[0].size_bytes() + kMemoryBytesPerEvent;
  MemoryExporter memory({.bytes_max = 2 * each});
  fill(memory, maker);
  EXPECT_THAT(numbers(memory), ElementsAre(2, 3));
  EXPECT_EQ(memory.size_bytes(), 2 * each);
  EventMaker large;
  large.add_numbered(100, std::string(10'000, 'x'));
  fill(memory, large);
  EXPECT_THAT(numbers(memory), ElementsAre(2, 3));  // too large to be kept at all
  EXPECT_EQ(memory.evicted(), 3u);
}

TEST(Row23MemoryExporter, CapacityOfZeroKeepsNothingAndCounts) {
  MemoryExporter no_events({.events_max = 0});
  MemoryExporter no_bytes({.bytes_max = 0});
  EventMaker maker = numbered_events(3);
  fill(no_events, maker);
  fill(no_bytes, maker);
  EXPECT_EQ(no_events.size() + no_bytes.size(), 0u);
  EXPECT_EQ(no_events.evicted() + no_bytes.evicted(), 6u);
}

// Oracle: an answer is a run of consecutive numbers, because eviction takes the oldest only.
TEST(Row23MemoryExporter, QueriesRunWhileEventsArrive) {
  MemoryExporter memory({.events_max = 50});
  std::atomic<bool> is_done = false;
  std::jthread reader([&] {
    while (!is_done) {
      const std::vector<std::int64_t> found = numbers(memory);
      for (std::size_t i = 1; i < found.size(); ++i) ASSERT_EQ(found[i], found[i - 1] + 1);
    }
  });
  for (std::int64_t number = 0; number < 5000; number += 2) {
    EventMaker maker;
    maker.add_numbered(number).add_numbered(number + 1);
    fill(memory, maker);
  }
  is_done = true;
  reader.join();
  EXPECT_EQ(memory.evicted(), 4950u);
}

// --- The audit log's keys: agent, task, verdict, action, time, limit ---

EventMaker audit_events() {
  EventMaker maker;
  const auto add = [&](std::int64_t number, std::string_view action, std::string_view agent,
                       std::string_view task, std::string_view verdict) {
    maker.add({.timestamp = Timestamp{1000 + number, 0},
               .event_type = action,
               .agent_name = agent,
               .payload = {{"n", number}, {"verdict", verdict}},
               .foreign_ids = {.run_id = task}});
  };
  add(0, "file.read", "reader", "task-1", "allow");
  add(1, "file.delete", "reader", "task-1", "block");
  add(2, "file.read", "writer", "task-2", "allow");
  add(3, "file.delete", "writer", "task-2", "allow");
  add(4, "file.read", "reader", "task-2", "block");
  return maker;
}

TEST(Row24AuditQuery, EveryKeyOfTheAuditLogIsAQuery) {
  MemoryExporter memory;
  EventMaker maker = audit_events();
  fill(memory, maker);
  const Filter blocked = Filter::attribute("verdict", Compare::kEqual, "block");
  EXPECT_THAT(numbers(memory, {.filter = Filter::agent("reader")}), ElementsAre(0, 1, 4));
  EXPECT_THAT(numbers(memory, {.filter = Filter::run("task-2")}), ElementsAre(2, 3, 4));
  EXPECT_THAT(numbers(memory, {.filter = blocked}), ElementsAre(1, 4));
  EXPECT_THAT(numbers(memory, {.filter = Filter::types({"file.delete"})}), ElementsAre(1, 3));
  EXPECT_THAT(
      numbers(memory, {.filter = Filter::agent("reader") && blocked && Filter::run("task-2")}),
      ElementsAre(4));
  EXPECT_THAT(numbers(memory, {.filter = Filter::agent("nobody")}), IsEmpty());
}

TEST(Row24AuditQuery, TypeThatWasUnknownWhenTheEventCameIsFound) {
  MemoryExporter memory;
  EventMaker maker;
  maker.add({.event_type = "late.type", .agent_name = "a", .payload = {{"n", 1}, {"cost", 0.5}}});
  maker.add({.event_type = "late.type", .agent_name = "b", .payload = {{"n", 2}}});
  maker.add({.event_type = "other.type", .agent_name = "a", .payload = {{"n", 3}}});
  ASSERT_FALSE(maker.batch().events[0].type().is_registered());
  fill(memory, maker);
  const Filter late = Filter::types({"late.type"});
  EXPECT_THAT(numbers(memory, {.filter = late}), ElementsAre(1, 2));
  EXPECT_THAT(numbers(memory, {.filter = late && Filter::agent("a")}), ElementsAre(1));
  EXPECT_THAT(numbers(memory, {.filter = late && Filter::has_attribute("cost")}), ElementsAre(1));
  EXPECT_THAT(numbers(memory, {.filter = !late}), ElementsAre(3));
}

TEST(Row24AuditQuery, TimeRangeIncludesBothEnds) {
  MemoryExporter memory;
  EventMaker maker = audit_events();
  fill(memory, maker);
  EXPECT_THAT(numbers(memory, {.from = Timestamp{1001, 0}, .to = Timestamp{1003, 0}}),
              ElementsAre(1, 2, 3));
  EXPECT_THAT(numbers(memory, {.from = Timestamp{1003, 1}}), ElementsAre(4));
  EXPECT_THAT(numbers(memory, {.to = Timestamp{999, 999'999'999}}), IsEmpty());
}

TEST(Row24AuditQuery, LimitCountsFromTheEndThatWasAskedFor) {
  MemoryExporter memory;
  EventMaker maker = audit_events();
  fill(memory, maker);
  EXPECT_THAT(numbers(memory, {.limit = 2}), ElementsAre(0, 1));
  EXPECT_THAT(numbers(memory, {.limit = 2, .newest_first = true}), ElementsAre(4, 3));
  EXPECT_THAT(
      numbers(memory, {.filter = Filter::agent("reader"), .limit = 2, .newest_first = true}),
      ElementsAre(4, 1));
  EXPECT_THAT(numbers(memory, {.limit = 0}), IsEmpty());
}

TEST(Row24AuditQuery, LogKeepsTenThousandUnlessToldOtherwise) {
  MemoryExporter memory;
  EventMaker maker = numbered_events(10'001);
  fill(memory, maker);
  EXPECT_EQ(memory.size(), 10'000u);
  EXPECT_EQ(memory.evicted(), 1u);
}

TEST(Row23MemoryExporter, NullExporterCounts) {
  NullExporter null;
  EventMaker maker = numbered_events(3);
  std::size_t bytes = 0;
  for (const EventView& event : maker.batch()) bytes += event.size_bytes();
  EXPECT_EQ(null.export_batch(maker.batch(), in_a_second()).failed, 0u);
  EXPECT_EQ(null.export_batch(maker.batch(), in_a_second()).failed, 0u);
  EXPECT_EQ(null.events(), 6u);
  EXPECT_EQ(null.bytes_of_records(), 2 * bytes);
}

}  // namespace
}  // namespace tracebus::testing
