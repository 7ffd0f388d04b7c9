// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/inflated_body.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

namespace tracebus {
namespace {

std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST(InflatedBodyTest, GivesWhatWasCompressed) {
  std::string out;
  for (const std::size_t size : {0u, 1u, 65535u, 65536u, 65537u, 1'000'000u}) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += static_cast<char>(i * i >> 3);
    ASSERT_TRUE(inflate_body(gzip(text), size, out).ok()) << size;
    EXPECT_EQ(out, text);
  }
  ASSERT_TRUE(inflate_body(gzip("one") + gzip("two"), 100, out).ok());
  EXPECT_EQ(out, "onetwo");
}

TEST(InflatedBodyTest, Security6_ABombIsCutAtTheBound) {
  const std::string bomb = gzip(std::string(200'000'000, '0'));
  ASSERT_LT(bomb.size(), 300'000u);
  std::string out;
  const absl::Status status = inflate_body(bomb, 1'000'000, out);
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_LE(out.capacity(), 4'000'000u);
}

TEST(InflatedBodyTest, DamageIsSaid) {
  const std::string whole = gzip("some text that is long enough");
  std::string out;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_TRUE(absl::IsInvalidArgument(inflate_body(whole.substr(0, size), 1000, out))) << size;
  }
  EXPECT_TRUE(absl::IsInvalidArgument(inflate_body("no gzip at all", 1000, out)));
  EXPECT_TRUE(absl::IsInvalidArgument(inflate_body(whole + "rest", 1000, out)));
}

}  // namespace
}  // namespace tracebus
