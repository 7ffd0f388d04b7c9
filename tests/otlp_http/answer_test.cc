// SPDX-License-Identifier: Apache-2.0
//
// The bodies of answers, as receivers and proxies write them.
#include "tracebus/exporters/otlp_http/otlp_answer.h"

#include <gtest/gtest.h>

#include <string>

namespace tracebus::testing {
namespace {

constexpr std::string_view kJson = "application/json; charset=utf-8";
constexpr std::string_view kProtobuf = "application/x-protobuf";

OtlpSuccess success_of(const std::string& json) { return read_otlp_success(json, kJson); }

TEST(OtlpAnswerTest, CountsOfEitherSignalAsTextOrNumber) {
  for (const char* const body :
       {R"({"partialSuccess":{"rejectedSpans":"3"}})", R"({"partialSuccess":{"rejectedSpans":3}})",
        R"({"partialSuccess": {"rejectedLogRecords": "3"} })"}) {
    EXPECT_TRUE(success_of(body).is_well_formed) << body;
    EXPECT_EQ(success_of(body).rejected, 3u) << body;
  }
}

TEST(OtlpAnswerTest, WhatIsNoCountIsNone) {
  for (const char* const count : {"-3", R"("-3")", R"("three")", "null", "{}", R"("")"}) {
    const std::string body = R"({"partialSuccess":{"rejectedSpans":)" + std::string(count) + "}}";
    EXPECT_TRUE(success_of(body).is_well_formed) << body;
    EXPECT_EQ(success_of(body).rejected, 0u) << body;
  }
}

TEST(OtlpAnswerTest, AMessageIsReadWithItsEscapesAndBounded) {
  EXPECT_EQ(success_of(R"({"partialSuccess":{"errorMessage":"too \"old\"\n"}})").message,
            "too \"old\"\n");
  const std::string longer(10 * kOtlpMessageBytesMax, 'x');
  EXPECT_EQ(success_of(R"({"partialSuccess":{"errorMessage":")" + longer + R"("}})").message.size(),
            kOtlpMessageBytesMax);
}

TEST(OtlpAnswerTest, JsonThatIsNoObjectIsNoSuccess) {
  for (const char* const body : {"[]", "3", R"({"partialSuccess":)", "{} {}", "<html>"}) {
    EXPECT_FALSE(success_of(body).is_well_formed) << body;
  }
  EXPECT_TRUE(success_of("").is_well_formed);
}

TEST(OtlpAnswerTest, WhoDoesNotSayWhatItIsIsUnderstood) {
  EXPECT_EQ(read_otlp_success(R"({"partialSuccess":{"rejectedSpans":"3"}})", "").rejected, 3u);
  EXPECT_EQ(read_otlp_success("\x0A\x02\x08\x03", "").rejected, 3u);
}

TEST(OtlpAnswerTest, TheMessageOfAnError) {
  EXPECT_EQ(read_otlp_error("\x08\x03\x12\x03"
                            "bad",
                            kProtobuf),
            "bad");
  EXPECT_EQ(read_otlp_error(R"({"code":3,"message":"bad"})", kJson), "bad");
  EXPECT_EQ(read_otlp_error("bad gateway", "text/html"), "bad gateway");
}

TEST(OtlpAnswerTest, NothingOfAnErrorThatIsCutOffIsBelieved) {
  EXPECT_EQ(read_otlp_error("\x12\x03"
                            "bad\x12\x7F",
                            kProtobuf),
            "");
  EXPECT_EQ(read_otlp_error(R"({"message":"bad")", kJson), "");
  EXPECT_EQ(read_otlp_error(R"({"message":3})", kJson), "");
}

}  // namespace
}  // namespace tracebus::testing
