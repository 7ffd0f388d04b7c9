// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/wire_reader.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace tracebus::testing {
namespace {

using Type = WireField::Type;

TEST(WireReaderTest, EveryTypeIsRead) {
  const std::string message("\x08\x96\x01\x11\1\0\0\0\0\0\0\x80\x1a\2hi\x85\x01\4\0\0\0", 22);
  WireReader reader(message);
  WireField field;
  ASSERT_TRUE(reader.next(field));
  EXPECT_EQ(field.number, 1u);
  EXPECT_EQ(field.type, Type::kVarint);
  EXPECT_EQ(field.word, 150u);
  ASSERT_TRUE(reader.next(field));
  EXPECT_EQ(field.number, 2u);
  EXPECT_EQ(field.type, Type::kFixed64);
  EXPECT_EQ(field.word, 0x8000000000000001u);
  EXPECT_EQ(field.at, message.data() + 3);
  ASSERT_TRUE(reader.next(field));
  EXPECT_EQ(field.number, 3u);
  EXPECT_EQ(field.bytes, "hi");
  ASSERT_TRUE(reader.next(field));
  EXPECT_EQ(field.number, 16u);
  EXPECT_EQ(field.type, Type::kFixed32);
  EXPECT_EQ(field.word, 4u);
  EXPECT_FALSE(reader.next(field));
  EXPECT_FALSE(reader.is_damaged());
}

TEST(WireReaderTest, DamageIsToldAndNothingIsReadBeyondIt) {
  const std::string cases[] = {
      std::string("\x08"),                   // no value
      std::string("\x08\x80"),               // half a value
      std::string("\x11\0\0\0\0\0\0\0", 8),  // 7 bytes of 8
      std::string("\x15\0\0\0", 4),          // 3 bytes of 4
      std::string("\x1a\3hi"),               // 2 bytes of 3
      std::string("\x1a\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
      std::string("\x0b"),                         // a group
      std::string("\x0e"),                         // no such type
      std::string("\0\0", 2),                      // no such number
      std::string("\x80\x80\x80\x80\x80\1\0", 7),  // nor this one
      std::string("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\1"),
  };
  for (const std::string& bytes : cases) {
    const std::string exact(bytes);  // of its size, for the sanitizers
    const std::unique_ptr<char[]> place(new char[exact.size()]);
    exact.copy(place.get(), exact.size());
    WireReader reader({place.get(), exact.size()});
    WireField field;
    EXPECT_FALSE(reader.next(field)) << ::testing::PrintToString(bytes);
    EXPECT_TRUE(reader.is_damaged()) << ::testing::PrintToString(bytes);
    EXPECT_FALSE(reader.next(field)) << "once damaged, always";
  }
}

}  // namespace
}  // namespace tracebus::testing
