// SPDX-License-Identifier: Apache-2.0
//
// Lines are written without a look at how much room is left, so the room asked for beforehand must
// do for the worst of events. Here it is exactly that much on the heap, for the sanitizers to see
// every step beyond it.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tracebus/core/json_writer.h"
#include "tracebus/core/limits.h"
#include "tracebus/core/name.h"
#include "tracebus/tests/core/built_record.h"
#include "tracebus/tests/core/random_event.h"

namespace tracebus {
namespace {

using testing::build;
using testing::build_typed;

constexpr ViewContext kContext{.instance = ~std::uint64_t{0}, .clock = nullptr, .content = true};

std::string line_of(const EventView& event) {
  const std::size_t bytes_max = json_event_bytes_max(event);
  const auto room = std::make_unique<char[]>(bytes_max);
  const char* const end = write_json_event(room.get(), event);
  const auto bytes = static_cast<std::size_t>(end - room.get());
  EXPECT_LE(bytes, bytes_max);
  return {room.get(), bytes};
}

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += what.size()) ++found;
  return found;
}

TEST(JsonRoom, HoldsRandomEvents) {
  constexpr std::uint64_t kSeed = 16;
  testing::EventGenerator generator(kSeed);
  for (int i = 0; i < 3000; ++i) {
    const auto record = build(generator.next());
    std::string appended;
    append_json_event(appended, record.view(kContext));
    ASSERT_EQ(line_of(record.view(kContext)), appended) << "seed " << kSeed << ", event " << i;
  }
}

TEST(JsonRoom, HoldsTextThatGrowsSixfoldEverywhere) {
  const std::string worst(777, '\x01');
  const Value nested = Value::object({{worst, Value::array({worst, nullptr, worst})}, {"", worst}});
  const auto record =
      build({.timestamp = Timestamp{-9'000'000'000'000'000'000, 1},
             .event_type = worst,
             .agent_name = worst,
             .pattern_type = worst,
             .payload = {{worst, worst}, {worst, nested}, {worst, -1.7976931348623157e308}},
             .foreign_ids = {worst, worst, worst, worst},
             .origin = Origin{~std::uint64_t{0}, ~std::uint64_t{0}, ~std::uint32_t{0}}});
  EXPECT_EQ(count(line_of(record.view(kContext)), "\\u0001"), 777u * 15);
}

TEST(JsonRoom, HoldsNamesOfFullLengthThatTheRecordHoldsAsNumbers) {
  const std::string worst(kNameBytesMax, '\x02');
  ASSERT_TRUE(AttributeKey::registered(worst).is_registered());
  Payload payload;
  for (int i = 0; i < 50; ++i) payload.add({worst, nullptr});
  const auto record = build({.event_type = "x", .payload = payload});
  ASSERT_LT(record.bytes().size(), kNameBytesMax);
  EXPECT_EQ(count(line_of(record.view(kContext)), "\\u0002"), 50 * kNameBytesMax);
  const auto typed = build_typed(EventType::registered(worst), kNoIds, NameHandle::of(worst),
                                 NameHandle::of(worst), attr<"k">(1));
  EXPECT_EQ(count(line_of(typed.view(kContext)), "\\u0002"), 3 * kNameBytesMax);
}

TEST(JsonRoom, HoldsTheLargestNumbersOfManyAttributes) {
  Payload payload;
  constexpr std::size_t kAttributes = kAttributesMax - 8;  // some are kept free
  for (std::size_t i = 0; i < kAttributes; ++i) {
    payload.add(i % 2 == 0 ? Attribute{"", -2.2250738585072014e-308}
                           : Attribute{"", std::int64_t{1} << 63});
  }
  const auto record = build({.event_type = "x", .payload = payload});
  EXPECT_EQ(count(line_of(record.view(kContext)), "\"\":-9223372036854775808"), kAttributes / 2);
}

TEST(JsonRoom, HoldsSmallestElements) {
  Value::Array nulls(1000);
  Value::Array falses(1000, Value(false));
  Value::Array empties(1000, Value(""));
  const auto record = build(
      {.event_type = "x",
       .payload = {
           {"", Value::array(nulls)}, {"", Value::array(falses)}, {"", Value::array(empties)}}});
  const std::string line = line_of(record.view(kContext));
  EXPECT_EQ(count(line, "null"), 1000u);
  EXPECT_EQ(count(line, "false"), 1000u);
}

}  // namespace
}  // namespace tracebus
