// SPDX-License-Identifier: Apache-2.0
//
// What a store is filled from, and what it says of what it could not read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "tracebus/core/json_writer.h"
#include "tracebus/studio/event_record.h"
#include "tracebus/tests/core/random_event.h"
#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/tests/studio/made_store.h"

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string message_of(const absl::Status& status) { return std::string(status.message()); }

TEST(StoreLoad, Row67FileIsReadAndSummarised) {
  TraceStore store;
  const auto loaded = store.load(kFixture);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->spans, 17u);
  EXPECT_EQ(loaded->runs, 2u);
  EXPECT_EQ(loaded->account.bad_lines, 0u);
  EXPECT_EQ(loaded->bytes, std::filesystem::file_size(kFixture));
}

TEST(StoreLoad, Row67MissingFileIsAnErrorAndLeavesTheStoreAsItWas) {
  TraceStore store;
  ASSERT_TRUE(store.load(kFixture).ok());
  const auto missing = store.load("/nowhere/trace.jsonl");
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(message_of(missing.status()), HasSubstr("/nowhere/trace.jsonl"));
  EXPECT_EQ(store.summary().count, 17u);
}

TEST(StoreLoad, Row67LoadReplacesAndAddKeeps) {
  TraceStore store;
  ASSERT_TRUE(store.load(kFixture).ok());
  ASSERT_TRUE(store.load(kFixture).ok());
  EXPECT_EQ(store.summary().count, 17u);
  ASSERT_TRUE(store.add(kStudioSpan).ok());
  EXPECT_EQ(store.summary().count, 18u);
  EXPECT_EQ(store.runs().matched, 3u);
  store.clear();
  EXPECT_FALSE(store.summary().loaded);
}

TEST(StoreLoad, Row67BadLinesAreCountedAndListedWithLineAndOffset) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "damaged.jsonl").string();
  const std::string good = R"({"event_type":"llm_call","agent_name":"a"})";
  std::ofstream(path) << good << "\n\nnot json\n[1,2]\n" << good << "\n{\"event_type\":\"cut";
  TraceStore store;
  const auto loaded = store.load(path);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->spans, 2u);
  EXPECT_EQ(loaded->account.blank_lines, 1u);
  EXPECT_EQ(loaded->account.bad_lines, 3u);
  std::vector<std::uint64_t> lines, offsets;
  for (const ReadProblem& problem : loaded->account.problems) {
    lines.push_back(problem.line);
    offsets.push_back(problem.offset);
  }
  const std::uint64_t line = good.size() + 1;
  EXPECT_THAT(lines, ElementsAre(3, 4, 6));
  EXPECT_THAT(offsets, ElementsAre(line + 1, line + 10, 2 * line + 16));
}

TEST(StoreLoad, ProgressIsToldInBytesAndSpansAndMayStop) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "many.jsonl").string();
  {
    std::ofstream file(path);
    for (int i = 0; i < 50'000; ++i) file << R"({"event_type":"llm_call","n":)" << i << "}\n";
  }
  TraceStore store;
  std::vector<LoadProgress> seen;
  const auto loaded = store.load(path, [&](const LoadProgress& progress) {
    seen.push_back(progress);
    return true;
  });
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ASSERT_GE(seen.size(), 3u);
  for (std::size_t i = 1; i < seen.size(); ++i) {
    EXPECT_LE(seen[i - 1].spans, seen[i].spans);
    EXPECT_LE(seen[i - 1].bytes, seen[i].bytes);
  }
  EXPECT_EQ(seen.back().spans, 50'000u);
  EXPECT_EQ(seen.back().bytes, std::filesystem::file_size(path));
  EXPECT_EQ(seen.back().bytes_total, seen.back().bytes);

  const auto stopped = store.load(path, [](const LoadProgress&) { return false; });
  EXPECT_EQ(stopped.status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(store.summary().count, 50'000u);
}

TEST(StoreLoad, FileOverTheBudgetIsRefusedWithBothNumbers) {
  auto store = empty_store(0, 1000);
  const auto loaded = store->load(kFixture);
  EXPECT_EQ(loaded.status().code(), absl::StatusCode::kResourceExhausted);
  const std::string size = std::to_string(std::filesystem::file_size(kFixture));
  EXPECT_THAT(message_of(loaded.status()), HasSubstr(size));
  EXPECT_THAT(message_of(loaded.status()), HasSubstr("1000"));
  EXPECT_THAT(message_of(loaded.status()), HasSubstr("raise bytes_max"));
  EXPECT_FALSE(store->summary().loaded);
}

// A file may take more memory than bytes: what counts is what it takes.
TEST(StoreLoad, EventsThatOutgrowTheBudgetAreRefusedWhileReading) {
  std::string lines;
  for (int i = 0; i < 40'000; ++i) {
    lines += R"({"event_type":"t","agent_name":"agent)" + std::to_string(i) + "\"}\n";
  }
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "names.jsonl").string();
  std::ofstream(path) << lines;
  auto store = empty_store(0, lines.size() + 1000);
  EXPECT_EQ(store->load(path).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_FALSE(store->summary().loaded);
}

// Whatever an event said comes back, whether it stands in a column or not.
TEST(StoreLoad, EveryEventComesBackAsItWas) {
  constexpr std::uint64_t kSeed = 4711;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  EventGenerator generator(kSeed);
  auto store = empty_store();
  std::vector<std::string> expected;
  EventRecord record;
  for (int i = 0; i < 3000; ++i) {
    TraceEvent event = generator.next();
    const std::int64_t ns = static_cast<std::int64_t>(1'700'000'000) * 1'000'000'000 + i;
    event.timestamp = Timestamp::from_unix_ns(ns);
    if (!event.origin) event.origin = Origin{7, static_cast<std::uint64_t>(i), 3};
    if (!record.write(event)) continue;
    store->append(record.view());
    append_json_event(expected.emplace_back(), record.view());
  }
  ASSERT_GT(expected.size(), 2000u);
  const SpanPage page = store->query();
  ASSERT_EQ(page.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto json = store->event_json(page[i].number);
    ASSERT_TRUE(json.ok()) << json.status();
    ASSERT_EQ(*json, expected[i]);
  }
}

TEST(StoreLoad, ColumnsOfAnEventComeBackUnderTheirKeys) {
  const std::string line =
      R"({"timestamp":1749479521.5,"event_type":"llm_call_end","agent_name":"a",)"
      R"("pattern_type":"",)"
      R"("payload":{"gen_ai.request.model":"m","gen_ai.response.model":"m-1","user.id":"u",)"
      R"("session.id":"s","workflow":"w","provider":"p","tool":"t","x":{"model":"inner"}},)"
      R"("run_id":"r-1","trace_id":"not hex","span_id":"s1","parent_span_id":"s0"})";
  auto store = store_of(line);
  const SpanPage page = store->query();
  ASSERT_EQ(page.size(), 1u);
  EXPECT_EQ(page[0].model, "m-1");
  EXPECT_EQ(page[0].user, "u");
  EXPECT_EQ(page[0].session, "s");
  EXPECT_EQ(page[0].workflow, "w");
  EXPECT_EQ(page[0].provider, "p");
  EXPECT_EQ(page[0].name, "t");
  EXPECT_EQ(page[0].run_id, "r-1");
  EXPECT_EQ(page[0].trace_id, "not hex");
  EXPECT_EQ(*store->event_json(page[0].number), line);
}

TEST(StoreLoad, UnknownNumberIsNotFound) {
  auto store = store_of(R"({"event_type":"t"})");
  EXPECT_TRUE(store->event_json(0).ok());
  EXPECT_EQ(store->event_json(1).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store->event_json(~std::uint64_t{0}).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace tracebus::testing
