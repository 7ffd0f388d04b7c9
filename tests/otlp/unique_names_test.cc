// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp/unique_names.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace tracebus {
namespace {

using Names = std::vector<std::pair<std::string, std::string>>;  // own, told

// Own and told, and how many were left out.
std::pair<Names, std::size_t> unique(const Names& given) {
  std::vector<ToldAttribute> attributes;
  for (const auto& [own, told] : given) attributes.push_back({{}, own, told});
  const std::size_t left_out = make_names_unique(attributes);
  Names kept;
  for (const ToldAttribute& each : attributes) kept.emplace_back(each.own, each.told);
  return {kept, left_out};
}

TEST(UniqueNamesTest, OfTwoWithOneKeyTheLast) {
  EXPECT_EQ(unique({{"a", "a"}, {"b", "b"}, {"a", "a"}}),
            std::pair(Names({{"b", "b"}, {"a", "a"}}), std::size_t{1}));
}

TEST(UniqueNamesTest, WhoseKeyIsItsNameKeepsIt) {
  EXPECT_EQ(unique({{"model", "llm"}, {"llm", "llm"}}),
            std::pair(Names({{"model", "model"}, {"llm", "llm"}}), std::size_t{0}));
  EXPECT_EQ(unique({{"llm", "llm"}, {"model", "llm"}}),
            std::pair(Names({{"llm", "llm"}, {"model", "model"}}), std::size_t{0}));
}

TEST(UniqueNamesTest, OfThoseRenamedAlikeTheFirst) {
  EXPECT_EQ(unique({{"a", "x"}, {"b", "x"}, {"c", "x"}}),
            std::pair(Names({{"a", "x"}, {"b", "b"}, {"c", "c"}}), std::size_t{0}));
}

TEST(UniqueNamesTest, WhoseKeyAndNameAreBothTakenIsLeftOut) {
  EXPECT_EQ(unique({{"a", "y"}, {"b", "x"}, {"y", "x"}}),
            std::pair(Names({{"a", "y"}, {"b", "x"}}), std::size_t{1}));
}

}  // namespace
}  // namespace tracebus
