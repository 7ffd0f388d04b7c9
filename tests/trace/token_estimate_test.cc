// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/token_estimate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace tracebus {
namespace {

TEST(TokenEstimate, Row51_IsAQuarterOfTheCodePointsAndAtLeastOne) {
  EXPECT_EQ(estimate_tokens(""), 0);
  EXPECT_EQ(estimate_tokens("a"), 1);
  EXPECT_EQ(estimate_tokens("1234567"), 1);
  EXPECT_EQ(estimate_tokens("12345678"), 2);
  EXPECT_EQ(estimate_tokens(std::string(4001, 'x')), 1000);
}

TEST(TokenEstimate, Row51_CountsCodePointsNotBytes) {
  EXPECT_EQ(estimate_tokens("äöüßäöüß"), 2);                        // 16 bytes
  EXPECT_EQ(estimate_tokens("\U0001F600\U0001F600日本語です"), 1);  // 7 code points, 23 bytes
  EXPECT_EQ(estimate_tokens("\U0001F600\U0001F600日本語ですね"), 2);
}

TEST(TokenEstimate, Row51_OfIllFormedTextEachSubpartIsOneCharacter) {
  EXPECT_EQ(estimate_tokens("\xff\xff\xff\xff\xff\xff\xff\xff"), 2);
  // A cut-off sequence of three bytes is one, as are the letters behind it.
  EXPECT_EQ(estimate_tokens("\xf0\x9f\x98"
                            "abcdefg"),
            2);
  EXPECT_EQ(estimate_tokens("\xf0\x9f\x98"
                            "abcdef"),
            1);
}

TEST(TokenEstimate, Row51_TakesAnyRatioAboveZero) {
  EXPECT_EQ(estimate_tokens("1234567", 3.5), 2);
  EXPECT_EQ(estimate_tokens("1234", 0.5), 8);
  EXPECT_EQ(estimate_tokens("12345678", 1e-300), 9223372036854775807) << "saturates";
  for (const double ratio : {0.0, -1.0, std::nan("")}) {
    EXPECT_EQ(estimate_tokens("12345678", ratio), 2) << ratio;
  }
  EXPECT_EQ(estimate_tokens("12345678", HUGE_VAL), 1);
}

}  // namespace
}  // namespace tracebus
