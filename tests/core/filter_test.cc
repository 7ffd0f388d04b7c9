// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/filter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/core/limits.h"
#include "tracebus/tests/core/allocation_count.h"
#include "tracebus/tests/core/record_buffer.h"

namespace tracebus::testing {
namespace {

bool passes(const Filter& filter, const EventView& event) {
  const CompiledFilter compiled(filter);
  return compiled.may_match_type(event.type().number()) && compiled.matches(event);
}
bool passes(const Filter& filter, const TraceEvent& event) {
  return passes(filter, RecordBuffer::friendly(event).view());
}
bool passes(const Filter& filter, std::string_view type) {
  return passes(filter, TraceEvent{.event_type = type});
}

bool attribute_passes(const Value& held, Compare compare, const Value& asked) {
  return passes(Filter::attribute("key", compare, asked), TraceEvent{.payload = {{"key", held}}});
}

// --- Types ---

TEST(Filter, Row4SubscribeFilterMatchesTheTypeExactly) {
  const Filter filter = Filter::types({"agent_start", "error"});
  EXPECT_TRUE(passes(filter, "agent_start"));
  EXPECT_TRUE(passes(filter, "error"));
  EXPECT_FALSE(passes(filter, "agent_star"));
  EXPECT_FALSE(passes(filter, "agent_start2"));
  EXPECT_FALSE(passes(filter, "Agent_start"));
  EXPECT_FALSE(passes(filter, "agent_end"));
  EXPECT_FALSE(passes(filter, ""));
}

TEST(Filter, Row4SubscribeFilterCopiesTheSetOfTheCaller) {
  std::string name = "error";
  std::vector<std::string_view> names = {name};
  const Filter filter = Filter::types(names);
  name = "other";
  names.push_back("agent_start");
  EXPECT_TRUE(passes(filter, "error"));
  EXPECT_FALSE(passes(filter, "other"));
  EXPECT_FALSE(passes(filter, "agent_start"));
}

TEST(Filter, Row4SubscribeFilterOfTheEmptySetMatchesNothing) {
  const Filter filter = Filter::types({});
  EXPECT_FALSE(passes(filter, "error"));
  EXPECT_FALSE(passes(filter, "never registered"));
  EXPECT_FALSE(filter.matches_everything());
  EXPECT_TRUE(Filter().matches_everything());
  EXPECT_TRUE(passes(!filter, "error"));
}

TEST(Filter, AliasesOfATypeMatchToo) {
  EXPECT_TRUE(passes(Filter::types({"llm_call"}), "llm_call_end"));
  EXPECT_FALSE(passes(Filter::types({"llm_call_end"}), "llm_call"));
  EXPECT_TRUE(passes(Filter::type(kCost), "cost_record"));
}

TEST(Filter, AnUnregisteredEventTypeIsNoType) {
  EXPECT_FALSE(passes(Filter::type(EventType()), "never registered"));
  EXPECT_TRUE(passes(!Filter::type(EventType()), "never registered"));
}

TEST(Filter, TypesAloneDecide) {
  const CompiledFilter compiled(Filter::types({"error"}) || Filter::types({"cost"}));
  EXPECT_TRUE(compiled.decided_by_type());
  EXPECT_TRUE(compiled.may_match_type(kError.number()));
  EXPECT_TRUE(compiled.may_match_type(kCostRecord.number()));
  EXPECT_FALSE(compiled.may_match_type(kAgentStart.number()));
  EXPECT_FALSE(compiled.may_match_type(0));
  EXPECT_TRUE(CompiledFilter(!Filter::types({"error"})).decided_by_type());
  EXPECT_TRUE(CompiledFilter(Filter::type(kError) && Filter::type(kCost)).decided_by_type());
}

TEST(Filter, OtherTestsAreLeftToTheResidual) {
  const CompiledFilter both(Filter::types({"error"}) && Filter::agent("a"));
  EXPECT_FALSE(both.decided_by_type());
  EXPECT_TRUE(both.may_match_type(kError.number()));
  EXPECT_FALSE(both.may_match_type(kCost.number()));
  EXPECT_FALSE(both.may_match_type(0));
  const CompiledFilter either(Filter::types({"error"}) || Filter::agent("a"));
  EXPECT_TRUE(either.may_match_type(kCost.number()));
  EXPECT_TRUE(either.may_match_type(0));
}

TEST(Filter, NumbersRegisteredLaterAreAnswered) {
  const CompiledFilter chosen(Filter::types({"error"}));
  const CompiledFilter others(!Filter::types({"error"}));
  const EventType late = EventType::registered("registered after the filter");
  EXPECT_FALSE(chosen.may_match_type(late.number()));
  EXPECT_TRUE(others.may_match_type(late.number()));
  EXPECT_FALSE(chosen.may_match_type(kEventTypesMax - 1));
  EXPECT_TRUE(others.may_match_type(kEventTypesMax - 1));
}

TEST(Filter, ANameTooLongForTheRegistryMatchesByItsText) {
  const std::string name(kNameBytesMax + 1, 'x');
  const Filter filter = Filter::types({name, "error"});
  EXPECT_TRUE(passes(filter, name));
  EXPECT_TRUE(passes(filter, "error"));
  EXPECT_FALSE(passes(filter, name + "x"));
  EXPECT_FALSE(passes(!filter, name));
  EXPECT_TRUE(passes(!filter, name + "x"));
}

// Runs in a child: the registry never becomes emptier again.
bool a_full_registry_still_filters() {
  for (std::uint32_t i = 0; i < kEventTypesMax; ++i) EventType::registered("t" + std::to_string(i));
  const Filter filter = Filter::types({"found no room"});
  const CompiledFilter compiled(filter);
  return !EventType::find("found no room").is_registered() && compiled.may_match_type(0) &&
         !compiled.may_match_type(kError.number()) && passes(filter, "found no room") &&
         !passes(filter, "another") && !passes(!filter, "found no room");
}

TEST(FilterDeathTest, ANameThatFindsTheRegistryFullMatchesByItsText) {
  EXPECT_EXIT(std::_Exit(a_full_registry_still_filters() ? 0 : 1), ::testing::ExitedWithCode(0),
              "");
}

// --- Agents, patterns, ids ---

bool agent_passes(const Filter& filter, std::string_view agent) {
  return passes(filter, TraceEvent{.agent_name = agent});
}

TEST(Filter, AgentsMatchExactlyOrByPrefix) {
  EXPECT_TRUE(agent_passes(Filter::agent("role-1"), "role-1"));
  EXPECT_FALSE(agent_passes(Filter::agent("role-1"), "role-12"));
  EXPECT_TRUE(agent_passes(Filter::agent_prefix("role-"), "role-12"));
  EXPECT_TRUE(agent_passes(Filter::agent_prefix("role-"), "role-"));
  EXPECT_FALSE(agent_passes(Filter::agent_prefix("role-"), "role"));
  EXPECT_TRUE(agent_passes(Filter::agent(""), ""));
}

TEST(Filter, GlobsMatchWholeNames) {
  const auto like = [](std::string_view glob, std::string_view agent) {
    return agent_passes(Filter::agent_glob(glob), agent);
  };
  EXPECT_TRUE(like("", ""));
  EXPECT_FALSE(like("", "a"));
  EXPECT_TRUE(like("*", ""));
  EXPECT_TRUE(like("a*c*", "abcabc"));
  EXPECT_TRUE(like("*bc", "abcbc"));
  EXPECT_FALSE(like("*bc", "abcb"));
  EXPECT_FALSE(like("b*", "abc"));
  EXPECT_TRUE(like("a?c", "abc"));
  EXPECT_FALSE(like("a?c", "ac"));
  EXPECT_TRUE(like("a[b]\\", "a[b]\\"));
  EXPECT_TRUE(like("a*", "a*"));
}

TEST(Filter, AQuestionMarkInAGlobIsOneUtf8Sequence) {
  const auto like = [](std::string_view glob, std::string_view agent) {
    return agent_passes(Filter::agent_glob(glob), agent);
  };
  EXPECT_TRUE(like("?", "\u00e9"));
  EXPECT_FALSE(like("??", "\u00e9"));
  EXPECT_FALSE(like("*??", "\u00e9"));
  EXPECT_TRUE(like("?*?", "\u00e9\U0001F600"));
  EXPECT_TRUE(like("*\u20ac?", "xx\u20ac\u20ac"));
  EXPECT_TRUE(like("?", "\xFF"));
  EXPECT_FALSE(like("?", "\xFF\xFF"));
}

TEST(Filter, AHostileGlobTakesNoExponentialTime) {
  std::string glob;
  for (int i = 0; i < 200; ++i) glob += "*a";
  EXPECT_FALSE(agent_passes(Filter::agent_glob(glob + "b"), std::string(5000, 'a')));
}

TEST(Filter, HandlesMatchLikeTexts) {
  const auto record = RecordBuffer::typed({}, kError, kNoIds, NameHandle::of("handled agent"),
                                          NameHandle::of("handled pattern"));
  EXPECT_TRUE(passes(Filter::agent("handled agent"), record.view()));
  EXPECT_TRUE(passes(Filter::agent_glob("handled*"), record.view()));
  EXPECT_TRUE(passes(Filter::pattern("handled pattern"), record.view()));
  EXPECT_FALSE(passes(Filter::pattern("handled agent"), record.view()));
}

TEST(Filter, RunsAndTracesMatchByIdOrByForeignText) {
  TraceEvent event;
  event.foreign_ids = {.run_id = "run_fixture_1", .trace_id = "t"};
  EXPECT_TRUE(passes(Filter::run("run_fixture_1"), event));
  EXPECT_FALSE(passes(Filter::run("run_fixture_2"), event));
  EXPECT_TRUE(passes(Filter::trace("t"), event));
  EXPECT_TRUE(passes(Filter::trace(TraceId::from_foreign("t")), event));
  EXPECT_FALSE(passes(Filter::run(RunId()), event));
  EXPECT_TRUE(passes(Filter::run(RunId()), "an event without ids"));
}

// --- Attributes ---

TEST(Filter, NumbersCompareWithoutRounding) {
  const std::int64_t odd = (std::int64_t{1} << 53) + 1;
  EXPECT_TRUE(attribute_passes(odd, Compare::kNotEqual, 9007199254740992.0));
  EXPECT_TRUE(attribute_passes(odd, Compare::kGreater, 9007199254740992.0));
  EXPECT_TRUE(attribute_passes(9007199254740992.0, Compare::kLess, odd));
  EXPECT_FALSE(attribute_passes(9007199254740992.0, Compare::kEqual, odd));
  constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kSmallest = std::numeric_limits<std::int64_t>::min();
  EXPECT_TRUE(attribute_passes(kLargest, Compare::kLess, 9223372036854775808.0));
  EXPECT_TRUE(attribute_passes(kSmallest, Compare::kEqual, -9223372036854775808.0));
  EXPECT_TRUE(attribute_passes(kSmallest, Compare::kGreater, -1e300));
  EXPECT_TRUE(attribute_passes(kLargest, Compare::kLess, HUGE_VAL));
  EXPECT_TRUE(attribute_passes(-2, Compare::kGreater, -2.5));
  EXPECT_TRUE(attribute_passes(2, Compare::kLess, 2.5));
  EXPECT_TRUE(attribute_passes(0, Compare::kEqual, -0.0));
  EXPECT_TRUE(attribute_passes(2000, Compare::kGreaterEqual, 2000.0));
}

TEST(Filter, NotANumberIsUnequalToAll) {
  const double nan = std::nan("");
  for (const auto& [held, asked] : {std::pair<Value, Value>{nan, nan}, {nan, 1}, {1, nan}}) {
    EXPECT_TRUE(attribute_passes(held, Compare::kNotEqual, asked));
    EXPECT_FALSE(attribute_passes(held, Compare::kEqual, asked));
    EXPECT_FALSE(attribute_passes(held, Compare::kLessEqual, asked));
    EXPECT_FALSE(attribute_passes(held, Compare::kGreaterEqual, asked));
  }
}

TEST(Filter, TextsBytesAndBoolsCompareWithinTheirKind) {
  EXPECT_TRUE(attribute_passes("b", Compare::kGreater, "a"));
  EXPECT_TRUE(attribute_passes("\xFF", Compare::kGreater, "a"));
  EXPECT_TRUE(attribute_passes("ab", Compare::kGreater, "a"));
  EXPECT_TRUE(attribute_passes(false, Compare::kLess, true));
  const Bytes bytes = std::as_bytes(std::span("a", 1));
  EXPECT_TRUE(attribute_passes(bytes, Compare::kEqual, bytes));
  EXPECT_FALSE(attribute_passes(bytes, Compare::kEqual, "a"));
  EXPECT_FALSE(attribute_passes("1", Compare::kEqual, 1));
  EXPECT_FALSE(attribute_passes(true, Compare::kEqual, 1));
}

TEST(Filter, WhatHasNoOrderMatchesNoComparison) {
  const Value array = Value::array({1});
  for (int compare = 0; compare < 6; ++compare) {
    const auto way = static_cast<Compare>(compare);
    EXPECT_FALSE(attribute_passes(nullptr, way, nullptr));
    EXPECT_FALSE(attribute_passes(array, way, array));
    EXPECT_FALSE(attribute_passes(1, way, "1"));
    EXPECT_FALSE(passes(Filter::attribute("absent", way, 1), "error"));
    EXPECT_TRUE(passes(!Filter::attribute("absent", way, 1), "error"));
  }
}

TEST(Filter, TheLastOfEqualKeysCounts) {
  const TraceEvent event = {.payload = {{"k", 1}, {"k", 2}}};
  EXPECT_TRUE(passes(Filter::attribute("k", Compare::kEqual, 2), event));
  EXPECT_FALSE(passes(Filter::attribute("k", Compare::kEqual, 1), event));
}

TEST(Filter, AnAttributeExistsWhateverItsValue) {
  const TraceEvent event = {.payload = {{"none", nullptr}, {"model", "m"}}};
  EXPECT_TRUE(passes(Filter::has_attribute("none"), event));
  EXPECT_TRUE(passes(Filter::has_attribute("model"), event));
  EXPECT_FALSE(passes(Filter::has_attribute("mode"), event));
}

TEST(Filter, ContentIsSeenOnlyWhereItIsGranted) {
  const auto record = RecordBuffer::friendly({.payload = {{"prompt", "secret"}}});
  const ViewContext without = {kTestInstance, nullptr, false};
  const Filter filter = Filter::attribute("prompt", Compare::kEqual, "secret");
  EXPECT_TRUE(passes(filter, record.view()));
  EXPECT_FALSE(passes(filter, record.view(without)));
}

TEST(Filter, TheValueIsCopied) {
  std::string asked = "m";
  const Filter filter = Filter::attribute("key", Compare::kEqual, asked);
  asked = "n";
  EXPECT_TRUE(passes(filter, TraceEvent{.payload = {{"key", "m"}}}));
}

// --- Text ---

TEST(Filter, EqualFiltersHaveOneText) {
  const Filter a = Filter::agent("a");
  const Filter b = Filter::pattern("b");
  const Filter c = Filter::type(kError);
  EXPECT_EQ((a && b && c).to_string(), (c && (a && (b && a))).to_string());
  EXPECT_EQ((a || b).to_string(), (b || a || b).to_string());
  EXPECT_EQ((!!a).to_string(), a.to_string());
  EXPECT_EQ((Filter() && a).to_string(), a.to_string());
  EXPECT_EQ((Filter() || a).to_string(), "everything");
  EXPECT_EQ((!Filter()).to_string(), "nothing");
}

TEST(Filter, ItsTextReadsLikeTheExpression) {
  const Filter filter = Filter::types({"llm_call", "error"}) &&
                        (Filter::attribute("duration_ms", Compare::kGreaterEqual, 2000) ||
                         !Filter::has_attribute("a\"b\n"));
  EXPECT_EQ(filter.to_string(),
            "((!has_attribute(\"a\\\"b\\x0a\") || attribute(\"duration_ms\" >= 2000)) && "
            "type(\"error\", \"llm_call\", \"llm_call_end\"))");
  EXPECT_EQ(CompiledFilter(filter).key(), filter.to_string());
}

TEST(Filter, DifferentValuesHaveDifferentTexts) {
  const auto text = [](const Value& value) {
    return Filter::attribute("k", Compare::kEqual, value).to_string();
  };
  EXPECT_NE(text(std::int64_t{1} << 60), text(std::ldexp(1.0, 60)));
  EXPECT_NE(text("1"), text(1));
  EXPECT_NE(text("a"), text(std::as_bytes(std::span("a", 1))));
  EXPECT_NE(text(0.1), text(std::nextafter(0.1, 1.0)));
  EXPECT_EQ(text(2.0), "attribute(\"k\" == 2.0)");
}

TEST(Filter, MatchingAllocatesNothing) {
  const Filter filter =
      !Filter::types({"cost"}) && (Filter::agent_glob("*x?y*") || Filter::run("r") ||
                                   Filter::attribute("duration_ms", Compare::kLess, 10.5));
  const CompiledFilter compiled(filter);
  const auto record = RecordBuffer::friendly({.event_type = "error",
                                              .agent_name = "an agent",
                                              .payload = {{"m", "n"}, {"duration_ms", 5}}});
  const EventView event = record.view();
  const std::size_t before = allocation_count();
  const bool matched = compiled.may_match_type(kError.number()) && compiled.matches(event);
  EXPECT_EQ(allocation_count(), before);
  EXPECT_TRUE(matched);
}

}  // namespace
}  // namespace tracebus::testing
