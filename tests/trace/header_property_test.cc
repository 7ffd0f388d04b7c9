// SPDX-License-Identifier: Apache-2.0
//
// For every seed: what is written reads back as it was; and whatever is read, well-formed, damaged
// or bytes, keeps the limits, and reads back as it was once it has been written.
//
//   TRACEBUS_SEEDS=100000 TRACEBUS_FIRST_SEED=1 trace_headers_test
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>

#include "tracebus/core/utf8.h"
#include "tracebus/tests/trace/random_header.h"

namespace tracebus::testing {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

// Runs check with each seed until one fails, which is printed.
void for_each_seed(const std::function<void(RandomHeader&)>& check) {
  const std::uint64_t first = from_environment("TRACEBUS_FIRST_SEED", 1);
  const std::uint64_t seeds = from_environment("TRACEBUS_SEEDS", 500);
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    RandomHeader random(seed);
    check(random);
    if (!::testing::Test::HasFailure()) continue;
    ADD_FAILURE() << "TRACEBUS_FIRST_SEED=" << seed << " TRACEBUS_SEEDS=1";
    return;
  }
}

// A header of any kind around a well-formed one.
std::string any_header(RandomHeader& random, const std::string& good) {
  switch (random.below(4)) {
    case 0:
      return good;
    case 1:
      return random.text("", 300);
    case 2:
      return random.text(",;= \tka1%2F", 300);
    default:
      return random.damaged(good);
  }
}

void check_trace_parent(std::string_view header) {
  const auto parent = TraceParent::parse(header);
  if (!parent) return;
  EXPECT_TRUE(parent->trace_id && parent->span_id) << header;
  EXPECT_EQ(TraceParent::parse(parent->text()), parent) << header;
}

void check_trace_state(std::string_view header) {
  const auto state = TraceState::parse(header);
  if (!state) return;
  EXPECT_LE(state->members().size(), kTraceStateMembersMax);
  EXPECT_EQ(state->text().size(), state->text_bytes());
  EXPECT_EQ(TraceState::parse(state->text()), state) << header;
  for (const std::size_t bytes_max : {512u, 100u, 0u}) {
    EXPECT_LE(state->truncated(bytes_max).text().size(), bytes_max);
  }
}

void check_baggage(std::string_view header) {
  const ParsedBaggage parsed = Baggage::parse(header);
  const Baggage& baggage = parsed.baggage;
  EXPECT_LE(baggage.members().size(), kBaggageMembersMax);
  EXPECT_LE(baggage.text_bytes(), kBaggageBytesMax);
  EXPECT_EQ(baggage.text().size(), baggage.text_bytes());
  for (const BaggageMember& member : baggage.members()) EXPECT_TRUE(is_valid_utf8(member.value));
  const ParsedBaggage again = Baggage::parse(baggage.text());
  EXPECT_EQ(again.dropped_members, 0u) << header;
  EXPECT_EQ(again.baggage, baggage) << header;
  EXPECT_EQ(again.baggage.text(), baggage.text()) << header;
}

TEST(HeaderPropertyTest, WhatIsWrittenReadsBackAsItWas) {
  for_each_seed([](RandomHeader& random) {
    const TraceParent parent = random.trace_parent();
    EXPECT_EQ(TraceParent::parse(parent.text()), parent);
    const TraceState state = random.trace_state();
    EXPECT_EQ(TraceState::parse(state.text()), state);
    const Baggage baggage = random.baggage();
    EXPECT_EQ(Baggage::parse(baggage.text()).baggage, baggage);
    EXPECT_EQ(Baggage::parse(baggage.text()).dropped_members, 0u);
  });
}

TEST(HeaderPropertyTest, NoHeaderBreaksALimitOrIsReadInTwoWays) {
  for_each_seed([](RandomHeader& random) {
    check_trace_parent(any_header(random, random.trace_parent().text()));
    check_trace_state(any_header(random, random.trace_state().text()));
    check_baggage(any_header(random, random.baggage().text()));
  });
}

// A list may come in lines, cut at any comma.
TEST(HeaderPropertyTest, LinesReadAsTheListTheyWereCutFrom) {
  for_each_seed([](RandomHeader& random) {
    const std::string state = any_header(random, random.trace_state().text());
    const std::string baggage = any_header(random, random.baggage().text());
    const auto cut = [&random](std::string_view text) {
      const std::size_t at = text.find(',', random.below(text.size() + 1));
      const bool whole = at == std::string_view::npos;
      return std::array<std::string_view, 2>{text.substr(0, at),
                                             whole ? std::string_view() : text.substr(at + 1)};
    };
    EXPECT_EQ(TraceState::parse(cut(state)), TraceState::parse(state));
    const ParsedBaggage lines = Baggage::parse(cut(baggage));
    EXPECT_EQ(lines.baggage, Baggage::parse(baggage).baggage);
    EXPECT_EQ(lines.dropped_members, Baggage::parse(baggage).dropped_members);
  });
}

}  // namespace
}  // namespace tracebus::testing
