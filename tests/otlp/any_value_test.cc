// SPDX-License-Identifier: Apache-2.0
//
// Values as a receiver reads them, whatever they are and however long.
#include "tracebus/exporters/otlp/any_value.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tracebus/tests/core/built_record.h"
#include "tracebus/tests/core/random_event.h"
#include "tracebus/tests/otlp/otlp_reader.h"

namespace tracebus::testing {
namespace {

constexpr std::uint32_t kValuesTag = bytes_tag(1);  // of a KeyValueList

// Into exactly the room that was asked for, so that the sanitizers see every step beyond it.
otlp::KeyValue written(std::string_view key, const ValueView& value, bool key_field_given,
                       std::size_t record_bytes) {
  AnyValueWriter writer;
  const auto room = std::make_unique<char[]>(AnyValueWriter::bytes_max(record_bytes));
  const char* end = nullptr;
  if (key_field_given) {
    std::string field(utf8_bytes(key) + 1 + kVarintBytesMax, '\0');
    field.resize(
        static_cast<std::size_t>(write_utf8_field(field.data(), kKeyTag, key) - field.data()));
    end = writer.write_attribute_of(room.get(), kValuesTag, field, value);
  } else {
    end = writer.write_attribute(room.get(), kValuesTag, key, value);
  }
  otlp::KeyValueList read;
  const auto bytes = static_cast<std::size_t>(end - room.get());
  EXPECT_LE(bytes, AnyValueWriter::bytes_max(record_bytes));
  EXPECT_TRUE(read.ParseFromArray(room.get(), static_cast<int>(bytes)));
  EXPECT_EQ(read.values_size(), 1);
  return read.values(0);
}

void expect_read(std::string_view key, const Value& value) {
  const BuiltRecord record = build({.payload = {{key, value}}});
  const ViewContext context{.content = true};
  const EventView event = record.view(context);
  for (const AttributeView& attribute : event.payload()) {
    for (const bool key_field_given : {false, true}) {
      const otlp::KeyValue read =
          written(attribute.key, attribute.value, key_field_given, event.size_bytes());
      EXPECT_EQ(read.key(), as_utf8(attribute.key));
      EXPECT_TRUE(read.has_value());
      ASSERT_TRUE(same(attribute.value, read.value())) << read.ShortDebugString();
    }
  }
}

TEST(AnyValueTest, RandomValuesUnderRandomKeys) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    EventGenerator generator(seed);
    for (int i = 0; i < 300; ++i) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", value " + std::to_string(i));
      ASSERT_NO_FATAL_FAILURE(expect_read(generator.text(40), generator.value(6)));
    }
  }
}

// Every length at which a length of one level or another takes a byte more.
TEST(AnyValueTest, LengthsOfEverySize) {
  const auto expect = [](std::size_t length) {
    SCOPED_TRACE(length);
    const std::string text(length, 'a');
    expect_read("k", text);
    expect_read(text, 1);
    expect_read("n", Value::array({text, Value::object({{text, text}, {"", nullptr}})}));
  };
  for (std::size_t length = 0; length <= 300; ++length) ASSERT_NO_FATAL_FAILURE(expect(length));
  for (std::size_t length = 16'300; length <= 16'390; ++length) {
    ASSERT_NO_FATAL_FAILURE(expect(length));
  }
}

TEST(AnyValueTest, IllFormedTextIsReplacedAndMeasuredSo) {
  for (const char* const text :
       {"\xff", "a\xc3", "\xed\xa0\x80", "\xf0\x9f\x98", "ok\xe2\x82\xac"}) {
    expect_read(text, std::string_view(text));
    expect_read("n", Value::object({{text, Value::array({text, text})}}));
    const std::string many(200, text[0]);
    expect_read("k", many);
  }
}

}  // namespace
}  // namespace tracebus::testing
