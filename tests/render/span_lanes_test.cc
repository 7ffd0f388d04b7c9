// SPDX-License-Identifier: Apache-2.0
#include "tracebus/render/span_lanes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/tests/render/random_forest.h"
#include "tracebus/tests/trace/made_trace.h"

namespace tracebus {
namespace {

using testing::made_trace;
using testing::MadeSpan;

// Each lane as its spans' names, "a(b c)" where b and c lie within a, behind the lane it hangs
// below.
std::vector<std::string> drawn(const std::vector<MadeSpan>& spans) {
  const Trace trace = made_trace(spans);
  const TraceTree tree = trace.get_span_tree();
  const Services services(trace, tree);
  const SpanLanes lanes(tree, services);
  std::vector<std::string> lines;
  for (const SpanLane& lane : lanes.lanes()) {
    std::string line = lane.parent == SpanLane::kNone ? "" : std::to_string(lane.parent) + ">";
    lanes.walk(
        lane,
        [&](std::uint32_t node) {
          if (line.ends_with(')')) line += ' ';
          line += std::string(tree.span_of(tree.nodes()[node]).name()) + "(";
        },
        [&](std::uint32_t) { line += ')'; });
    lines.push_back(line);
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST(SpanLanes, WhatFollowsLiesOnOneLane) {
  EXPECT_EQ(drawn({{.id = 1, .name = "run", .duration_ms = 10},
                   {.id = 2, .parent = 1, .name = "a", .start_ms = 0, .duration_ms = 3},
                   {.id = 3, .parent = 2, .name = "x", .start_ms = 1, .duration_ms = 2},
                   {.id = 4, .parent = 1, .name = "b", .start_ms = 3, .duration_ms = 7}}),
            (Lines{"run(a(x()) b())"}));
}

TEST(SpanLanes, WhatRunsSideBySideHangsBelowAndLanesAreUsedAgain) {
  EXPECT_EQ(drawn({{.id = 1, .name = "run", .duration_ms = 10},
                   {.id = 2, .parent = 1, .name = "a", .start_ms = 1, .duration_ms = 4},
                   {.id = 3, .parent = 1, .name = "b", .start_ms = 2, .duration_ms = 2},
                   {.id = 4, .parent = 3, .name = "in b", .start_ms = 3, .duration_ms = 1},
                   {.id = 5, .parent = 1, .name = "c", .start_ms = 4, .duration_ms = 3},
                   {.id = 6, .parent = 1, .name = "d", .start_ms = 6, .duration_ms = 4}}),
            (Lines{"run(a() d())", "0>b(in b()) c()"}));
}

TEST(SpanLanes, WhatCrossesItsParentsEndIsNotWithinIt) {
  EXPECT_EQ(drawn({{.id = 1, .name = "run", .duration_ms = 2},
                   {.id = 2, .parent = 1, .name = "late", .start_ms = 1, .duration_ms = 2},
                   {.id = 3, .parent = 9, .name = "orphan", .start_ms = 5, .duration_ms = 1}}),
            (Lines{"run() orphan()", "0>late()"}));
}

TEST(SpanLanes, AnotherServiceHasLanesOfItsOwn) {
  const Payload shop = {{"service.name", "shop"}};
  const Payload stock = {{"service.name", "stock"}};
  EXPECT_EQ(drawn({{.id = 1, .name = "run", .duration_ms = 9, .attributes = shop},
                   {.id = 2,
                    .parent = 1,
                    .name = "there",
                    .start_ms = 1,
                    .duration_ms = 2,
                    .attributes = stock},
                   {.id = 3, .parent = 2, .name = "too", .start_ms = 1, .duration_ms = 1}}),
            (Lines{"run()", "there(too())"}));
}

TEST(SpanLanes, AnOpenSpanLastsAsLongAsItsTrace) {
  EXPECT_EQ(drawn({{.id = 1, .name = "run", .open = true},
                   {.id = 2, .parent = 1, .name = "a", .start_ms = 1, .duration_ms = 4},
                   {.id = 3, .parent = 1, .name = "b", .start_ms = 6, .duration_ms = 1}}),
            (Lines{"run(a() b())"}));
}

// The most spans at one time, an instant counting as the time it stands at.
std::size_t most_at_once(const std::vector<MadeSpan>& spans) {
  std::size_t most = 0;
  for (const MadeSpan& at : spans) {
    const auto covers = [&](const MadeSpan& span) {
      return span.start_ms <= at.start_ms &&
             at.start_ms < span.start_ms + static_cast<std::int64_t>(span.duration_ms);
    };
    most = std::max(most, static_cast<std::size_t>(std::ranges::count_if(spans, covers)));
  }
  return most;
}

TEST(SpanLanes, AsManyLanesAsRunAtOnce) {
  std::vector<MadeSpan> spans;
  std::uint64_t random = 1;
  for (std::uint64_t i = 1; i <= 300; ++i) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    spans.push_back({.id = i,
                     .name = "agent",
                     .start_ms = static_cast<std::int64_t>(random >> 40 & 0x3FF),
                     .duration_ms = static_cast<double>(1 + (random >> 50 & 0x3F))});
  }
  EXPECT_EQ(drawn(spans).size(), most_at_once(spans));
}

// On every lane spans nest, only in their parents, and each span is there once.
TEST(SpanLanes, SpansNeverCross) {
  testing::each_forest([](const Trace& trace) {
    const TraceTree tree = trace.get_span_tree();
    const Services services(trace, tree);
    const SpanLanes lanes(tree, services);
    std::set<std::uint32_t> seen;
    for (std::uint32_t number = 0; number < lanes.lanes().size(); ++number) {
      const SpanLane& lane = lanes.lanes()[number];
      ASSERT_TRUE(lane.parent == SpanLane::kNone || lane.parent < number);
      std::vector<std::uint32_t> open;
      std::int64_t now = INT64_MIN;
      lanes.walk(
          lane,
          [&](std::uint32_t node) {
            ASSERT_TRUE(seen.insert(node).second);
            ASSERT_EQ(lanes.lane_of(node), number);
            ASSERT_EQ(services.of_node(node), lane.service);
            if (!open.empty()) {
              ASSERT_EQ(tree.nodes()[node].parent, open.back());
              ASSERT_LE(lanes.end_ns(node), lanes.end_ns(open.back()));
            }
            ASSERT_GE(tree.span_of(tree.nodes()[node]).start_ns(), now);
            now = tree.span_of(tree.nodes()[node]).start_ns();
            open.push_back(node);
          },
          [&](std::uint32_t node) {
            ASSERT_EQ(open.back(), node);
            open.pop_back();
            ASSERT_GE(lanes.end_ns(node), now);
            now = lanes.end_ns(node);
          });
      ASSERT_TRUE(open.empty());
    }
    ASSERT_EQ(seen.size(), tree.nodes().size());
  });
}

}  // namespace
}  // namespace tracebus
