// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/nano_dollars.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <string>

namespace tracebus {
namespace {

constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

void expect_text(std::string_view text, std::int64_t nanos, MoneyStatus status) {
  const ReadMoney read = NanoDollars::from_text(text);
  EXPECT_EQ(read.amount.value(), nanos) << text;
  EXPECT_EQ(read.status, status) << text;
}

void expect_dollars(double dollars, std::int64_t nanos, MoneyStatus status = MoneyStatus::kOk) {
  const ReadMoney read = NanoDollars::from_dollars(dollars);
  EXPECT_EQ(read.amount.value(), nanos) << dollars;
  EXPECT_EQ(read.status, status) << dollars;
}

TEST(NanoDollars, TextIsReadExactly) {
  expect_text("0", 0, MoneyStatus::kOk);
  expect_text("-0.0", 0, MoneyStatus::kOk);
  expect_text("0.0248", 24'800'000, MoneyStatus::kOk);
  expect_text("2.48e-2", 24'800'000, MoneyStatus::kOk);
  expect_text("12", 12'000'000'000, MoneyStatus::kOk);
  expect_text("0.000000001", 1, MoneyStatus::kOk);
  expect_text("1E-9", 1, MoneyStatus::kOk);
  expect_text("1.5e+3", 1'500'000'000'000, MoneyStatus::kOk);
  expect_text("9223372036.854775807", kLargest, MoneyStatus::kOk);
  expect_text("0e999999999999999999999", 0, MoneyStatus::kOk);
}

TEST(NanoDollars, TextBeyondTheNinthDigitIsRoundedHalfToEven) {
  expect_text("0.0000000005", 0, MoneyStatus::kRounded);
  expect_text("0.0000000015", 2, MoneyStatus::kRounded);
  expect_text("0.0000000025", 2, MoneyStatus::kRounded);
  expect_text("0.00000000250000000000000000001", 3, MoneyStatus::kRounded);
  expect_text("0.0000000024999999999999999999", 2, MoneyStatus::kRounded);
  expect_text("1e-400", 0, MoneyStatus::kRounded);
  expect_text("15e-10", 2, MoneyStatus::kRounded);
}

TEST(NanoDollars, TextThatIsNoAmountIsRefused) {
  expect_text("-0.01", 0, MoneyStatus::kNegative);
  expect_text("-1e-400", 0, MoneyStatus::kNegative);
  for (const std::string_view text : {"", "-", "+1", ".5", "1.", "01", "1e", "1e+", "0x10", "1,5",
                                      "1 ", " 1", "NaN", "Infinity", "$1", "1.5.2", "--1"}) {
    expect_text(text, 0, MoneyStatus::kNotANumber);
  }
}

TEST(NanoDollars, WhatIsBeyondSixtyThreeBitsSaturates) {
  expect_text("9223372036.854775808", kLargest, MoneyStatus::kSaturated);
  expect_text("9223372036.8547758075", kLargest, MoneyStatus::kSaturated);
  expect_text("1e10", kLargest, MoneyStatus::kSaturated);
  expect_text("1e999999999999999999999", kLargest, MoneyStatus::kSaturated);
  expect_text(std::string(5000, '9'), kLargest, MoneyStatus::kSaturated);
  expect_dollars(9'223'372'037.0, kLargest, MoneyStatus::kSaturated);
  expect_dollars(1e300, kLargest, MoneyStatus::kSaturated);
  expect_dollars(std::numeric_limits<double>::infinity(), kLargest, MoneyStatus::kSaturated);
  std::int64_t sum = kLargest - 1;
  EXPECT_TRUE(add_saturating(sum, 1));
  EXPECT_FALSE(add_saturating(sum, 1));
  EXPECT_EQ(sum, kLargest);
}

TEST(NanoDollars, DoublesAreRoundedHalfToEvenByTheirExactValue) {
  expect_dollars(0.0, 0);
  expect_dollars(-0.0, 0);
  expect_dollars(0.0248, 24'800'000);
  expect_dollars(0.1 + 0.2, 300'000'000);
  expect_dollars(1.0 / 1024, 976'562);    // 976,562.5
  expect_dollars(3.0 / 1024, 2'929'688);  // 2,929,687.5
  expect_dollars(5e-10, 1);               // the double is a little more than the half
  expect_dollars(4.9e-10, 0);
  expect_dollars(std::numeric_limits<double>::denorm_min(), 0);
  expect_dollars(9'223'372'036.0, 9'223'372'036'000'000'000);
}

TEST(NanoDollars, DoublesThatAreNoAmountAreRefused) {
  expect_dollars(std::numeric_limits<double>::quiet_NaN(), 0, MoneyStatus::kNotANumber);
  expect_dollars(-1e-12, 0, MoneyStatus::kNegative);
  expect_dollars(-std::numeric_limits<double>::infinity(), 0, MoneyStatus::kNegative);
}

TEST(NanoDollars, TextShowsAllDigitsAndNoMore) {
  EXPECT_EQ(NanoDollars(0).to_text(), "0.0");
  EXPECT_EQ(NanoDollars(24'800'000).to_text(), "0.0248");
  EXPECT_EQ(NanoDollars(12'000'000'000).to_text(), "12.0");
  EXPECT_EQ(NanoDollars(-1).to_text(), "-0.000000001");
  EXPECT_EQ(NanoDollars::max().to_text(), "9223372036.854775807");
}

// Amounts of all sizes, by way of a text and by way of a double.
TEST(NanoDollars, AmountsComeBackFromTextsAndDoubles) {
  constexpr unsigned kSeed = 20261121;
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 100'000; ++i) {
    const NanoDollars amount(static_cast<std::int64_t>(random() >> (1 + random() % 63)));
    const ReadMoney read = NanoDollars::from_text(amount.to_text());
    ASSERT_EQ(read.amount, amount) << "seed " << kSeed << ", turn " << i;
    ASSERT_EQ(read.status, MoneyStatus::kOk);
    if (amount.value() >= std::int64_t{1} << 52) continue;
    ASSERT_EQ(NanoDollars::from_dollars(amount.to_dollars()).amount, amount)
        << "seed " << kSeed << ", turn " << i;
  }
}

// A double printed with all its digits is an exact decimal, so both ways must agree.
TEST(NanoDollars, DoublesAgreeWithTheirExactDecimalText) {
  constexpr unsigned kSeed = 7;
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 20'000; ++i) {
    const double dollars =
        std::ldexp(static_cast<double>(random() >> 11), -20 - static_cast<int>(random() % 80));
    char text[512];
    std::snprintf(text, sizeof text, "%.160f", dollars);
    ASSERT_EQ(NanoDollars::from_dollars(dollars).amount, NanoDollars::from_text(text).amount)
        << "seed " << kSeed << ": " << text;
  }
}

}  // namespace
}  // namespace tracebus
