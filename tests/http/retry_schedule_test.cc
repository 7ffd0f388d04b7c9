// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/http/retry_schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <random>
#include <set>
#include <sstream>
#include <string>

#include "tracebus/exporters/http/http_date.h"
#include "tracebus/tests/source_folder.h"

namespace tracebus::testing {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""h;
using std::chrono::milliseconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::system_clock;

// 1994-11-06 08:49:37, the example of RFC 9110.
constexpr sys_seconds kExample = sys_days(std::chrono::year(1994) / 11 / 6) + 8h + 49min + 37s;

// The numbers between the brackets behind "retryable" in the table of OTLP's statuses.
std::set<int> retryable_in_table() {
  std::ifstream file(TRACEBUS_TEST_DATA "/otlp/http-status.json");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const std::size_t begin = text.find('[', text.find("\"retryable\""));
  std::istringstream list(text.substr(begin + 1, text.find(']', begin) - begin - 1));
  std::set<int> statuses;
  for (std::string status; std::getline(list, status, ',');) statuses.insert(std::stoi(status));
  return statuses;
}

TEST(RetryScheduleTest, G19_ExactlyTheStatusesOfOtlpsTableAreRetryable) {
  const std::set<int> table = retryable_in_table();
  EXPECT_THAT(table, ::testing::ElementsAre(429, 502, 503, 504));
  for (int status = -1; status < 1000; ++status) {
    EXPECT_EQ(is_retryable_status(status), table.contains(status)) << status;
  }
}

TEST(RetryScheduleTest, TheThreeFormsOfADateAreOne) {
  for (const char* const text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                                 "Sun Nov  6 08:49:37 1994"}) {
    EXPECT_EQ(parse_http_date(text, kExample), kExample) << text;
  }
  EXPECT_EQ(parse_http_date("Wed Nov 16 08:49:37 1994", kExample), kExample + 240h);
}

TEST(RetryScheduleTest, EverySecondOfManyYearsIsReadBack) {
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const sys_seconds moment{std::chrono::seconds(random() % 253'402'300'800ull)};
    const auto day = std::chrono::floor<std::chrono::days>(moment);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(moment - day);
    char text[64];
    std::snprintf(text, sizeof text, "Mon, %02u %s %04d %02d:%02d:%02d GMT",
                  static_cast<unsigned>(date.day()),
                  kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                  static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()));
    ASSERT_EQ(parse_http_date(text, kExample), moment) << text;
  }
}

TEST(RetryScheduleTest, AYearOfTwoDigitsLiesAtMostFiftyYearsAhead) {
  const sys_seconds now = sys_days(std::chrono::year(2026) / 11 / 21);
  const auto year_of = [&](const char* text) {
    const auto moment = parse_http_date(text, now);
    const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(*moment));
    return static_cast<int>(date.year());
  };
  EXPECT_EQ(year_of("Sunday, 06-Nov-26 00:00:00 GMT"), 2026);
  EXPECT_EQ(year_of("Sunday, 06-Nov-76 00:00:00 GMT"), 2076);
  EXPECT_EQ(year_of("Sunday, 06-Nov-77 00:00:00 GMT"), 1977);
  EXPECT_EQ(year_of("Sunday, 06-Nov-99 00:00:00 GMT"), 1999);
}

TEST(RetryScheduleTest, WhatIsNoDateIsNone) {
  for (const char* const text :
       {"", "Sun", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 NOV 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT.",
        "Sun, 06 Nov -994 08:49:37 GMT", "1994-11-06T08:49:37Z", "Sun Nov 06 08:49:37 199"}) {
    EXPECT_EQ(parse_http_date(text, kExample), std::nullopt) << text;
  }
}

TEST(RetryScheduleTest, NoTextOfAnyBytesIsTooMuchForTheDate) {
  std::mt19937_64 random(2);
  const std::string valid = "Sunday, 06-Nov-94 08:49:37 GMT";
  for (int i = 0; i < 100'000; ++i) {
    std::string text = valid.substr(0, random() % (valid.size() + 1));
    if (!text.empty()) text[random() % text.size()] = static_cast<char>(random());
    (void)parse_http_date(text, kExample);
    (void)parse_retry_after(text, kExample);
  }
}

TEST(RetryScheduleTest, G19_RetryAfterIsReadAsSecondsAndAsADate) {
  const system_clock::time_point now = kExample;
  EXPECT_EQ(parse_retry_after("0", now), 0ms);
  EXPECT_EQ(parse_retry_after("120", now), 120s);
  EXPECT_EQ(parse_retry_after(" 7\t", now), 7s);
  EXPECT_EQ(parse_retry_after("99999999999999999999999", now), kRetryAfterMax);
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:47 GMT", now), 10s);
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:47 GMT", now + 1ms), 9999ms);
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now), 0ms);
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), 0ms);
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 9999 08:00:00 GMT", now), kRetryAfterMax);
  for (const char* const text : {"", " ", "-1", "1.5", "+1", "1s", "soon"}) {
    EXPECT_EQ(parse_retry_after(text, now), std::nullopt) << text;
  }
}

TEST(RetryScheduleTest, G19_TheWaitDoublesUpToItsBoundAndHasJitter) {
  const RetryOptions options = {.initial_backoff = 100ms, .max_backoff = 1500ms};
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    RetrySchedule schedule(options, seed);
    for (unsigned failures = 1; failures < 200; ++failures) {
      const milliseconds most = failures > 4 ? 1500ms : 100ms * (1 << (failures - 1));
      const milliseconds wait = schedule.wait_after(failures, std::nullopt);
      ASSERT_GE(wait, most / 2) << "seed " << seed << " failures " << failures;
      ASSERT_LE(wait, most) << "seed " << seed << " failures " << failures;
    }
  }
  std::set<milliseconds> waits;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    waits.insert(RetrySchedule(options, seed).wait_after(1, std::nullopt));
  }
  EXPECT_GT(waits.size(), 30u);
}

TEST(RetryScheduleTest, G19_WhoWasToldHowLongWaitsAtLeastThat) {
  const RetryOptions options = {.initial_backoff = 100ms, .max_backoff = 1500ms};
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    RetrySchedule schedule(options, seed);
    for (const milliseconds told : {0ms, 1ms, 7000ms, milliseconds(kRetryAfterMax)}) {
      const milliseconds wait = schedule.wait_after(static_cast<unsigned>(1 + seed % 40), told);
      ASSERT_GE(wait, told);
      ASSERT_LE(wait, told + 50ms);
    }
  }
}

TEST(RetryScheduleTest, OneSeedIsOneSchedule) {
  RetrySchedule one({}, 42);
  RetrySchedule other({}, 42);
  for (unsigned failures = 1; failures < 50; ++failures) {
    EXPECT_EQ(one.wait_after(failures, std::nullopt), other.wait_after(failures, std::nullopt));
  }
}

}  // namespace
}  // namespace tracebus::testing
