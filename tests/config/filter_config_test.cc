// SPDX-License-Identifier: Apache-2.0
//
// Filters of config files, judged by the text of the filter that they become.
#include "tracebus/config/filter_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tracebus::testing {
namespace {

using ::testing::HasSubstr;

struct ReadFilter {
  std::string text;
  std::string problems;
};

ReadFilter read(const std::string& json) {
  const auto value = parse_config_value(json, "c");
  if (!value.ok()) return {{}, std::string(value.status().message())};
  ConfigProblems problems("c");
  const Filter filter = read_filter(ConfigObject(&*value, "filter", problems));
  return {filter.to_string(), std::string(problems.status().message())};
}

void expect_same(const std::string& json, const Filter& filter) {
  const ReadFilter got = read(json);
  EXPECT_EQ(got.problems, "") << json;
  EXPECT_EQ(got.text, filter.to_string()) << json;
}

TEST(FilterConfigTest, EachMemberIsAConditionAndAllMustHold) {
  expect_same("{}", Filter());
  expect_same(R"({"types": ["llm_call", "error"]})", Filter::types({"llm_call", "error"}));
  expect_same(R"({"types": []})", Filter::types({}));
  expect_same(R"({"agents": ["planner"]})", Filter::agent("planner"));
  expect_same(R"({"agents": ["planner", "role-*"]})",
              Filter::agent("planner") || Filter::agent_glob("role-*"));
  expect_same(R"({"patterns": ["debate"], "runs": ["r-1"]})",
              Filter::pattern("debate") && Filter::run("r-1"));
  expect_same(R"({"traces": ["4bf92f3577b34da6a3ce929d0e0e4736"]})",
              Filter::trace("4bf92f3577b34da6a3ce929d0e0e4736"));
  expect_same(R"({"has": ["model", "cost_usd"]})",
              Filter::has_attribute("model") && Filter::has_attribute("cost_usd"));
}

TEST(FilterConfigTest, ComparisonsKeepTheKindOfTheirValue) {
  expect_same(R"({"where": [["duration_ms", ">", 2000]]})",
              Filter::attribute("duration_ms", Compare::kGreater, Value(std::int64_t{2000})));
  expect_same(R"({"where": [["score", "<=", 0.5], ["ok", "=", true], ["model", "!=", "x"]]})",
              Filter::attribute("score", Compare::kLessEqual, Value(0.5)) &&
                  Filter::attribute("ok", Compare::kEqual, Value(true)) &&
                  Filter::attribute("model", Compare::kNotEqual, Value("x")));
  expect_same(R"({"where": [["a", "<", -3], ["b", ">=", 1e3]]})",
              Filter::attribute("a", Compare::kLess, Value(std::int64_t{-3})) &&
                  Filter::attribute("b", Compare::kGreaterEqual, Value(1000.0)));
}

TEST(FilterConfigTest, FiltersNest) {
  expect_same(R"({"any": [{"types": ["error"]}, {"agents": ["a"]}]})",
              Filter::types({"error"}) || Filter::agent("a"));
  expect_same(R"({"all": [{"types": ["error"]}, {"agents": ["a"]}]})",
              Filter::types({"error"}) && Filter::agent("a"));
  expect_same(R"({"types": ["error"], "not": {"has": ["model"]}})",
              Filter::types({"error"}) && !Filter::has_attribute("model"));
}

TEST(FilterConfigTest, WhatIsWrongSaysWhere) {
  const auto problem = [](const std::string& json) { return read(json).problems; };
  EXPECT_THAT(problem(R"({"typs": ["a"]})"),
              HasSubstr("c:1: filter.typs: is no key here; is types"));
  EXPECT_THAT(problem(R"({"types": "a"})"), HasSubstr("filter.types: is a text; give a list"));
  EXPECT_THAT(problem(R"({"types": [1]})"), HasSubstr("filter.types[0]: is a number; give a text"));
  EXPECT_THAT(problem(R"({"agents": []})"), HasSubstr("filter.agents: is empty"));
  EXPECT_THAT(problem(R"({"where": [["a", "~", 1]]})"),
              HasSubstr("filter.where[0]: \"~\" is none"));
  EXPECT_THAT(problem(R"({"where": [["a", "="]]})"), HasSubstr("is no comparison"));
  EXPECT_THAT(problem(R"({"where": [["a", "=", null]]})"), HasSubstr("compares with null"));
  EXPECT_THAT(problem(R"({"any": []})"), HasSubstr("filter.any: is empty"));
  EXPECT_THAT(problem(R"({"any": [{"x": 1}]})"), HasSubstr("filter.any[0].x: is no key here"));
  EXPECT_THAT(problem(R"({"not": []})"), HasSubstr("filter.not: is a list; give an object"));
}

}  // namespace
}  // namespace tracebus::testing
