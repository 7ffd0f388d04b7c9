// SPDX-License-Identifier: Apache-2.0
//
// What stands behind the '?' of an address: understood as forms write it, or refused with the
// parameter, the value, and what it may be.
#include "tracebus/studio/call_parameters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tracebus/studio/query_field.h"

namespace tracebus::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t kNow = 1'781'600'000'000'000'000;

std::string refusal(std::string_view query) {
  CallParameters parameters(query);
  parameters.take_filters(kNow);
  parameters.take_number("limit", 100, 10'000);
  parameters.take_flag("whole");
  const absl::Status status = parameters.finish();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << query;
  return std::string(status.message());
}

SpanQuery filters(std::string_view query) {
  CallParameters parameters(query);
  SpanQuery result = parameters.take_filters(kNow);
  EXPECT_TRUE(parameters.finish().ok()) << query << ": " << parameters.finish();
  return result;
}

TEST(CallParameters, AreDecodedAsFormsWriteThem) {
  CallParameters parameters("a=x+y&b=%e2%82%ac%2B&c=1=2&&d&a%20b=%00&e=");
  EXPECT_EQ(parameters.take("a"), "x y");
  EXPECT_EQ(parameters.take("b"), "€+");
  EXPECT_EQ(parameters.take("c"), "1=2");
  EXPECT_EQ(parameters.take("d"), "");
  EXPECT_EQ(parameters.take("e"), "");
  EXPECT_EQ(parameters.take("a b"), std::string(1, '\0'));
  EXPECT_TRUE(parameters.finish().ok());
}

TEST(CallParameters, APathKeepsItsPlus) {
  EXPECT_EQ(decoded_address("a+b%2Fc", false), "a+b/c");
  EXPECT_EQ(decoded_address("a+b", true), "a b");
  EXPECT_FALSE(decoded_address("%", false));
  EXPECT_FALSE(decoded_address("%4", false));
  EXPECT_FALSE(decoded_address("%4g", false));
  EXPECT_FALSE(decoded_address("%ff", false));
}

TEST(CallParameters, EveryFilterIsOneOfTheQuery) {
  const SpanQuery query = filters(
      "type=llm_call&agent=A&kind=llm&model=M&provider=P&run=R&trace=T&span=S&workflow=W&pattern=Q"
      "&session=E&user=U&tag=G&status=error&min_ms=1.5&max_ms=2&min_cost=0.1&max_cost=0.2"
      "&since=1970-01-01T00:00:01Z&until=15m&text=x&open=1&guards=1&attr=a:b:c&attr=d:");
  EXPECT_EQ(query.event_type, "llm_call");
  EXPECT_EQ(query.agent_name, "A");
  EXPECT_EQ(query.kind, SpanKind::kLlm);
  EXPECT_EQ(query.model, "M");
  EXPECT_EQ(query.provider, "P");
  EXPECT_EQ(query.run_id, "R");
  EXPECT_EQ(query.trace_id, "T");
  EXPECT_EQ(query.span_id, "S");
  EXPECT_EQ(query.workflow, "W");
  EXPECT_EQ(query.pattern, "Q");
  EXPECT_EQ(query.session, "E");
  EXPECT_EQ(query.user, "U");
  EXPECT_EQ(query.tag, "G");
  EXPECT_EQ(query.status, SpanStatus::kFailed);
  EXPECT_EQ(query.min_duration_ms, 1.5);
  EXPECT_EQ(query.max_duration_ms, 2);
  EXPECT_EQ(query.min_cost_usd, 0.1);
  EXPECT_EQ(query.max_cost_usd, 0.2);
  EXPECT_EQ(query.from_ns, 1'000'000'000);
  EXPECT_EQ(query.until_ns, kNow - 15ll * 60 * 1'000'000'000);
  EXPECT_EQ(query.text, "x");
  EXPECT_TRUE(query.open_only);
  EXPECT_TRUE(query.guards_fired);
  EXPECT_THAT(query.attributes, ElementsAre(std::pair<std::string, std::string>("a", "b:c"),
                                            std::pair<std::string, std::string>("d", "")));
}

TEST(CallParameters, AnEmptyValueAsksForNothing) {
  const SpanQuery query = filters("agent=&min_ms=&kind=&attr=&open=&status=");
  EXPECT_EQ(query.agent_name, "");
  EXPECT_FALSE(query.min_duration_ms);
  EXPECT_FALSE(query.kind);
  EXPECT_TRUE(query.attributes.empty());
}

TEST(CallParameters, WhatIsWrongIsNamedWithWhatItMayBe) {
  EXPECT_EQ(refusal("min_ms=soon"), "min_ms: 'soon' is not a number from 0 on");
  EXPECT_EQ(refusal("max_ms=-1"), "max_ms: '-1' is not a number from 0 on");
  EXPECT_EQ(refusal("min_cost=nan"), "min_cost: 'nan' is not a number from 0 on");
  EXPECT_EQ(refusal("max_cost=1e999"), "max_cost: '1e999' is not a number from 0 on");
  EXPECT_THAT(refusal("kind=robot"), AllOf(HasSubstr("kind: 'robot'"), HasSubstr("AGENT TOOL")));
  EXPECT_EQ(refusal("status=bad"), "status: 'bad' is none of ok, error, unset, open");
  EXPECT_THAT(refusal("since=yesterday"), HasSubstr("since: 'yesterday' is neither a time as"));
  EXPECT_THAT(refusal("until=5"), HasSubstr("until: '5' is neither a time as"));
  EXPECT_EQ(refusal("open=yes"), "open: 'yes' is neither 1 nor 0");
  EXPECT_EQ(refusal("guards=2"), "guards: '2' is neither 1 nor 0");
  EXPECT_EQ(refusal("attr=novalue"), "attr: 'novalue' is not KEY:VALUE");
  EXPECT_EQ(refusal("attr=:x"), "attr: ':x' is not KEY:VALUE");
  EXPECT_EQ(refusal("limit=10001"), "limit: '10001' is not a whole number from 0 to 10000");
  EXPECT_EQ(refusal("limit=1.0"), "limit: '1.0' is not a whole number from 0 to 10000");
  EXPECT_EQ(refusal("limit=-1"), "limit: '-1' is not a whole number from 0 to 10000");
  EXPECT_EQ(refusal("whole=true"), "whole: 'true' is neither 1 nor 0");
  EXPECT_EQ(refusal("agent=a&agent=b"), "agent: 'b' is the second of that name: one is enough");
  EXPECT_THAT(refusal("agnet=a"),
              AllOf(HasSubstr("no parameter 'agnet' here: "), HasSubstr("agent, "),
                    HasSubstr("attr"), HasSubstr("limit")));
  EXPECT_THAT(refusal("text=%zz"), HasSubstr("'text=%zz' is no parameter: behind '%'"));
  EXPECT_THAT(refusal("text=%ff"), HasSubstr("bytes are UTF-8"));
}

TEST(CallParameters, TheFirstThatIsWrongIsToldWhateverComesLater) {
  EXPECT_THAT(refusal("min_ms=soon&text=%zz"), HasSubstr("'text=%zz'"));
  EXPECT_THAT(refusal("unknown=1&min_ms=soon"), HasSubstr("min_ms"));
}

TEST(CallParameters, AreBounded) {
  EXPECT_THAT(refusal("text=" + std::string(CallParameters::kBytesMax, 'x')),
              HasSubstr("at most 16384 are read"));
  std::string many;
  for (std::size_t i = 0; i <= CallParameters::kCountMax; ++i) many += "attr=a:b&";
  EXPECT_EQ(refusal(many), "more than 128 parameters");
  EXPECT_LT(refusal("kind=" + std::string(10'000, 'x')).size(), 1000u);
}

TEST(CallParameters, ARefusalShowsNothingThatMovesACursor) {
  EXPECT_THAT(refusal("kind=%1b[2J%0a"), HasSubstr("'\\x1b[2J\\n'"));
}

TEST(QueryField, EachHasANameOfItsOwnAndSaysWhatItIs) {
  for (const QueryField& field : query_fields()) {
    EXPECT_FALSE(field.help.empty());
    int called_so = 0;
    for (const QueryField& other : query_fields()) called_so += other.name == field.name;
    EXPECT_EQ(called_so, 1) << field.name;
  }
}

}  // namespace
}  // namespace tracebus::testing
