// SPDX-License-Identifier: Apache-2.0
#include "tracebus/render/folded_stacks.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "tracebus/tests/render/random_forest.h"
#include "tracebus/tests/trace/made_trace.h"

namespace tracebus {
namespace {

using testing::made_trace;
using testing::MadeSpan;

std::string folded(const std::vector<MadeSpan>& spans,
                   FoldedWeight weight = FoldedWeight::kSelfTimeNs) {
  const Trace trace = made_trace(spans);
  return to_folded_stacks({&trace, 1}, weight);
}

TEST(FoldedStacks, ChildrenSideBySideAreTakenFromTheirParentOnce) {
  EXPECT_EQ(folded({{.id = 1, .name = "run", .duration_ms = 10},
                    {.id = 2, .parent = 1, .name = "a", .start_ms = 1, .duration_ms = 4},
                    {.id = 3, .parent = 1, .name = "b", .start_ms = 3, .duration_ms = 4},
                    {.id = 4, .parent = 3, .name = "c", .start_ms = 4, .duration_ms = 1}}),
            "run 4000000\nrun;a 4000000\nrun;b 3000000\nrun;b;c 1000000\n");
}

TEST(FoldedStacks, AChildThatOutlivesItsParentTakesNoMoreThanThereIs) {
  EXPECT_EQ(folded({{.id = 1, .name = "run", .start_ms = 2, .duration_ms = 3},
                    {.id = 2, .parent = 1, .name = "early", .start_ms = 0, .duration_ms = 3},
                    {.id = 3, .parent = 1, .name = "late", .start_ms = 4, .duration_ms = 9}}),
            "run 1000000\nrun;early 3000000\nrun;late 9000000\n");
}

TEST(FoldedStacks, OneWayIsOneLine) {
  EXPECT_EQ(folded({{.id = 1, .name = "run", .duration_ms = 3},
                    {.id = 2, .parent = 1, .name = "call", .start_ms = 0, .duration_ms = 1},
                    {.id = 3, .parent = 1, .name = "call", .start_ms = 2, .duration_ms = 1}}),
            "run 1000000\nrun;call 2000000\n");
}

TEST(FoldedStacks, TokensAndCostsAreThoseOfCallsAlone) {
  const Payload call = {{"input_tokens", 450}, {"output_tokens", 380}, {"cost_usd", 0.0024}};
  const std::vector<MadeSpan> spans = {
      {.id = 1, .name = "debate", .duration_ms = 5, .attributes = {{"cost_usd", 0.0024}}},
      {.id = 2,
       .parent = 1,
       .kind = SpanKind::kLlm,
       .name = "chat",
       .duration_ms = 2,
       .attributes = call}};
  EXPECT_EQ(folded(spans, FoldedWeight::kTokens), "debate;chat 830\n");
  EXPECT_EQ(folded(spans, FoldedWeight::kNanoDollars), "debate;chat 2400000\n");
}

TEST(FoldedStacks, NamesHoldNeitherSeparatorsNorLineFeeds) {
  EXPECT_EQ(folded({{.id = 1, .kind = SpanKind::kTool, .name = "a;b\n2", .duration_ms = 1}}),
            "a,b\\n2 1000000\n");
}

TEST(FoldedStacks, BelowTheLastFrameAllIsOne) {
  std::vector<std::string> names;
  std::vector<MadeSpan> spans;
  const std::uint64_t depth = kFoldedFramesMax + 5;
  for (std::uint64_t i = 0; i < depth; ++i) names.push_back("f" + std::to_string(i));
  for (std::uint64_t i = 0; i < depth; ++i) {
    spans.push_back({.id = i + 1,
                     .parent = i,
                     .name = names[i],
                     .start_ms = static_cast<std::int64_t>(i),
                     .duration_ms = static_cast<double>(depth - i)});
  }
  // A second branch shows that the way back up is found.
  spans.push_back({.id = 5000, .parent = 1, .name = "beside", .start_ms = 900, .duration_ms = 1});
  const std::string text = folded(spans);
  EXPECT_NE(text.find(";f255;[deeper] 5000000\n"), std::string::npos);
  EXPECT_EQ(text.find("f256"), std::string::npos);
  EXPECT_NE(text.find("\nf0;beside 1000000\n"), std::string::npos);
}

// What children take of their parents is at most what their parents have: the sum over all lines is
// at least every tree's own time and at most that of all spans.
TEST(FoldedStacks, SumsLieBetweenTheTreesAndAllSpans) {
  testing::each_forest([](const Trace& trace) {
    const std::string text = to_folded_stacks({&trace, 1});
    std::int64_t sum = 0;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      const std::size_t number = text.rfind(' ', end);
      ASSERT_TRUE(number != std::string::npos && number > at);
      sum += std::stoll(text.substr(number + 1, end - number - 1));
      at = end + 1;
    }
    std::int64_t tops = 0;
    std::int64_t all = 0;
    const TraceTree tree = trace.get_span_tree();
    for (const TraceNode& node : tree.nodes()) {
      all += tree.span_of(node).duration_ns();
      if (node.depth == 0) tops += tree.span_of(node).duration_ns();
    }
    ASSERT_LE(sum, all);
    ASSERT_GE(sum, tops);
  });
}

}  // namespace
}  // namespace tracebus
