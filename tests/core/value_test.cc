// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/value.h"

#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/core/limits.h"
#include "tracebus/core/value_codec.h"
#include "tracebus/core/value_view.h"
#include "tracebus/tests/core/random_event.h"

namespace tracebus {
namespace {

std::string encoded(const Value& value) {
  std::string bytes(encoded_body_size(value).value(), '\0');
  EXPECT_EQ(encode_body(value, bytes.data()), bytes.data() + bytes.size());
  return bytes;
}

// depth arrays, one in the other.
Value nested(std::size_t depth) {
  Value value = Value::array({});
  for (std::size_t i = 1; i < depth; ++i) value = Value::array({value});
  return value;
}

Value shallow_sample() {
  return Value::object({{"null", nullptr},
                        {"flag", true},
                        {"count", -7},
                        {"cost", 0.25},
                        {"text", "h\xC3\xA9llo"},
                        {"list", Value::array({1, "two"})}});
}

TEST(Row1TraceEvent, PayloadValuesTakeTheTypeOfWhatTheyAreMadeFrom) {
  const std::string text = "owned";
  const std::vector<std::byte> bytes(3);
  EXPECT_EQ(Value().type(), ValueType::kNull);
  EXPECT_EQ(Value(nullptr).type(), ValueType::kNull);
  EXPECT_EQ(Value(true).type(), ValueType::kBool);
  EXPECT_EQ(Value('x').type(), ValueType::kInt64);
  EXPECT_EQ(Value(450u).as_int64(), 450);
  EXPECT_EQ(Value(0.5f).as_double(), 0.5);
  EXPECT_EQ(Value("literal").as_string(), "literal");
  EXPECT_EQ(Value(text).as_string().data(), text.data());
  EXPECT_EQ(Value(Bytes(bytes)).type(), ValueType::kBytes);
  EXPECT_EQ(Value::array({1, 2}).as_array().size(), 2u);
  EXPECT_EQ(Value::object({{"a", 1}}).as_object()[0].key, "a");
}

TEST(Integers, BeyondInt64BecomeTheLargestOne) {
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(Value(std::numeric_limits<std::uint64_t>::max()).as_int64(), kMax);
  EXPECT_EQ(Value(static_cast<std::uint64_t>(kMax) + 1).as_int64(), kMax);
  EXPECT_EQ(Value(static_cast<std::uint64_t>(kMax)).as_int64(), kMax);
  EXPECT_EQ(Value(std::numeric_limits<std::int64_t>::min()).as_int64(),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(Value(-1).as_int64(), -1);
}

// Oracle: the copies see the same array, whichever of them went first; the sanitizers see that it
// is freed once.
TEST(EventPayload, SharesNestedValuesWithItsCopiesOnBothSidesOfItsInlineCapacity) {
  for (std::size_t count : {std::size_t{1}, Payload::kInline, Payload::kInline + 1}) {
    std::optional<Payload> payload(std::in_place);
    for (std::size_t i = 1; i < count; ++i) payload->add("flat", i);
    payload->add("nested", Value::array({Value(1), Value("two")}));
    Payload copy = *payload;
    const Payload moved = std::move(*payload);
    EXPECT_TRUE(payload->empty());
    payload->add("again", 1);
    EXPECT_EQ(payload->size(), 1u);
    payload.reset();
    ASSERT_EQ(copy.size(), count);
    ASSERT_EQ(moved.size(), count);
    EXPECT_EQ(&(copy.end() - 1)->value.as_array(), &(moved.end() - 1)->value.as_array());
    EXPECT_EQ((copy.end() - 1)->value.as_array()[1].as_string(), "two");
    copy = Payload{{"other", 1}};
    EXPECT_EQ(copy.size(), 1u);
    EXPECT_EQ((moved.end() - 1)->value.as_array().size(), 2u);
  }
}

TEST(EventPayload, KeepsOrderAndDuplicatesOnBothSidesOfItsInlineCapacity) {
  for (std::size_t count = 0; count < 3 * Payload::kInline; ++count) {
    Payload payload;
    for (std::size_t i = 0; i < count; ++i) payload.add(i % 2 == 0 ? "even" : "odd", i);
    const Payload copy = payload;
    ASSERT_EQ(copy.size(), count);
    EXPECT_EQ(copy.empty(), count == 0);
    std::size_t at = 0;
    for (const Attribute& attribute : copy) {
      EXPECT_EQ(attribute.key, at % 2 == 0 ? "even" : "odd");
      EXPECT_EQ(attribute.value.as_int64(), static_cast<std::int64_t>(at++));
    }
    EXPECT_EQ(at, count);
  }
}

TEST(EventPayload, CanBeWalkedAndFilledAgainAfterItWasMovedFrom) {
  Payload payload;
  for (int i = 0; i < 40; ++i) payload.add("key", i);
  const Payload moved = std::move(payload);
  EXPECT_EQ(moved.size(), 40u);
  std::size_t walked = 0;
  for (const Attribute& attribute : payload) walked += attribute.value.type() <= ValueType::kObject;
  EXPECT_EQ(walked, payload.size());
  payload = Payload{{"one", 1}};
  EXPECT_EQ(payload.size(), 1u);
}

TEST(EncodedValues, ReadBackAsTheyWere) {
  constexpr std::uint64_t kSeed = 77;
  testing::EventGenerator generator(kSeed);
  for (int i = 0; i < 2000; ++i) {
    const Value value = Value::array({generator.value(4), generator.value(4)});
    const std::string bytes = encoded(value);
    EXPECT_TRUE(is_well_formed_body(ValueType::kArray, bytes))
        << "seed " << kSeed << " round " << i;
    const ValueView view = ValueView::of_text(ValueType::kArray, bytes);
    EXPECT_TRUE(testing::same(value, view)) << "seed " << kSeed << " round " << i;
    EXPECT_EQ(encoded(view.to_value()), bytes) << "seed " << kSeed << " round " << i;
  }
}

TEST(EncodedValues, DepthIsBounded) {
  const std::string deepest = encoded(nested(kValueDepthMax));
  EXPECT_TRUE(is_well_formed_body(ValueType::kArray, deepest));
  EXPECT_EQ(encoded_body_size(nested(kValueDepthMax + 1)), std::nullopt);
  EXPECT_EQ(encoded_body_size(nested(10 * kValueDepthMax)), std::nullopt);
  // One level more, made by hand: an array of one element, which is the deepest body.
  std::string deeper = {1, 0, 0, 0, static_cast<char>(ValueType::kArray)};
  const auto length = static_cast<std::uint32_t>(deepest.size());
  deeper.append(reinterpret_cast<const char*>(&length), sizeof length).append(deepest);
  EXPECT_FALSE(is_well_formed_body(ValueType::kArray, deeper));
}

TEST(EncodedValues, SizeIsBounded) {
  const std::string half(kRecordBytesMax / 2, 'x');
  EXPECT_TRUE(encoded_body_size(Value::array({half})));
  EXPECT_EQ(encoded_body_size(Value::array({half, half})), std::nullopt);
  EXPECT_EQ(encoded_body_size(Value::object({{half, half}})), std::nullopt);
  // Shared many times over, a small value is a large one.
  Value doubled = Value::array({"a text of some length"});
  for (int i = 0; i < 40; ++i) doubled = Value::array({doubled, doubled});
  EXPECT_EQ(encoded_body_size(doubled), std::nullopt);
}

TEST(EncodedValues, TruncatedAnywhereAreNotWellFormed) {
  const std::string whole = encoded(shallow_sample());
  ASSERT_TRUE(is_well_formed_body(ValueType::kObject, whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::vector<char> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(is_well_formed_body(ValueType::kObject, {cut.data(), cut.size()})) << size;
  }
  EXPECT_FALSE(is_well_formed_body(ValueType::kObject, whole + '\0'));
}

// Whatever passes the check can be walked without leaving the bytes; the sanitizers judge.
TEST(EncodedValues, DamagedOnesAreRefusedOrHarmless) {
  constexpr std::uint64_t kSeed = 4711;
  std::mt19937_64 random(kSeed);
  const std::string whole = encoded(shallow_sample());
  std::size_t accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::vector<char> bytes(whole.begin(), whole.end());
    for (std::uint64_t flips = 1 + random() % 3; flips != 0; --flips) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    const std::string_view body(bytes.data(), bytes.size());
    if (!is_well_formed_body(ValueType::kObject, body)) continue;
    ++accepted;
    const Value value = ValueView::of_text(ValueType::kObject, body).to_value();
    EXPECT_EQ(encoded_body_size(value), bytes.size()) << "seed " << kSeed << " round " << i;
  }
  EXPECT_GT(accepted, 100u);
  EXPECT_LT(accepted, 19'900u);
}

TEST(ValueViews, GiveAnyNumberAsADouble) {
  EXPECT_EQ(ValueView::of_int64(-3).to_double(), -3.0);
  EXPECT_EQ(ValueView::of_double_bits(0x3FE0000000000000u).to_double(), 0.5);
  EXPECT_EQ(ValueView::of_text(ValueType::kString, "7").to_double(), 0.0);
  EXPECT_TRUE(ValueView::of_int64(1).is_number());
  EXPECT_FALSE(ValueView::of_bool(true).is_number());
}

TEST(ValueViews, AnEmptyBodyIsAnEmptyRange) {
  const ValueView view = ValueView::of_text(ValueType::kArray, {});
  EXPECT_EQ(view.as_array().size(), 0u);
  for (const ValueView& item : view.as_array()) ADD_FAILURE() << static_cast<int>(item.type());
}

}  // namespace
}  // namespace tracebus
