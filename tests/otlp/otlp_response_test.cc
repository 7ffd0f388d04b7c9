// SPDX-License-Identifier: Apache-2.0
//
// What a receiver says of a request that it took, as libprotobuf writes it, and as nobody should.
#include "tracebus/exporters/otlp/otlp_response.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace tracebus::testing {
namespace {

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}
std::string bytes_field(unsigned number, std::string_view bytes) {
  return varint(number << 3 | 2) + varint(bytes.size()) + std::string(bytes);
}
std::string rejected(std::uint64_t count) { return varint(1 << 3) + varint(count); }
std::string response(std::string_view partial) { return bytes_field(1, partial); }

TEST(OtlpResponseTest, HowManyWereRejectedAndWhy) {
  const OtlpSuccess success = read_otlp_response(response(rejected(300) + bytes_field(2, "old")));
  EXPECT_TRUE(success.is_well_formed);
  EXPECT_EQ(success.rejected, 300u);
  EXPECT_EQ(success.message, "old");
}

TEST(OtlpResponseTest, AnEmptyOneAndWhatIsNotKnownAreSuccess) {
  for (const std::string& bytes :
       {std::string(), response(""), bytes_field(7, "new"), response(bytes_field(9, "new"))}) {
    const OtlpSuccess success = read_otlp_response(bytes);
    EXPECT_TRUE(success.is_well_formed);
    EXPECT_EQ(success.rejected, 0u);
    EXPECT_EQ(success.message, "");
  }
}

TEST(OtlpResponseTest, ACountBelowZeroIsNone) {
  const OtlpSuccess success = read_otlp_response(response(rejected(~std::uint64_t{0})));
  EXPECT_TRUE(success.is_well_formed);
  EXPECT_EQ(success.rejected, 0u);
}

TEST(OtlpResponseTest, AMessageIsBounded) {
  const std::string longer(10 * kOtlpMessageBytesMax, 'x');
  EXPECT_EQ(read_otlp_response(response(bytes_field(2, longer))).message.size(),
            kOtlpMessageBytesMax);
}

TEST(OtlpResponseTest, WhatIsCutOffIsNoAnswerWhateverStandsBeforeOrBehindIt) {
  const std::string good = response(rejected(1));
  const std::string damaged = response(std::string("\x08", 1));
  for (const std::string& bytes :
       {damaged, good + damaged, damaged + good, good + "\x0A", std::string("\x0A\x7F", 2)}) {
    EXPECT_FALSE(read_otlp_response(bytes).is_well_formed);
  }
}

}  // namespace
}  // namespace tracebus::testing
