// SPDX-License-Identifier: Apache-2.0
//
// The cases of w3c/baggage's test suite (tests/data/w3c-baggage).
#include <gtest/gtest.h>
#include <simdjson.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/tests/source_folder.h"
#include "tracebus/trace/baggage.h"

namespace tracebus {
namespace {

using simdjson::dom::element;

const element& cases() {
  static simdjson::dom::parser parser;
  static const element kCases = parser.load(TRACEBUS_TEST_DATA "/w3c-baggage/cases.json").value();
  return kCases;
}

std::string_view text_of(const element& parent, const char* key) {
  return parent[key].get_string().value();
}

std::vector<BaggageProperty> expected_properties(const element& entry) {
  std::vector<BaggageProperty> properties;
  for (const element property : entry["properties"].get_array()) {
    BaggageProperty expected{.key = std::string(text_of(property, "key")), .value = std::nullopt};
    if (!property["value"].is_null()) expected.value = text_of(property, "value");
    properties.push_back(expected);
  }
  return properties;
}

void expect_entries(const Baggage& baggage, const element& entries) {
  std::size_t i = 0;
  for (const element entry : entries.get_array()) {
    ASSERT_LT(i, baggage.members().size());
    const BaggageMember& member = baggage.members()[i++];
    EXPECT_EQ(member.key, text_of(entry, "key"));
    EXPECT_EQ(member.value, text_of(entry, "value"));
    EXPECT_EQ(member.properties(), expected_properties(entry));
  }
  EXPECT_EQ(i, baggage.members().size());
}

TEST(Row58_W3cBaggageTest, EveryHeaderIsReadAsTheSuiteReadsIt) {
  std::size_t count = 0;
  for (const element test : cases()["parse"].get_array()) {
    const std::string_view header = text_of(test, "header");
    SCOPED_TRACE(header);
    const ParsedBaggage parsed = Baggage::parse(header);
    EXPECT_EQ(parsed.dropped_members, 0u);
    expect_entries(parsed.baggage, test["entries"]);
    EXPECT_EQ(Baggage::parse(parsed.baggage.text()).baggage, parsed.baggage);
    ++count;
  }
  EXPECT_EQ(count, 13u);
}

TEST(Row57_W3cBaggageTest, ValueIsEncodedAsTheSuiteEncodesIt) {
  const element serialise = cases()["serialise"];
  const auto baggage = Baggage().with("SomeKey", text_of(serialise, "value"));
  ASSERT_TRUE(baggage);
  EXPECT_EQ(baggage->text(), "SomeKey=" + std::string(text_of(serialise, "encoded")));
}

TEST(Row57_W3cBaggageTest, LimitsAreNoSmallerThanTheSuiteAsks) {
  const element limits = cases()["limits"];
  EXPECT_GE(kBaggageMembersMax, limits["members_at_least"].get_uint64().value());
  EXPECT_GE(kBaggageBytesMax, limits["bytes_at_least"].get_uint64().value());
}

}  // namespace
}  // namespace tracebus
