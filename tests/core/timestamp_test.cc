// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/timestamp.h"

#include <gtest/gtest.h>
#include <time.h>

#include <cmath>
#include <limits>
#include <string>

#include "tracebus/tests/core/random_event.h"

namespace tracebus {
namespace {

constexpr std::int64_t kInt64Max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kInt64Min = std::numeric_limits<std::int64_t>::min();

std::string decimal(Timestamp time) {
  char text[kTimestampTextMax];
  return {text, format_decimal_seconds(time, text)};
}

std::string iso(Timestamp time, int digits) {
  char text[kTimestampTextMax + 16];
  return {text, format_iso8601(time, digits, text)};
}

TEST(TimestampNow, LiesBetweenTwoReadingsOfTheSystemClock) {
  timespec before{}, after{};
  clock_gettime(CLOCK_REALTIME, &before);
  const Timestamp now = Timestamp::now();
  clock_gettime(CLOCK_REALTIME, &after);
  EXPECT_LE((Timestamp{before.tv_sec, static_cast<std::uint32_t>(before.tv_nsec)}), now);
  EXPECT_GE((Timestamp{after.tv_sec, static_cast<std::uint32_t>(after.tv_nsec)}), now);
}

TEST(UnixNanoseconds, AreExactWithinTheirRange) {
  for (const std::int64_t ns : {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1},
                                std::int64_t{-1'000'000'000}, kInt64Max, kInt64Min}) {
    EXPECT_EQ(Timestamp::from_unix_ns(ns).to_unix_ns(), ns);
  }
  EXPECT_EQ(Timestamp::from_unix_ns(-1), (Timestamp{-1, 999'999'999}));
}

TEST(UnixNanoseconds, SaturateOutsideTheirRange) {
  EXPECT_EQ((Timestamp{9'223'372'036, 854'775'808}).to_unix_ns(), kInt64Max);
  EXPECT_EQ((Timestamp{253'402'300'799, 0}).to_unix_ns(), kInt64Max);
  EXPECT_EQ((Timestamp{-9'223'372'037, 145'224'191}).to_unix_ns(), kInt64Min);
  EXPECT_EQ((Timestamp{kInt64Min, 0}).to_unix_ns(), kInt64Min);
  EXPECT_EQ((Timestamp{kInt64Max, 999'999'999}).to_unix_ns(), kInt64Max);
}

TEST(Row1TraceEvent, SecondsAsADoubleKeepTheDigitsTheyAreWrittenWith) {
  EXPECT_EQ(Timestamp::from_seconds(1749479521.2434397), (Timestamp{1749479521, 243'439'700}));
  EXPECT_EQ(decimal(Timestamp::from_seconds(1749479521.2434397)), "1749479521.2434397");
  EXPECT_EQ(Timestamp::from_seconds(-0.5), (Timestamp{-1, 500'000'000}));
  EXPECT_EQ(Timestamp::from_seconds(1e-05), (Timestamp{0, 10'000}));
  EXPECT_EQ(Timestamp::from_seconds(1.7e9), (Timestamp{1'700'000'000, 0}));
  EXPECT_EQ(Timestamp::from_seconds(5e-324), Timestamp{});
  EXPECT_EQ(Timestamp::from_seconds(-62135596800.0), (Timestamp{-62135596800, 0}));
}

TEST(SecondsAsADouble, SaturateAndNanIsZero) {
  const Timestamp last{kInt64Max, 999'999'999}, first{kInt64Min, 0};
  EXPECT_EQ(Timestamp::from_seconds(std::nan("")), Timestamp{});
  EXPECT_EQ(Timestamp::from_seconds(HUGE_VAL), last);
  EXPECT_EQ(Timestamp::from_seconds(-HUGE_VAL), first);
  EXPECT_EQ(Timestamp::from_seconds(9223372036854775808.0), last);
  EXPECT_EQ(Timestamp::from_seconds(-9223372036854775808.0), first);
  EXPECT_EQ(Timestamp::from_seconds(1e300), last);
  EXPECT_EQ(Timestamp::from_seconds(-1e300), first);
  EXPECT_EQ(Timestamp::from_seconds(9223372036854774784.0), (Timestamp{9223372036854774784, 0}));
}

TEST(DecimalSeconds, AreWrittenWithNoMoreDigitsThanNeeded) {
  EXPECT_EQ(decimal({1749479521, 243'439'700}), "1749479521.2434397");
  EXPECT_EQ(decimal({12, 0}), "12.0");
  EXPECT_EQ(decimal({0, 0}), "0.0");
  EXPECT_EQ(decimal({0, 1}), "0.000000001");
  EXPECT_EQ(decimal({0, 10}), "0.00000001");
  EXPECT_EQ(decimal({-1, 500'000'000}), "-0.5");
  EXPECT_EQ(decimal({-1, 999'999'999}), "-0.000000001");
  EXPECT_EQ(decimal({-1, 0}), "-1.0");
  EXPECT_EQ(decimal({-2, 750'000'000}), "-1.25");
  EXPECT_EQ(decimal({kInt64Max, 999'999'999}), "9223372036854775807.999999999");
  EXPECT_EQ(decimal({kInt64Min, 0}), "-9223372036854775808.0");
  EXPECT_EQ(decimal({kInt64Min, 1}), "-9223372036854775807.999999999");
}

TEST(DecimalSeconds, NanosecondsOfNoMeaningStayInsideTheText) {
  EXPECT_EQ(decimal({5, 4'000'000'000}), "5.999999999");
  EXPECT_EQ(iso({5, 4'000'000'000}, 9), "1970-01-01T00:00:05.999999999Z");
}

TEST(DecimalSeconds, RoundTripForAnyTime) {
  constexpr std::uint64_t kSeed = 20250609;
  testing::EventGenerator generator(kSeed);
  for (int i = 0; i < 20'000; ++i) {
    const Timestamp time = generator.timestamp();
    EXPECT_EQ(parse_decimal_seconds(decimal(time)), time) << decimal(time) << " seed " << kSeed;
  }
}

TEST(DecimalSeconds, ExponentsAreExact) {
  const auto expect = [](std::string_view text, Timestamp time) {
    EXPECT_EQ(parse_decimal_seconds(text), time) << text;
  };
  expect("1e-05", {0, 10'000});
  expect("1.7e9", {1'700'000'000, 0});
  expect("1.7E+9", {1'700'000'000, 0});
  expect("17494795212434397e-7", {1749479521, 243'439'700});
  expect("0.00000017494795212434397e16", {1749479521, 243'439'700});
  expect("-1.5e0", {-2, 500'000'000});
  expect("-15E-1", {-2, 500'000'000});
  expect("9.223372036854775807999999999e18", {kInt64Max, 999'999'999});
  expect("1e-9", {0, 1});
  expect("9.99e-10", {0, 0});
  expect("-9.99e-10", {0, 0});
  expect("0e99999999999999999999", {0, 0});
  expect("-0.0", {0, 0});
  expect("1e-99999999999999999999", {0, 0});
  expect("0." + std::string(5000, '0') + "12e5001", {1, 200'000'000});
  expect("12" + std::string(5000, '0') + "e-5001", {1, 200'000'000});
}

TEST(DecimalSeconds, DigitsBeyondTheNinthAreCutOff) {
  EXPECT_EQ(parse_decimal_seconds("1.9999999999"), (Timestamp{1, 999'999'999}));
  EXPECT_EQ(parse_decimal_seconds("-1.9999999999"), (Timestamp{-2, 1}));
}

TEST(DecimalSeconds, WhatExceeds63BitsIsRefused) {
  EXPECT_EQ(parse_decimal_seconds("9223372036854775807.999999999"),
            (Timestamp{kInt64Max, 999'999'999}));
  EXPECT_EQ(parse_decimal_seconds("-9223372036854775808"), (Timestamp{kInt64Min, 0}));
  EXPECT_EQ(parse_decimal_seconds("-9223372036854775807.5"), (Timestamp{kInt64Min, 500'000'000}));
  for (const char* text : {"9223372036854775808", "-9223372036854775808.1", "1e19", "-1e19",
                           "99999999999999999999", "1e400", "1e99999999999999999999"}) {
    EXPECT_EQ(parse_decimal_seconds(text), std::nullopt) << text;
  }
}

TEST(DecimalSeconds, WhatIsNoJsonNumberIsRefused) {
  for (const char* text :
       {"",         "-",  "+1", "01",   "-01", "1.",    ".5",  "1e", "1e+",   "1.e5", "NaN",
        "Infinity", "1 ", " 1", "0x10", "1,5", "1e5.0", "--1", "1-", "\"1\"", "1e1e1"}) {
    EXPECT_EQ(parse_decimal_seconds(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_decimal_seconds(std::string_view("1\0", 2)), std::nullopt);
}

TEST(Iso8601, IsReadInAllItsForms) {
  const auto expect = [](std::string_view text, Timestamp time) {
    EXPECT_EQ(parse_iso8601(text), time) << text;
  };
  expect("2026-06-16T09:00:00", {1781600400, 0});
  expect("2026-06-16 09:00:00", {1781600400, 0});
  expect("2026-06-16T09:00:00Z", {1781600400, 0});
  expect("2026-06-16T09:00:00.5Z", {1781600400, 500'000'000});
  expect("2026-06-16T09:00:00.123456", {1781600400, 123'456'000});
  expect("2026-06-16T09:00:00.1234567899999Z", {1781600400, 123'456'789});
  expect("2026-06-16T11:00:00+02:00", {1781600400, 0});
  expect("2026-06-16T11:00:00+0200", {1781600400, 0});
  expect("2026-06-16T11:00:00+02", {1781600400, 0});
  expect("2026-06-16T03:30:00.25-05:30", {1781600400, 250'000'000});
  expect("1970-01-01T00:00:00-00:00", {0, 0});
  expect("0001-01-01T00:00:00", {-62135596800, 0});
  expect("1600-02-29T00:00:00", {-11670998400, 0});
  expect("9999-12-31T23:59:59.999999999Z", {253402300799, 999'999'999});
  expect("2016-12-31T23:59:60Z", {1483228800, 0});
  expect("+10000-01-01T00:00:00Z", {253402300800, 0});
}

TEST(Iso8601, AnythingElseIsRefused) {
  for (const char* text : {"",
                           "2026",
                           "2026-06-16",
                           "2026-06-16T",
                           "2026-06-16T09:00",
                           "2026-06-16T09:00:0",
                           "2026-06-16t09:00:00",
                           "2026-06-16T09:00:00z",
                           "2026-6-16T09:00:00",
                           "26-06-16T09:00:00",
                           "2026-13-01T00:00:00",
                           "2026-00-01T00:00:00",
                           "2026-02-29T00:00:00",
                           "1900-02-29T00:00:00",
                           "2026-06-31T00:00:00",
                           "2026-06-00T00:00:00",
                           "2026-06-16T24:00:00",
                           "2026-06-16T09:60:00",
                           "2026-06-16T09:00:61",
                           "2026-06-16T09:00:00.",
                           "2026-06-16T09:00:00.Z",
                           "2026-06-16T09:00:00ZZ",
                           "2026-06-16T09:00:00+",
                           "2026-06-16T09:00:00+2",
                           "2026-06-16T09:00:00+02:",
                           "2026-06-16T09:00:00+24",
                           "2026-06-16T09:00:00+02:60",
                           " 2026-06-16T09:00:00",
                           "2026-06-16T09:00:00 ",
                           "1781600400",
                           "+999999999999-01-01T00:00:00Z",
                           "+1-01-01T00:00:00Z",
                           "+9999999999999-01-01T00:00:00Z"}) {
    EXPECT_EQ(parse_iso8601(text), std::nullopt) << text;
  }
}

TEST(Iso8601, IsWrittenWithAsManyDigitsAsAsked) {
  const Timestamp time{1781600400, 123'456'789};
  EXPECT_EQ(iso(time, 3), "2026-06-16T09:00:00.123Z");
  EXPECT_EQ(iso(time, 0), "2026-06-16T09:00:00Z");
  EXPECT_EQ(iso(time, 9), "2026-06-16T09:00:00.123456789Z");
  EXPECT_EQ(iso(time, 99), iso(time, 9));
  EXPECT_EQ(iso(time, -1), iso(time, 0));
  EXPECT_EQ(iso({-1, 999'000'000}, 3), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(iso({-62135596800, 0}, 0), "0001-01-01T00:00:00Z");
  EXPECT_EQ(iso({-62167219200, 0}, 0), "0000-01-01T00:00:00Z");
  EXPECT_EQ(iso({-62167219201, 0}, 0), "-0001-12-31T23:59:59Z");
  EXPECT_EQ(iso({253402300800, 0}, 0), "+10000-01-01T00:00:00Z");
  EXPECT_EQ(iso({kInt64Max, 999'999'999}, 9), "+292277026596-12-04T15:30:07.999999999Z");
  EXPECT_EQ(iso({kInt64Min, 0}, 9), "-292277022657-01-27T08:29:52.000000000Z");
}

TEST(Iso8601, RoundTripsForAnyTime) {
  constexpr std::uint64_t kSeed = 8601;
  testing::EventGenerator generator(kSeed);
  for (int i = 0; i < 20'000; ++i) {
    const Timestamp time = generator.timestamp();
    EXPECT_EQ(parse_iso8601(iso(time, 9)), time) << iso(time, 9) << " seed " << kSeed;
  }
  EXPECT_EQ(parse_iso8601(iso({kInt64Max, 999'999'999}, 9)), (Timestamp{kInt64Max, 999'999'999}));
  EXPECT_EQ(parse_iso8601(iso({kInt64Min, 0}, 9)), (Timestamp{kInt64Min, 0}));
}

}  // namespace
}  // namespace tracebus
