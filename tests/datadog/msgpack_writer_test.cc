// SPDX-License-Identifier: Apache-2.0
//
// Bytes as MessagePack's specification has them, at every size at which they change.
#include "tracebus/exporters/datadog/msgpack_writer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>

#include "tracebus/exporters/datadog/trace_payload.h"

namespace tracebus::testing {
namespace {

using std::string_literals::operator""s;

std::string string_of(std::size_t bytes) {
  MsgpackWriter writer;
  writer.string(std::string(bytes, 'x'));
  const std::string written(writer.view());
  EXPECT_EQ(written.substr(written.size() - bytes), std::string(bytes, 'x'));
  return written.substr(0, written.size() - bytes);
}

TEST(MsgpackWriterTest, StringsHaveTheShortestHead) {
  EXPECT_EQ(string_of(0), "\xa0");
  EXPECT_EQ(string_of(1), "\xa1");
  EXPECT_EQ(string_of(31), "\xbf");
  EXPECT_EQ(string_of(32), "\xd9\x20");
  EXPECT_EQ(string_of(255), "\xd9\xff");
  EXPECT_EQ(string_of(256), "\xda\x01\x00"s);
  EXPECT_EQ(string_of(65535), "\xda\xff\xff");
  EXPECT_EQ(string_of(65536), "\xdb\x00\x01\x00\x00"s);
}

TEST(MsgpackWriterTest, AMendedTextHasTheLengthThatItGets) {
  MsgpackWriter writer;
  writer.string("\xff\xff");
  EXPECT_EQ(writer.view(), "\xa6\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(MsgpackWriterTest, Numbers) {
  MsgpackWriter writer;
  writer.unsigned_integer(0);
  writer.unsigned_integer(127);
  writer.unsigned_integer(128);
  writer.unsigned_integer(0x0102030405060708);
  writer.float64(1.0);
  const std::uint8_t id[] = {0xff, 2, 3, 4, 5, 6, 7, 8};
  writer.id(id);
  EXPECT_EQ(writer.view(),
            "\x00\x7f\xcf\x00\x00\x00\x00\x00\x00\x00\x80\xcf\x01\x02\x03\x04\x05\x06\x07\x08"
            "\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00\xcf\xff\x02\x03\x04\x05\x06\x07\x08"s);
}

TEST(MsgpackWriterTest, MapsAndArrays) {
  MsgpackWriter writer;
  writer.map(0);
  writer.map(15);
  writer.map(16);
  const std::size_t map = writer.begin_map();
  writer.literal("a");
  const std::size_t array = writer.begin_array();
  writer.set_count(map, 1);
  writer.set_count(array, 0x01020304);
  EXPECT_EQ(writer.view(),
            "\x80\x8f\xdf\x00\x00\x00\x10\xdf\x00\x00\x00\x01\xa1"
            "a\xdd\x01\x02\x03\x04"s);
}

TEST(MsgpackWriterTest, MemoryGrowsAndWhatIsThereStays) {
  MsgpackWriter writer;
  std::string expected;
  for (int i = 0; i < 5000; ++i) {
    writer.literal("abc");
    expected +=
        "\xa3"
        "abc";
  }
  EXPECT_EQ(writer.view(), expected);
}

TEST(TracePayloadTest, ASpanThatDoesNotFitLeavesAllAsItWas) {
  TracePayload payload;
  payload.clear();
  const auto small = [](MsgpackWriter& out) { out.literal("s"); };
  const auto large = [](MsgpackWriter& out) { out.string(std::string(100, 'l')); };
  EXPECT_TRUE(payload.add(0, 100, small));
  EXPECT_TRUE(payload.add(0, 100, small));
  const std::string before(payload.view());
  EXPECT_EQ(before, "\xdd\x00\x00\x00\x01\xdd\x00\x00\x00\x02\xa1s\xa1s"s);
  EXPECT_FALSE(payload.add(0, 100, large));
  EXPECT_EQ(payload.view(), before);
  EXPECT_FALSE(payload.add(1, 100, large));
  EXPECT_EQ(payload.view(), before);
  EXPECT_TRUE(payload.add(1, 100, small));
  EXPECT_EQ(payload.view(),
            "\xdd\x00\x00\x00\x02\xdd\x00\x00\x00\x02\xa1s\xa1s\xdd\x00\x00\x00\x01\xa1s"s);
  EXPECT_EQ(payload.spans(), 3u);
  EXPECT_EQ(payload.traces(), 2u);
}

}  // namespace
}  // namespace tracebus::testing
