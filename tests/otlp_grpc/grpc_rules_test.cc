// SPDX-License-Identifier: Apache-2.0
//
// What is sent again and when, on all inputs.
#include "tracebus/exporters/otlp_grpc/grpc_rules.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;

std::string field(char number, const std::string& bytes) {
  return std::string(1, static_cast<char>(number << 3 | 2)) + static_cast<char>(bytes.size()) +
         bytes;
}

// google.rpc.Status{3 Any{1 type_url, 2 value}}
std::string status_of(const std::string& type, const std::string& value) {
  return std::string("\x08\x0e\x12\x02hi") + field(3, field(1, type) + field(2, value));
}
std::string retry_info(const std::string& duration) {
  return status_of("type.googleapis.com/google.rpc.RetryInfo", field(1, duration));
}

TEST(GrpcRulesTest, UsersAsk13_TheTableOfOtlp) {
  const std::set<int> always = {1, 4, 10, 11, 14, 15};
  for (int code = -1; code <= 20; ++code) {
    GrpcAnswer answer = {.code = code};
    EXPECT_EQ(GrpcRetryRules::advice_on(answer).may_be_sent_again, always.contains(code)) << code;
    answer.details = retry_info("\x08\x02");
    const RetryAdvice told = GrpcRetryRules::advice_on(answer);
    EXPECT_EQ(told.may_be_sent_again, always.contains(code) || code == 8) << code;
    if (told.may_be_sent_again) {
      EXPECT_EQ(told.retry_after, milliseconds(2000));
    }
  }
}

TEST(GrpcRulesTest, HowLongAReceiverAsksToWait) {
  EXPECT_EQ(read_retry_info(retry_info("\x08\x05")), milliseconds(5000));
  EXPECT_EQ(read_retry_info(retry_info("\x08\x01\x10\x01")), milliseconds(1001)) << "1 s, 1 ns";
  EXPECT_EQ(read_retry_info(retry_info("")), milliseconds(0));
  EXPECT_EQ(read_retry_info(status_of("x/google.rpc.RetryInfo", "")), milliseconds(0));
  const std::string minus_one = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
  EXPECT_EQ(read_retry_info(retry_info("\x08" + minus_one)), milliseconds(0));
  EXPECT_EQ(read_retry_info(retry_info("\x08\x01\x10" + minus_one)), milliseconds(0));
  const std::string huge = "\xff\xff\xff\xff\xff\xff\xff\xff\x7f";
  EXPECT_EQ(read_retry_info(retry_info("\x08" + huge)), milliseconds(kRetryAfterMax));
  EXPECT_EQ(read_retry_info(retry_info("\x10" + huge)), milliseconds(1000));
}

TEST(GrpcRulesTest, WhatSaysNothingOfRetries) {
  EXPECT_EQ(read_retry_info(""), std::nullopt);
  EXPECT_EQ(read_retry_info("busy"), std::nullopt);
  EXPECT_EQ(read_retry_info(status_of("type.googleapis.com/google.rpc.DebugInfo", "\x08\x01")),
            std::nullopt);
  EXPECT_EQ(read_retry_info(status_of("google.rpc.RetryInfo", "")), std::nullopt) << "no URL";
  const std::string whole = retry_info("\x08\x05");
  for (std::size_t size = 7; size < whole.size(); ++size) {
    EXPECT_EQ(read_retry_info(whole.substr(0, size)), std::nullopt) << size;
  }
}

TEST(GrpcRulesTest, APushbackIsANumberOrANo) {
  const auto advice = [](const std::string& pushback) {
    return GrpcRetryRules::advice_on({.code = 14, .pushback = pushback});
  };
  EXPECT_EQ(advice("20").retry_after, milliseconds(20));
  EXPECT_EQ(advice("99999999999").retry_after, milliseconds(kRetryAfterMax));
  for (const char* const text : {"-1", "", "soon", "1s", "99999999999999999999"}) {
    EXPECT_FALSE(advice(text).may_be_sent_again) << text;
  }
  const RetryAdvice both =
      GrpcRetryRules::advice_on({.code = 14, .details = retry_info("\x08\x02"), .pushback = "-1"});
  EXPECT_EQ(both.retry_after, milliseconds(2000)) << "OTLP's own comes first";
}

TEST(GrpcRulesTest, CodesHaveTheirNames) {
  EXPECT_EQ(name_of_code(0), "OK");
  EXPECT_EQ(name_of_code(4), "DEADLINE_EXCEEDED");
  EXPECT_EQ(name_of_code(8), "RESOURCE_EXHAUSTED");
  EXPECT_EQ(name_of_code(14), "UNAVAILABLE");
  EXPECT_EQ(name_of_code(16), "UNAUTHENTICATED");
  EXPECT_EQ(name_of_code(17), "code 17");
  EXPECT_EQ(name_of_code(-1), "code -1");
}

}  // namespace
}  // namespace tracebus::testing
