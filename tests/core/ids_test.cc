// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/ids.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace tracebus {
namespace {

TEST(BinaryIdentity, TextIsLowerCaseHexAndReadsBack) {
  SpanId id;
  id.bytes = {0x00, 0x11, 0x22, 0x33, 0xAA, 0xBB, 0xCC, 0xDD};
  EXPECT_EQ(id.hex(), "00112233aabbccdd");
  EXPECT_EQ(SpanId::from_hex(id.hex()), id);
  EXPECT_EQ(SpanId::from_hex("00112233AABBCCDD", true), id);
}

TEST(BinaryIdentity, AnyOtherTextIsRefused) {
  EXPECT_EQ(SpanId::from_hex("00112233AABBCCDD"), std::nullopt);
  for (const char* text : {"", "00112233aabbccd", "00112233aabbccdd0", "0011-233aabbccdd",
                           "0x112233aabbccdd", "g0112233aabbccdd", "00112233aabbccd "}) {
    EXPECT_EQ(SpanId::from_hex(text, true), std::nullopt) << text;
  }
}

TEST(BinaryIdentity, AllZeroMeansNone) {
  EXPECT_TRUE(RunId{}.is_none());
  EXPECT_TRUE(EventIds{}.is_none());
  EventIds ids;
  ids.parent_span_id.bytes[7] = 1;
  EXPECT_FALSE(ids.is_none());
  EXPECT_TRUE(ids.parent_span_id);
}

// The published test vectors of FNV-1a.
TEST(ForeignIdentity, IsFnv1a) {
  EXPECT_EQ(SpanId::from_foreign("a").hex(), "af63dc4c8601ec8c");
  EXPECT_EQ(SpanId::from_foreign("foobar").hex(), "85944171f73967e8");
  EXPECT_EQ(RunId::from_foreign("a").hex(), "d228cb696f1a8caf78912b704e4a8964");
  EXPECT_EQ(TraceId::from_foreign("foobar").hex(), "343e1662793c64bf6f0d3597ba446f18");
  EXPECT_EQ(RunId::from_foreign("run_fixture_1").bytes,
            TraceId::from_foreign("run_fixture_1").bytes);
}

TEST(ForeignIdentity, IsNeverNoneForATextThatIsNotEmpty) {
  constexpr std::string_view kHashesToZero = "\xD5\x6B\xB9\x53\x42\x87\x08\x36";
  EXPECT_EQ(SpanId::from_foreign(kHashesToZero).hex(), "0000000000000001");
  EXPECT_TRUE(SpanId::from_foreign("").is_none());
  EXPECT_TRUE(RunId::from_foreign("").is_none());
}

TEST(Row3SubscriptionId, IsThirtyTwoLowerCaseHexDigitsAndNeverTwiceTheSame) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string text = random_subscription_id().hex();
    EXPECT_EQ(text.size(), 32u);
    EXPECT_EQ(text.find_first_not_of("0123456789abcdef"), std::string::npos) << text;
    EXPECT_TRUE(seen.insert(text).second) << text;
  }
}

TEST(RandomBytes, FillExactlyWhatWasAsked) {
  for (const std::size_t size : {0u, 1u, 7u, 256u, 257u, 100'000u}) {
    std::vector<unsigned char> bytes(size + 16, 0xA5);
    fill_random(bytes.data() + 8, size);
    for (std::size_t i = 0; i < 8; ++i) {
      EXPECT_EQ(bytes[i], 0xA5);
      EXPECT_EQ(bytes[8 + size + i], 0xA5);
    }
    if (size < 256) continue;
    const std::set<unsigned char> distinct(bytes.begin() + 8, bytes.end() - 8);
    EXPECT_GT(distinct.size(), 100u);
  }
}

TEST(EventOrigin, OrdersByInstanceThenSequence) {
  EXPECT_LT((Origin{1, 9, 0}), (Origin{2, 1, 0}));
  EXPECT_LT((Origin{1, 1, 5}), (Origin{1, 2, 3}));
  EXPECT_EQ((Origin{1, 1, 5}), (Origin{1, 1, 5}));
}

}  // namespace
}  // namespace tracebus
